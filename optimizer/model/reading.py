"""A reading: a value with the time it was measured, or unknown with a reason. Never a default."""

from __future__ import annotations

import math
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Reading(NamedTuple, Generic[T]):
    """One measured quantity. The unit is in the name of the field that holds it.

    A NamedTuple and not a dataclass because a backtest makes some twenty of them a tick.
    """

    value: T | None
    """The value, or None when unknown. Zero, False and "" are values."""
    at_s: float
    """Monotonic time in s at which the value was measured (not fetched); for unknown: since when."""
    why: str = ""
    """Why it is unknown, for a person to read; empty when known."""

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def age_s(self, now_s: float) -> float:
        """Age in s at monotonic time `now_s`; never negative."""
        return max(0.0, now_s - self.at_s)

    def fresh(self, now_s: float, max_age_s: float) -> Reading[T]:
        """Itself, or unknown once older than `max_age_s`."""
        if self.value is None or now_s - self.at_s <= max_age_s:
            return self
        return Reading(None, self.at_s, f"last measured {now_s - self.at_s:.0f} s ago, limit {max_age_s:.0f} s")


def known(value: T, at_s: float) -> Reading[T]:
    """A known reading; a float that is NaN or infinite becomes unknown instead."""
    if isinstance(value, float) and not math.isfinite(value):
        return Reading(None, at_s, f"the device reported {value}")
    return Reading(value, at_s)


def unknown(why: str, at_s: float = 0.0) -> Reading[T]:
    """An unknown reading with the reason for it."""
    return Reading(None, at_s, why)


NOT_MEASURED: Reading[float] = Reading(None, 0.0, "not measured here")
"""For quantities that no configured device measures."""
