"""A reading: a value with the time of its measurement, or unknown with a reason. It is never a default."""

from __future__ import annotations

import math
from typing import Generic, NamedTuple, TypeVar

from optimizer.words.text import Text

T = TypeVar("T")

IMPLAUSIBLE = "implausible"
"""The reasons of readings that were measured, but that the control does not believe, begin with this word."""

TOO_OLD = "last measured {age_s} ago, limit {limit_s}"


class Reading(NamedTuple, Generic[T]):
    """One measured quantity. The name of its field contains the unit.

    It is a NamedTuple instead of a dataclass, because a backtest makes about twenty of them per tick.
    """

    value: T | None
    """The value, or None if unknown. Zero, False, and "" are values."""
    at_s: float
    """Monotonic s at which the value was measured (not fetched). Unknown: since when it is unknown."""
    why: str = ""
    """Why it is unknown, as a text for the user. Empty if known."""

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def implausible(self) -> bool:
        """Whether it was measured, but is not believed."""
        return self.value is None and self.why.startswith(IMPLAUSIBLE)

    def age_s(self, now_s: float) -> float:
        """Age at monotonic time `now_s`, s ≥ 0."""
        return max(0.0, now_s - self.at_s)

    def fresh(self, now_s: float, max_age_s: float) -> Reading[T]:
        """The reading, or an unknown one if it is older than `max_age_s`."""
        if self.value is None or now_s - self.at_s <= max_age_s:
            return self
        return Reading(None, self.at_s, Text(TOO_OLD, age_s=now_s - self.at_s, limit_s=max_age_s))


def known(value: T, at_s: float) -> Reading[T]:
    """A known reading. A float that is NaN or infinite becomes unknown."""
    if isinstance(value, float) and not math.isfinite(value):
        return Reading(None, at_s, Text("the device reported {value}", value=str(value)))
    return Reading(value, at_s)


def unknown(why: str, at_s: float = 0.0) -> Reading[T]:
    """An unknown reading with its reason."""
    return Reading(None, at_s, why)


NOT_MEASURED: Reading[float] = Reading(None, 0.0, Text("not measured here"))
"""For quantities that no configured device measures."""
