"""`cheapest(3h, until 07:00)`: the cheapest hours of a window of local time, as rules ask for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_day
from optimizer.model.kinds import CLOCK, DURATION, UNITS
from optimizer.model.series import QUARTER_S, Span
from optimizer.words.text import Text

NAME = "cheapest"
LONGEST_S = 86_400.0

_CALL = re.compile(
    r"cheapest\s*\(\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>h|min)\s*"
    r"(?:,\s*(?:until\s+(?P<until>\d{1,2}:\d{2})|(?P<start>\d{1,2}:\d{2})\s+to\s+(?P<end>\d{1,2}:\d{2}))\s*)?\)"
)
FORMS = Text("{name}(3h), {name}(3h, until 07:00), or {name}(3h, 22:00 to 07:00)", name=NAME)


@dataclass(frozen=True, slots=True)
class CheapestHours:
    """The cheapest `length_s` of a window. Without times, the window is the local day."""

    length_s: float
    start_s: float | None = None
    """Beginning of the window on the local clock, s since midnight. None: at `end_s` of the day before."""
    end_s: float | None = None
    """End of the window on the local clock, s since midnight. None: midnight."""

    @property
    def text(self) -> str:
        """The arguments in one notation: `3h, until 07:00`."""
        length = DURATION.show(self.length_s)
        if self.end_s is None:
            return length
        end = CLOCK.show(self.end_s)
        return f"{length}, until {end}" if self.start_s is None else f"{length}, {CLOCK.show(self.start_s)} to {end}"

    def window(self, at_s: float, zone: ZoneInfo) -> Span | None:
        """The window that contains Unix time `at_s`, or None outside of it."""
        if self.end_s is None:
            return local_day(at_s, zone)
        start_s = self.end_s if self.start_s is None else self.start_s
        end_days = 0 if start_s < self.end_s else 1
        for days in (-1, 0):
            span = Span(
                local_clock_time(at_s, zone, start_s, days), local_clock_time(at_s, zone, self.end_s, days + end_days)
            )
            if span.start_s <= at_s < span.end_s:
                return span
        return None


def cheapest_hours(text: str) -> CheapestHours:
    """The call in `text`. Raises ValueError."""
    found = _CALL.fullmatch(text.strip())
    if found is None:
        raise ValueError(Text("write {forms}", forms=FORMS))
    length_s = float(found["amount"]) * UNITS[found["unit"]][1]
    if not QUARTER_S <= length_s <= LONGEST_S:
        raise ValueError(Text("{name} takes a time from 15min to 24h", name=NAME))
    times = [None if found[name] is None else _clock_s(found[name]) for name in ("start", "until", "end")]
    return CheapestHours(length_s, times[0], times[1] if times[1] is not None else times[2])


def _clock_s(text: str) -> float:
    hours, minutes = map(int, text.split(":"))
    if hours > 23 or minutes > 59:
        raise ValueError(Text("{value} is not a time of day", value=text))
    return hours * 3600.0 + minutes * 60.0
