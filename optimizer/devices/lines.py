"""Devices behind one host and port share one connection: many gateways and inverters accept no second one.

The connections are of the caller. This file does not import their type, because its library costs memory and few houses
need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

L = TypeVar("L")
_current: ContextVar[dict[tuple[str, int], Any] | None] = ContextVar("lines", default=None)
"""The connections that are shared here, by host and port. None: each device has its own."""


def line_to(host: str, port: int, make: Callable[[], L]) -> L:
    """The connection to a host and port that is shared here, made by `make` if there is none yet."""
    lines = _current.get()
    if lines is None:
        return make()
    key = host.lower(), port
    if key not in lines:
        lines[key] = make()
    line: L = lines[key]
    return line


@contextmanager
def shared_lines() -> Iterator[None]:
    """Adapters that are made inside share the connection of a host and port, also with those of a block around it."""
    around = _current.get()
    token = _current.set({} if around is None else around)
    try:
        yield
    finally:
        _current.reset(token)
