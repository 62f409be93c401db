"""What is wanted of a server, a broker, or a table of registers: a value by its name, and its meaning."""

from __future__ import annotations

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
