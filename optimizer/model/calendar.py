"""Local days, hours, and quarter hours as instants, also on the days when clocks change.

Every instant is a Unix time in s. A local day lasts 23, 24, or 25 hours. The hour that occurs twice is two hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.series import QUARTER_S, Span


def local_time(at_s: float, zone: ZoneInfo) -> datetime:
    """The local time of an instant."""
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone)


def local_midnight(at_s: float, zone: ZoneInfo, days: int = 0) -> float:
    """The beginning of the local day of an instant, or of the day that is `days` later (negative: earlier).

    In a zone that changes its clocks at midnight, it is the first instant of the day.
    """
    day = local_time(at_s, zone).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def local_day(at_s: float, zone: ZoneInfo, days: int = 0) -> Span:
    """The local day of an instant, or the day that is `days` later."""
    return Span(local_midnight(at_s, zone, days), local_midnight(at_s, zone, days + 1))


def local_clock_time(at_s: float, zone: ZoneInfo, clock_s: float, days: int = 0) -> float:
    """The instant at which the local clock shows `clock_s` (s since midnight), `days` after the day of `at_s`.

    It is the first of two such instants. A time that the clocks skip is as long after midnight as on other days.
    """
    date = local_time(at_s, zone).date() + timedelta(days=days)
    hours, rest = divmod(clock_s, 3600.0)
    return datetime(date.year, date.month, date.day, int(hours), int(rest // 60.0), tzinfo=zone).timestamp()


def quarter_hour(at_s: float) -> float:
    """The beginning of the quarter hour of an instant. It is the same in all zones of today."""
    return at_s // QUARTER_S * QUARTER_S


def quarter_hours(start_s: float, end_s: float) -> Iterator[float]:
    """The beginning of every quarter hour that begins from `start_s` until just before `end_s`."""
    at_s = quarter_hour(start_s)
    if at_s < start_s:
        at_s += QUARTER_S
    while at_s < end_s:
        yield at_s
        at_s += QUARTER_S


def local_hours(start_s: float, end_s: float, zone: ZoneInfo) -> tuple[float, ...]:
    """The beginnings of all local hours from `start_s` to `end_s`, both included if an hour begins there.

    Local hours begin at 15, 30, or 45 minutes of an hour in UTC in some zones.
    """
    return tuple(at_s for at_s in quarter_hours(start_s, end_s + 1.0) if local_time(at_s, zone).minute == 0)


def names_no_place(zone: ZoneInfo) -> bool:
    """Whether it is a fixed distance from UTC, such as `UTC` or `Etc/GMT-1`, and not the zone of a country."""
    if "/" in zone.key and not zone.key.startswith("Etc/"):
        return False
    winter, summer = (datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return winter == summer
