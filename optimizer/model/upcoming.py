"""`pv.forecast_wh(until 18:00)`: a time from now on, as rules ask for sums and extremes over it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_day
from optimizer.model.kinds import CLOCK, DURATION, UNITS
from optimizer.model.series import HOUR_S, QUARTER_S, Span
from optimizer.words.text import Text

LONGEST_S = 48 * HOUR_S
FORMS = Text("(today), (tomorrow), (until 18:00), or (6h)")

_TIME = re.compile(
    r"(?P<day>today|tomorrow)|until\s+(?P<hours>\d{1,2}):(?P<minutes>\d{2})|(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>h|min)"
)


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A time that begins now, or tomorrow. Exactly one field is set."""

    day: Literal["today", "tomorrow"] | None = None
    """`today` is the rest of the local day. `tomorrow` is all of the next one."""
    until_s: float | None = None
    """The next instant at which the local clock shows this, s since midnight."""
    length_s: float | None = None
    """The next seconds."""

    @property
    def text(self) -> str:
        """The time in one notation: `until 18:00`."""
        if self.day is not None:
            return self.day
        if self.until_s is not None:
            return f"until {CLOCK.show(self.until_s)}"
        return DURATION.show(self.length_s)

    def span(self, at_s: float, zone: ZoneInfo) -> Span:
        """The time as seen at Unix time `at_s`."""
        if self.day == "tomorrow":
            return local_day(at_s, zone, 1)
        if self.day == "today":
            return Span(at_s, local_day(at_s, zone).end_s)
        if self.until_s is not None:
            instants = (local_clock_time(at_s, zone, self.until_s, days) for days in (0, 1))
            return Span(at_s, next(instant for instant in instants if instant > at_s))
        return Span(at_s, at_s + (self.length_s or 0.0))


def upcoming(text: str) -> Upcoming:
    """The time in `text`, such as `until 18:00`. Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(Text("“{value}” is not a time from now on", value=text.strip()))
    if found["day"] is not None:
        return Upcoming(day="today" if found["day"] == "today" else "tomorrow")
    if found["hours"] is not None:
        hours, minutes = int(found["hours"]), int(found["minutes"])
        if hours > 23 or minutes > 59:
            raise ValueError(Text("{value} is not a time of day", value=f"{hours}:{minutes:02d}"))
        return Upcoming(until_s=hours * 3600.0 + minutes * 60.0)
    length_s = float(found["amount"]) * UNITS[found["unit"]][1]
    if not QUARTER_S <= length_s <= LONGEST_S:
        raise ValueError(Text("a time from now on has 15min to 48h"))
    return Upcoming(length_s=length_s)
