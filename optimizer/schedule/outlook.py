"""The steps of a problem: prices and powers of the next hours, with a guess where something is not known. Pure.

A price that is not published is guessed from the same time of the days before. A step says whether its prices are
published. A forecast that is missing is the value of the day before, then nothing for PV and a base load for the home.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from optimizer.model.calendar import quarter_hour
from optimizer.model.schedule import Assumed
from optimizer.model.series import HOUR_S, QUARTER_S, Series
from optimizer.schedule.problem import Step
from optimizer.schedule.spreads import USUAL_HOME_ERROR, PvErrors, PvSpread, pv_spreads

DAY_S = 86_400.0
PAST_DAYS = 7
"""Days before, from which prices are guessed."""
FINE_S = 16 * HOUR_S
"""The steps of this time are quarter hours. Later ones are half hours."""
HALF_S = 2 * QUARTER_S
HORIZON_S = 36 * HOUR_S
DIMMED_S = HOUR_S
"""A dimming by the grid operator is assumed to last this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Prices, PV, and consumption of the next hours, as far as they are known."""

    imports: Series
    """Import price, ct/kWh, also of past days."""
    feed_in: Series
    """Payment for an exported kWh, ct/kWh, also of past days."""
    pv: Series = Series()
    """PV power, W, also of the day before."""
    pv_errors: PvErrors = PvErrors()
    home: Series = Series()
    """Consumption without the cars, W, also of the day before."""
    home_w: float = 300.0
    """Consumption where `home` and the day before are unknown."""
    fallback_ct: float = 30.0
    """Import price if none is known at all."""
    dimmed_w: float | None = None
    """Power of all cars while the house is dimmed. None: it is not dimmed."""


def borders_of(now_s: float, horizon_s: float = HORIZON_S) -> tuple[float, ...]:
    """The borders of the steps: the quarter hour of now first, then quarter hours, then half hours."""
    first_s = quarter_hour(now_s)
    fine_until_s = (first_s + FINE_S) // HALF_S * HALF_S
    found = [first_s]
    while found[-1] < first_s + horizon_s:
        found.append(found[-1] + (QUARTER_S if found[-1] < fine_until_s else HALF_S))
    return tuple(found)


def steps_of(outlook: Outlook, now_s: float, horizon_s: float = HORIZON_S) -> tuple[tuple[Step, ...], float]:
    """The steps from now on, and the end of the published prices, Unix time in s."""
    shift_ct = _level(outlook.imports, now_s)
    borders = [*pairwise(borders_of(now_s, horizon_s))]
    pv_ws = [max(0.0, _power(outlook.pv, *border) or 0.0) for border in borders]
    spreads = pv_spreads(zip((start_s for start_s, _ in borders), pv_ws, strict=True), outlook.pv_errors, now_s)
    found = tuple(
        _step(outlook, now_s, start_s, end_s, shift_ct, pv_w, spread)
        for (start_s, end_s), pv_w, spread in zip(borders, pv_ws, spreads, strict=True)
    )
    known_s = next((step.start_s for step in found if not step.is_known), found[-1].end_s)
    return found, known_s


def assumed_of(outlook: Outlook) -> tuple[Assumed, ...]:
    """The names of the series of which nothing is known, so that each step has the same value."""
    named: tuple[tuple[Assumed, Series], ...] = (
        ("import_price", outlook.imports),
        ("feed_in_price", outlook.feed_in),
        ("pv", outlook.pv),
        ("home", outlook.home),
    )
    return tuple(name for name, series in named if not series.slots)


def _step(
    outlook: Outlook, now_s: float, start_s: float, end_s: float, shift_ct: float, pv_w: float, spread: PvSpread
) -> Step:
    import_ct, feed_in_ct = outlook.imports.mean(start_s, end_s), outlook.feed_in.mean(start_s, end_s)
    guessed = _guess(outlook.imports, start_s, end_s) if import_ct is None else None
    if import_ct is None:
        import_ct = outlook.fallback_ct if guessed is None else guessed + shift_ct
        is_known = False
    else:
        is_known = True
    if feed_in_ct is None:
        feed_in_ct = _guess(outlook.feed_in, start_s, end_s) or 0.0
    home_w = _power(outlook.home, start_s, end_s)
    home_w = max(0.0, outlook.home_w if home_w is None else home_w)
    dimmed = outlook.dimmed_w is not None and start_s < now_s + DIMMED_S
    return Step(
        start_s=start_s,
        end_s=end_s,
        import_ct=import_ct,
        feed_in_ct=feed_in_ct,
        is_known=is_known,
        pv_w=pv_w,
        home_w=home_w,
        pv_spread_w=spread.step_w,
        pv_day_spread_w=spread.day_w,
        home_spread_w=home_w * USUAL_HOME_ERROR,
        cars_most_w=outlook.dimmed_w if dimmed else None,
    )


def _days_before(series: Series, start_s: float, end_s: float) -> Iterator[float]:
    """The values at the same time of the days before, as far as they are known."""
    for days in range(1, PAST_DAYS + 1):
        value = series.mean(start_s - days * DAY_S, end_s - days * DAY_S)
        if value is not None:
            yield value


def _guess(series: Series, start_s: float, end_s: float) -> float | None:
    """The mean of the days before, or of everything that is known."""
    values = list(_days_before(series, start_s, end_s)) or [slot.value for slot in series]
    return sum(values) / len(values) if values else None


def _level(series: Series, now_s: float) -> float:
    """The mean price of the newest 24 h minus that of the days before, ct/kWh. 0 if one is unknown."""
    reach_s = series.reach_s
    if reach_s is None:
        return 0.0
    newest_s = min(reach_s, now_s + DAY_S)
    last, days = (
        _mean(series.within(newest_s - DAY_S, newest_s)),
        _mean(series.within(now_s - PAST_DAYS * DAY_S, now_s)),
    )
    return 0.0 if last is None or days is None else last - days


def _mean(series: Series) -> float | None:
    length_s = sum(slot.end_s - slot.start_s for slot in series)
    return sum(slot.value * (slot.end_s - slot.start_s) for slot in series) / length_s if length_s else None


def _power(series: Series, start_s: float, end_s: float) -> float | None:
    """The forecast, or the value at the same time of the last known day."""
    value = series.mean(start_s, end_s)
    return value if value is not None else next(_days_before(series, start_s, end_s), None)
