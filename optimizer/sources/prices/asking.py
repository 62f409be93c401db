"""When to ask a feed: rarely, at random, and again while prices of tomorrow are missing.

If prices of today are missing, a feed is asked at once. If only prices of tomorrow are missing, it is asked from the
usual time of publication on. If all are known, it is asked after the next publication. Two requests are never closer
than the feed wants, except after a connection that failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_day
from optimizer.model.series import Series
from optimizer.sources.port import Fault

NOT_REACHED: tuple[Fault, ...] = ("unreachable", "timeout")
FIRST_RETRY_S = 60.0
LONGEST_RETRY_S = 3600.0
MOST_DOUBLINGS = 6
PUBLICATION_SPREAD_S = 600.0
"""Random delay after the usual time of publication."""
PACE_SPREAD = 0.2
"""Random part of the time between two requests."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The requests to a feed so far."""

    since_s: float | None = None
    """Seconds since the last request. None: there was none."""
    failures: int = 0
    """Number of failures in a row."""
    fault: Fault | None = None
    """The last failure."""
    share: float = 0.0
    """A random number from 0 to 1, drawn anew for each request."""


def wait_s(
    series: Series, now_s: float, zone: ZoneInfo, pace_s: float, published_s: float, attempts: Attempts
) -> float:
    """Seconds from Unix time `now_s` until the next request, 0 if it is due.

    `series` has the prices that are known. `published_s` is the usual local time of publication, s since midnight.
    """
    needed_s = _needed_in_s(series, now_s, zone, published_s, attempts.share)
    if attempts.since_s is None:
        return max(0.0, needed_s)
    return max(0.0, needed_s, _spacing_s(pace_s, attempts) - max(0.0, attempts.since_s))


def _needed_in_s(series: Series, now_s: float, zone: ZoneInfo, published_s: float, share: float) -> float:
    today, tomorrow = local_day(now_s, zone), local_day(now_s, zone, 1)
    if not series.covers(now_s, today.end_s):
        return 0.0
    day = today if not series.covers(*tomorrow) else tomorrow
    return local_clock_time(day.start_s, zone, published_s) + share * PUBLICATION_SPREAD_S - now_s


def _spacing_s(pace_s: float, attempts: Attempts) -> float:
    """Seconds between the last request and the next one."""
    if not attempts.failures:
        return pace_s * (1.0 + PACE_SPREAD * attempts.share)
    doubled = 2.0 ** min(MOST_DOUBLINGS, attempts.failures - 1)
    first_s = FIRST_RETRY_S if attempts.fault in NOT_REACHED else pace_s
    return min(max(LONGEST_RETRY_S, pace_s), first_s * doubled) * (1.0 + PACE_SPREAD * attempts.share)
