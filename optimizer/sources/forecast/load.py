"""The consumption of the house, from its record: by weekday and quarter hour of the local clock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_time, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Slot, Span

SOURCE = "record of the house"
DAY_S = 86_400.0
WEEKS = 4
"""Age of the oldest record that counts."""
SAME_DAY, SAME_KIND, OTHER = 6.0, 2.0, 1.0
"""Weights of the same weekday, of another workday or weekend day of the same kind, and of the other days."""
NEWER = 0.9
"""Each day counts this much as the day after it. Heating, holidays, and guests change a consumption within a week: in
the records of two houses the error of a quarter hour was 6 to 11 % smaller than with days of equal weight."""
LEAST_VALUES = 2
SATURDAY = 5


def home_forecast(home: Series, now_s: float, span: Span, zone: ZoneInfo) -> Series:
    """The forecast of `span` from `home`, the recorded quarter hours in W without the cars.

    A quarter hour is the weighted mean of the same time of day on the days before. People live by the local clock, so
    the time of day does too. It is unknown with fewer than LEAST_VALUES values.
    """
    return Series.of(_slots(home, now_s, span, zone), unit="W", source=SOURCE)


def _slots(home: Series, now_s: float, span: Span, zone: ZoneInfo) -> Iterator[Slot]:
    recorded = {slot.start_s: slot.value for slot in home if slot.start_s < now_s}
    for at_s in quarter_hours(*span):
        offset_s, weekday = _clock(at_s, zone)
        total_w, weight, count = 0.0, 0.0, 0
        for days, own in WEIGHTS[weekday]:
            before_s = at_s - days * DAY_S
            power_w = recorded.get(before_s + offset_s - _clock(before_s, zone)[0])
            if power_w is not None:
                total_w, weight, count = total_w + own * power_w, weight + own, count + 1
        if count >= LEAST_VALUES:
            yield Slot(at_s, at_s + QUARTER_S, total_w / weight)


@lru_cache(maxsize=8192)
def _clock(at_s: float, zone: ZoneInfo) -> tuple[float, int]:
    """The time of the local clock ahead of UTC in s, and the weekday, 0 = Monday. A forecast asks for thousands of
    quarter hours, and the next one for nearly the same."""
    local = local_time(at_s, zone)
    ahead = local.utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0, local.weekday()


def _weight(weekday: int, other: int) -> float:
    if weekday == other:
        return SAME_DAY
    return SAME_KIND if (weekday >= SATURDAY) == (other >= SATURDAY) else OTHER


WEIGHTS = tuple(
    tuple((days, NEWER**days * _weight(weekday, (weekday - days) % 7)) for days in range(1, 7 * WEEKS + 1))
    for weekday in range(7)
)
"""By weekday: how many days ago, and the weight of that day."""
