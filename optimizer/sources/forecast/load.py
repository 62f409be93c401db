"""The consumption of the house, from its record: by weekday and quarter hour of the local clock."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_time, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Slot, Span

SOURCE = "record of the house"
DAY_S = 86_400.0
WEEKS = 4
"""Age of the oldest record that counts."""
SAME_DAY, SAME_KIND, OTHER = 6.0, 2.0, 1.0
"""Weights of the same weekday, of another workday or weekend day of the same kind, and of the other days."""
LEAST_VALUES = 2
SATURDAY = 5


def home_forecast(home: Series, now_s: float, span: Span, zone: ZoneInfo) -> Series:
    """The forecast of `span` from `home`, the recorded quarter hours in W without the cars.

    A quarter hour is the weighted mean of the same time of day on the days before. People live by the local clock, so
    the time of day does too. It is unknown with fewer than LEAST_VALUES values.
    """
    return Series.of(_slots(home, now_s, span, zone), unit="W", source=SOURCE)


def _slots(home: Series, now_s: float, span: Span, zone: ZoneInfo) -> Iterator[Slot]:
    clock = _Clock(zone)
    for at_s in quarter_hours(*span):
        offset_s, weekday = clock.read(at_s)
        total_w, weight, count = 0.0, 0.0, 0
        for days in range(1, 7 * WEEKS + 1):
            before_s = at_s - days * DAY_S
            before_s += offset_s - clock.read(before_s)[0]
            power_w = home.at(before_s) if before_s < now_s else None
            if power_w is None:
                continue
            own = _weight(weekday, (weekday - days) % 7)
            total_w, weight, count = total_w + own * power_w, weight + own, count + 1
        if count >= LEAST_VALUES:
            yield Slot(at_s, at_s + QUARTER_S, total_w / weight)


class _Clock:
    """The local clock. Each quarter hour is converted once, because a forecast asks for thousands."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[float, tuple[float, int]] = {}

    def read(self, at_s: float) -> tuple[float, int]:
        """How far the clock is ahead of UTC in s, and the weekday, 0 = Monday."""
        found = self._known.get(at_s)
        if found is None:
            local = local_time(at_s, self._zone)
            ahead = local.utcoffset()
            found = self._known[at_s] = (ahead.total_seconds() if ahead is not None else 0.0, local.weekday())
        return found


def _weight(weekday: int, other: int) -> float:
    if weekday == other:
        return SAME_DAY
    return SAME_KIND if (weekday >= SATURDAY) == (other >= SATURDAY) else OTHER
