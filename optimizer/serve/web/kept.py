"""A part of an answer that is made once for as long as what it is made from stays the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The last value, with the key that it was made for."""

    def __init__(self) -> None:
        self._kept: tuple[object, T] | None = None

    def of(self, sources: tuple[object, ...], make: Callable[[], T]) -> T:
        """The value that was made from these objects, or a new one if one of them is another object."""
        if self._kept is None or not _same(self._kept[0], sources):
            self._kept = (sources, make())
        return self._kept[1]

    async def of_key(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The value that was made for an equal key, or a new one."""
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, await make())
        return self._kept[1]


def _same(before: object, sources: tuple[object, ...]) -> bool:
    return (
        isinstance(before, tuple)
        and len(before) == len(sources)
        and all(one is other for one, other in zip(before, sources, strict=True))
    )
