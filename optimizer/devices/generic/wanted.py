"""A value that a server, a broker, or a table of registers has: its name, and its meaning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from optimizer.model.reading import Reading


class Wanted(Protocol):
    """One value. `Quantity` is one of a meter; inputs have their own."""

    @property
    def quantity(self) -> str:
        """Its name, for messages and in the result."""
        ...

    @property
    def max_age_s(self) -> float:
        """Age in s from which the value is unknown."""
        ...

    def reading(self, value: object, at_s: float) -> Reading[Any]:
        """The raw value as a reading in our unit and sign, measured at `at_s`, or unknown with the reason."""
        ...


def by_name(read: Iterable[tuple[Wanted, Reading[Any]]], now_s: float) -> dict[str, Reading[Any]]:
    """The readings under the names of their values. One that is older at `now_s` than its value may be is unknown."""
    return {wanted.quantity: reading.fresh(now_s, wanted.max_age_s) for wanted, reading in read}
