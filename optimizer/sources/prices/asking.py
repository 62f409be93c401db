"""The time of the next request to a feed: rarely, at random, and again while prices of tomorrow are missing.

If prices of today are missing, a feed is asked at once. If only prices of tomorrow are missing, it is asked from the
usual time of publication on. If all are known, it is asked after the next publication. Two requests are never closer
than the feed wants, except after a connection that failed.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_day
from optimizer.model.series import Series
from optimizer.sources.pacing import Attempts, spacing_s

PUBLICATION_SPREAD_S = 600.0
"""Random delay after the usual time of publication."""


def wait_s(
    series: Series, now_s: float, zone: ZoneInfo, pace_s: float, published_s: float, attempts: Attempts
) -> float:
    """Seconds from Unix time `now_s` until the next request, 0 if it is due.

    `series` has the prices that are known. `published_s` is the usual local time of publication, s since midnight.
    """
    needed_s = _needed_in_s(series, now_s, zone, published_s, attempts.share)
    if attempts.since_s is None:
        return max(0.0, needed_s)
    return max(0.0, needed_s, spacing_s(pace_s, attempts) - max(0.0, attempts.since_s))


def _needed_in_s(series: Series, now_s: float, zone: ZoneInfo, published_s: float, share: float) -> float:
    today, tomorrow = local_day(now_s, zone), local_day(now_s, zone, 1)
    if not series.covers(now_s, today.end_s):
        return 0.0
    day = today if not series.covers(*tomorrow) else tomorrow
    return local_clock_time(day.start_s, zone, published_s) + share * PUBLICATION_SPREAD_S - now_s
