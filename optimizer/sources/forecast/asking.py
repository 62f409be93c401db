"""The time of the next request to a forecast service: by day, at its pace, and never more often than it allows.

If nothing is known of the rest of today, a service is asked at once. Otherwise it is asked from an hour before sunrise
to two hours before sunset, when a new forecast still changes something.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day
from optimizer.model.series import HOUR_S, Series
from optimizer.model.sun import sun_day
from optimizer.sources.forecast.feed import Place
from optimizer.sources.pacing import Attempts, spacing_s

DAY_S = 86_400.0
BEFORE_SUNRISE_S = HOUR_S
BEFORE_SUNSET_S = 2 * HOUR_S


def wait_s(
    series: Series, now_s: float, place: Place, zone: ZoneInfo, pace_s: float, budget_s: float, attempts: Attempts
) -> float:
    """Seconds from Unix time `now_s` until the next round of requests, 0 if it is due.

    `series` is the known power. `budget_s` is the time until the service allows another round.
    """
    known = series.covers(now_s, local_day(now_s, zone).end_s)
    needed_s = max(0.0, budget_s, _until_day_s(now_s, place, zone) if known else 0.0)
    if attempts.since_s is None:
        return needed_s
    return max(needed_s, spacing_s(pace_s, attempts) - max(0.0, attempts.since_s))


def budget_wait_s(requests_s: Sequence[float], now_s: float, needed: int, most_a_day: int) -> float:
    """Seconds until `needed` more requests fit into any 24 hours. `requests_s` are the times of earlier ones.

    A request from the future, after a clock that was set back, counts as one of now.
    """
    recent = sorted(min(at_s, now_s) for at_s in requests_s if at_s > now_s - DAY_S)
    excess = len(recent) + needed - most_a_day
    if excess <= 0:
        return 0.0
    return recent[min(excess, len(recent)) - 1] + DAY_S - now_s if recent else DAY_S


def _until_day_s(now_s: float, place: Place, zone: ZoneInfo) -> float:
    """Seconds until a new forecast changes something. 0 by day, and on days without a sunrise."""
    for days in (0, 1):
        rise_s, set_s = sun_day(place.latitude, place.longitude, local_day(now_s, zone, days))
        if rise_s is None or set_s is None:
            return 0.0
        if now_s < set_s - BEFORE_SUNSET_S:
            return max(0.0, rise_s - BEFORE_SUNRISE_S - now_s)
    return 0.0
