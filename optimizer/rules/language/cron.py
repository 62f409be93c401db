"""Cron windows: the times at which a schedule is open, correct over both DST changes.

A window opens at a local time and lasts a real duration. If the local time falls into the missing hour in spring, the
window opens at the end of that hour. If it falls into the repeated hour in autumn, the window opens only the first
time. A schedule with `*` for the hour counts real hours: it skips the missing hour and runs in both repeated hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError

from optimizer.words.text import Text

MIN_LASTS_S = 60.0
MAX_LASTS_S = 7 * 86400.0
EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, tzinfo=UTC)

_FIELDS = re.compile(r"[0-9a-zA-Z*,/-]+( +[0-9a-zA-Z*,/-]+){4}")
_HOUR_WORDS = re.compile(r"\*(/\d+)?")
_NEAR = timedelta(hours=3)
"""At a greater distance from a DST change, local times are evenly spaced."""
_SOME_YEAR = datetime(2023, 1, 1)  # noqa: DTZ001 - local time of no zone
_RANGES = (
    (Text("minute"), 0, 59),
    (Text("hour"), 0, 23),
    (Text("day"), 1, 31),
    (Text("month"), 1, 12),
    (Text("weekday"), 0, 7),
)
_VALUE = re.compile(r"(?<![/\d])\d+")
"""A number in a field, without the steps after `/`."""
_WORD = re.compile(r"[a-zA-Z]+")
_WORDS = (
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Windows that open at the times of a cron expression."""

    cron: str
    lasts_s: float

    @property
    def hourly(self) -> bool:
        """Whether it counts real hours: the hour is `*` or `*/n`."""
        return _HOUR_WORDS.fullmatch(self.cron.split()[1]) is not None


class Opening(NamedTuple):
    """Whether a schedule is open, and the period in which that is valid."""

    open: bool
    since: datetime
    """Aware UTC."""
    until: datetime
    """Aware UTC; the time of the next check."""


ALWAYS = Opening(True, EARLIEST, LATEST)


def cron_fault(cron: str) -> str:
    """The mistake in a cron expression; empty if there is none."""
    if not _FIELDS.fullmatch(cron) or len(cron) > 200:
        count = len(cron.split())
        if count != 5:
            return Text("a cron expression has five fields (minute hour day month weekday), not {count}", count=count)
        return Text("a cron expression can contain only numbers, * , - / and names such as mon or jan")
    strange = next((word for word in _WORD.findall(cron) if word.lower() not in _WORDS), None)
    if strange is not None:
        return Text("{strange} is not a weekday or month: mon–sun, jan–dec", strange=strange)
    for text, (unit, low, high) in zip(cron.split(), _RANGES, strict=True):
        wrong = next((value for value in _VALUE.findall(text) if not low <= int(value) <= high), None)
        if wrong is not None:
            return Text("there is no {unit} {wrong}: write {low} to {high}", unit=unit, wrong=wrong, low=low, high=high)
    try:
        croniter(cron, _SOME_YEAR).get_next(datetime)
    except (CroniterError, ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        text = str(error)
        if "next date" in text:
            return Text("this date does not exist, so the window would never open")
        return Text("“{text}” is not a cron expression", text=text)
    return ""


def opening(schedule: Schedule, now: datetime, zone: ZoneInfo) -> Opening:
    """The state of the schedule at `now` (aware), and the time until which it is valid."""
    last, following = _around(schedule, now.astimezone(UTC), zone)
    closes = last + timedelta(seconds=schedule.lasts_s)
    return Opening(True, last, closes) if now < closes else Opening(False, closes, following)


def any_opening(schedules: tuple[Schedule, ...], now: datetime, zone: ZoneInfo) -> Opening:
    """The state of several schedules: open if any is open; always open without a schedule."""
    if not schedules:
        return ALWAYS
    each = [opening(schedule, now, zone) for schedule in schedules]
    opened = [one for one in each if one.open]
    if opened:
        return Opening(True, min(one.since for one in opened), max(one.until for one in opened))
    return Opening(False, max(one.since for one in each), min(one.until for one in each))


def upcoming(schedule: Schedule, now: datetime, zone: ZoneInfo, count: int) -> list[tuple[datetime, datetime]]:
    """The next `count` windows from `now` on (the open one included), as (opens, closes) in `zone`."""
    found: list[tuple[datetime, datetime]] = []
    at = now.astimezone(UTC)
    current = opening(schedule, at, zone)
    if current.open:
        found.append((current.since.astimezone(zone), current.until.astimezone(zone)))
        at = current.until
    while len(found) < count:
        here = opening(schedule, at, zone)
        if not here.open:
            here = opening(schedule, here.until, zone)
        found.append((here.since.astimezone(zone), here.until.astimezone(zone)))
        at = here.until
    return found


def _around(schedule: Schedule, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last opening at or before `now` and the first after it, aware UTC."""
    naive = now.astimezone(zone).replace(tzinfo=None)
    even = _offset(now - _NEAR, zone) == _offset(now + _NEAR, zone)
    slack = timedelta() if even else _NEAR
    return _last(schedule, now, naive, slack, zone), _next(schedule, now, naive, slack, zone)


def _last(schedule: Schedule, now: datetime, naive: datetime, slack: timedelta, zone: ZoneInfo) -> datetime:
    cron = croniter(schedule.cron, naive + slack + timedelta(seconds=1))
    best = EARLIEST
    while True:
        at: datetime = cron.get_prev(datetime)
        best = max([best, *(instant for instant in _instants(schedule, at, zone) if instant <= now)])
        if best > EARLIEST and at <= naive - slack:
            return best


def _next(schedule: Schedule, now: datetime, naive: datetime, slack: timedelta, zone: ZoneInfo) -> datetime:
    cron = croniter(schedule.cron, naive - slack)
    best = LATEST
    while True:
        at: datetime = cron.get_next(datetime)
        best = min([best, *(instant for instant in _instants(schedule, at, zone) if instant > now)])
        if best < LATEST and at >= naive + slack:
            return best


def _instants(schedule: Schedule, naive: datetime, zone: ZoneInfo) -> list[datetime]:
    """The times in aware UTC of the local time `naive`: one; for hourly schedules each occurrence."""
    first = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return [first]
    missing = first.astimezone(zone).replace(tzinfo=None) != naive
    if schedule.hourly:
        return [] if missing else [first, second]
    return [_change_between(second, first, zone)] if missing else [first]


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The time at which the clocks go forward, to the second. `low` is before it, `high` is not."""
    low, high = low - timedelta(seconds=1), high.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (low, middle) if _offset(middle, zone) == _offset(high, zone) else (middle, high)
    return high


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()
