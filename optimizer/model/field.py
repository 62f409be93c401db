"""A field: one value that rules can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.model.kinds import Kind
from optimizer.model.lookup import Family, Lookup
from optimizer.words.text import Text

INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Field:
    """One value that rules can read."""

    name: str
    """Without a device: `ev.power_w`."""
    kind: Kind
    meaning: str
    lookup: Lookup[Any]
    low: float = -INFINITY
    """Smallest possible value, in the kind's base unit."""
    high: float = INFINITY

    @property
    def family(self) -> Family | None:
        """The kind of device that it belongs to. None for the whole house."""
        return self.lookup.family

    @property
    def unknown_when(self) -> str:
        """The conditions under which it is unknown."""
        return self.lookup.unknown_when

    @property
    def range_text(self) -> str:
        """`0% to 100%`. Empty if every value is possible."""
        if self.low == -INFINITY and self.high == INFINITY:
            return ""
        show = self.kind.show
        if self.high == INFINITY:
            return Text("{low} or more", low=show(self.low))
        return Text("{low} to {high}", low=show(self.low), high=show(self.high))
