"""The forecast of a house: PV, consumption, and surplus of the next days, and what they are made of. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight, quarter_hour
from optimizer.model.series import QUARTER_S, Series, Span, combined
from optimizer.sources.forecast.correction import NOTHING_LEARNT, Correction, corrected, joined, learn
from optimizer.sources.forecast.fading import after_last_day, following, following_sun
from optimizer.sources.forecast.feed import Place, PvForecast
from optimizer.sources.forecast.load import home_forecast
from optimizer.sources.forecast.persistence import persistence

AHEAD_DAYS = 3
DAY_S = 86_400.0
LEAST_SHARE = 0.05
"""Part of the peak power below which the present power says nothing about the next hours."""


@dataclass(frozen=True, slots=True)
class ForecastPlan:
    """The settings for the forecast of a house."""

    zone: ZoneInfo
    place: Place | None = None
    """None: not set. Then there are no corrections by the part of the day."""
    peak_w: float = 0.0
    """Sum of the roofs. 0: unknown."""
    most_w: float = float("inf")
    """Largest power of the roofs and inverters."""
    fills_from_past: bool = True
    """Whether persistence fills the times that the service does not cover."""
    corrects: bool = True
    """Whether the service is corrected by its own past, and joined with the mean of the days before."""


@dataclass(frozen=True, slots=True)
class Record:
    """The recorded quarter hours of the last weeks, W."""

    pv: Series = Series(unit="W")
    home: Series = Series(unit="W")
    """Consumption without the cars."""
    forecast: Series = Series(unit="W")
    """The uncorrected PV forecast, as it was at the beginning of each day."""


@dataclass(frozen=True, slots=True)
class ForecastTable:
    """The forecast from the beginning of today on, W."""

    span: Span
    pv: Series = Series(unit="W")
    """The forecast that rules use: corrected, joined with the days before, and following what is measured now."""
    low: Series = Series(unit="W")
    high: Series = Series(unit="W")
    home: Series = Series(unit="W")
    surplus: Series = Series(unit="W")
    """PV beyond the consumption, never negative."""
    uncorrected: Series = Series(unit="W")
    """What the service says, or persistence without one."""
    correction: Correction = NOTHING_LEARNT


def forecast_table(plan: ForecastPlan, service: PvForecast | None, record: Record, now_s: float) -> ForecastTable:
    """The forecast at Unix time `now_s`. `service` is None if none is configured."""
    span = Span(local_midnight(now_s, plan.zone), local_midnight(now_s, plan.zone, AHEAD_DAYS))
    past = persistence(record.pv, now_s, span)
    basis = past if service is None else service.power.within(*span)
    peak_w = plan.peak_w or max((slot.value for slot in record.pv), default=0.0)
    learned = learn(record.forecast, record.pv, peak_w, plan.place if service is not None else None, now_s, plan.zone)

    def improved(series: Series) -> Series:
        if service is None or plan.place is None or not plan.corrects:
            return series
        return corrected(series.within(*span), learned, plan.place, plan.most_w)

    pv = improved(basis)
    if service is not None and plan.corrects:
        pv = joined(pv, past, learned.service_part, plan.most_w)
    if service is not None and plan.fills_from_past:
        pv = pv.over(past)
    last = Span(quarter_hour(now_s) - QUARTER_S, quarter_hour(now_s))
    home = _home(record.home, now_s, last, span, plan.zone)
    pv = following_sun(pv, record.pv.mean(*last), pv.mean(*last), now_s, LEAST_SHARE * peak_w)
    return ForecastTable(
        span=span,
        pv=pv,
        low=_bound(min, improved(service.low if service else Series()), pv, learned.low, plan.most_w),
        high=_bound(max, improved(service.high if service else Series()), pv, learned.high, plan.most_w),
        home=home,
        surplus=combined(lambda pv_w, home_w: max(0.0, pv_w - home_w), pv, home),
        uncorrected=basis,
        correction=learned,
    )


def _home(record: Series, now_s: float, last: Span, span: Span, zone: ZoneInfo) -> Series:
    """The forecast of the consumption. `last` is the last quarter hour."""
    day = Span(last.end_s - DAY_S, last.end_s)
    home = home_forecast(record, now_s, Span(min(day.start_s, span.start_s), span.end_s), zone)
    home = after_last_day(home, record, day)
    return following(home, record.mean(*last), home.mean(*last), now_s).within(*span)


def _bound(
    outer: Callable[[float, float], float], given: Series, pv: Series, part: float | None, most_w: float
) -> Series:
    """A low or high forecast: the one of the service, or else the learned part of the forecast.

    `outer` is `min` or `max`, so that the one of the service never lies on the other side of the forecast.
    """
    if given.slots:
        return combined(outer, given, pv)
    return Series(unit="W") if part is None else pv.map(lambda power_w: min(most_w, part * power_w))
