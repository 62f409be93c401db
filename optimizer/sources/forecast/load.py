"""The consumption of the house, from its record: by weekday and quarter hour of the local clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_time, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Slot, Span

SOURCE = "record of the house"
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
    for at_s in quarter_hours(*span):
        local = local_time(at_s, zone)
        total_w, weight, count = 0.0, 0.0, 0
        for days in range(1, 7 * WEEKS + 1):
            before = local - timedelta(days=days)
            before_s = before.timestamp()
            power_w = home.at(before_s) if before_s < now_s else None
            if power_w is None:
                continue
            own = _weight(local.weekday(), before.weekday())
            total_w, weight, count = total_w + own * power_w, weight + own, count + 1
        if count >= LEAST_VALUES:
            yield Slot(at_s, at_s + QUARTER_S, total_w / weight)


def _weight(weekday: int, other: int) -> float:
    if weekday == other:
        return SAME_DAY
    return SAME_KIND if (weekday >= SATURDAY) == (other >= SATURDAY) else OTHER
