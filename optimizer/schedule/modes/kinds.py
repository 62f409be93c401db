"""The kinds of day that may come: a dull one and a bright one.

PV of a whole day is lower or higher than its forecast, and after the first hours of the sun the kind of day is known.
The best modes of a dull day differ from those of a bright one. So each kind has its own cost from those hours on, and
before them the mean of both counts. A schedule of the night holds enough for a dull day and leaves room for a bright
one, as much as each is worth.
"""

from __future__ import annotations

from optimizer.schedule.stage import Weather


def kinds_of(weather: Weather) -> tuple[Weather, ...]:
    """The conditions of one step on a dull day and on a bright one, or the expected ones where no kind is known."""
    day_w = weather.pv_day_spread_w
    if day_w <= 0.0:
        return (weather,)
    dull_w, bright_w = weather.pv_w - day_w, weather.pv_w + day_w
    dull = weather._replace(pv_w=dull_w, pv_spread_w=min(weather.pv_spread_w, dull_w))
    return dull, weather._replace(pv_w=bright_w)
