"""The correction of a forecast by the past of this roof: a factor for each part of the day, the weight of a service
beside the mean of the days before, a spread from the errors, and the usual errors of a quarter hour and a day.

A factor is the median over days of measured energy by forecast energy. Nearly half of the days may be wrong in any way.
It is bounded, and close to 1 after few days. A day with nearly no energy under a forecast of sun is no error of the
forecast: snow covers the roof, or the PV system is off. Such days do not count.

The mean of two forecasts whose errors have different causes is better than each of them. Each one counts by the inverse
of its mean squared error (Bates and Granger, The Combination of Forecasts, 1969).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_midnight
from optimizer.model.series import HOUR_S, Series, Slot, Span, combined
from optimizer.model.sun import hour_angle
from optimizer.sources.forecast.feed import Place
from optimizer.sources.forecast.persistence import DAYS
from optimizer.words.text import Text

Part = Literal["morning", "noon", "afternoon"]
PARTS: tuple[Part, ...] = ("morning", "noon", "afternoon")
NOON_DEGREES = 30.0
"""Hour angle of the sun up to which it is noon: two hours on each side."""
LEAST_FACTOR, LARGEST_FACTOR = 0.5, 1.5
LEAST_SHARE = 0.05
"""Quarter hours with a forecast below this part of the peak power do not count."""
LEAST_HOURS = 1.0
"""A day with fewer hours in a part of the day says nothing about it."""
HALF_TRUSTED_DAYS = 3.0
"""After this number of days, half of a deviation is corrected."""
LEAST_DAYS_BEFORE = 3
"""Smallest number of days whose mean is compared with the service."""
COVERED = 0.2
"""A day below this part of its forecast does not count: snow or an outage."""
LOW = 1.0 / 3.0
"""Two days in a row below this part of their forecast are worth a message."""
SPREAD_DAYS = 7
"""Number of days that a spread needs."""
USUAL_ERROR = 0.5
"""Error of a quarter hour while the past says nothing. After `HALF_TRUSTED_DAYS` it counts half."""
USUAL_DAY_ERROR = 0.35
"""The same for the energy of a day. Within a day, a part of the errors cancels."""
LARGEST_ERROR = 1.0
LOW_QUANTILE, HIGH_QUANTILE = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class Correction:
    """The learned correction."""

    factors: Mapping[Part, float] = field(default_factory=dict)
    """By part of the day, 0.5–1.5. A missing one is 1."""
    service_part: float = 1.0
    """Part of the service in the forecast, 0–1. The rest is the mean of the days before."""
    low: float | None = None
    """The part of a forecast that nine of ten days exceeded. None: not enough days."""
    high: float | None = None
    """The part of a forecast that one of ten days exceeded."""
    error: float = USUAL_ERROR
    """Root mean square error of the quarter hours of the service, corrected, as a part of the forecast, 0–1."""
    day_error: float = USUAL_DAY_ERROR
    """Root mean square error of the energy of a day of the improved forecast, as a part of it, 0–1."""
    days: int = 0
    """Number of days that count."""
    doubt: str = ""
    """Why the PV system may not work as expected. Empty: nothing is known."""


NOTHING_LEARNT = Correction()


@dataclass(slots=True)
class _Day:
    """The forecast and the measured energy of one day, Wh, by part of the day."""

    forecast: dict[Part, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    measured: dict[Part, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    hours: dict[Part, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    squares: dict[Part, tuple[float, float, float]] = field(
        default_factory=lambda: dict.fromkeys(PARTS, (0.0, 0.0, 0.0))
    )
    """Sums of forecast², forecast × measured, and measured², W² h."""
    before_wh: float | None = None
    """Mean of the measured energy of the days before. None: too few of them are known."""

    @property
    def measured_wh(self) -> float:
        """Measured energy of the whole day."""
        return fsum(self.measured.values())

    @property
    def ratio(self) -> float:
        """Measured by forecast energy of the whole day."""
        return self.measured_wh / fsum(self.forecast.values())

    def corrected_wh(self, factors: Mapping[Part, float]) -> float:
        """The forecast of the service, corrected, for the whole day, Wh."""
        return fsum(self.forecast[part] * factors.get(part, 1.0) for part in PARTS)

    def add_squares(self, part: Part, forecast_w: float, power_w: float, hours: float) -> None:
        """Count one quarter hour in `squares`."""
        forecast, product, measured = self.squares[part]
        forecast += forecast_w * forecast_w * hours
        product += forecast_w * power_w * hours
        self.squares[part] = (forecast, product, measured + power_w * power_w * hours)

    def errors(self, factors: Mapping[Part, float]) -> tuple[float, float]:
        """The sums of the squared errors and of the squared forecast of the quarter hours, corrected, W² h."""
        error = square = 0.0
        for part, (forecast, product, measured) in self.squares.items():
            factor = factors.get(part, 1.0)
            square += factor * factor * forecast
            error += factor * factor * forecast - 2.0 * factor * product + measured
        return max(0.0, error), square

    def improved_wh(self, factors: Mapping[Part, float], service_part: float) -> float:
        """The improved forecast of the whole day."""
        service_wh = self.corrected_wh(factors)
        other_wh = service_wh if self.before_wh is None else self.before_wh
        return service_part * service_wh + (1.0 - service_part) * other_wh


def learn(
    forecast: Series, measured: Series, peak_w: float, place: Place | None, now_s: float, zone: ZoneInfo
) -> Correction:
    """The correction from recorded quarter hours: what was forecast at the start of each day, and what came, in W.

    The day of `now_s` does not count yet. Without a place there are no parts of the day, and so no factors.
    """
    days = _days(forecast, measured, LEAST_SHARE * peak_w, place, local_midnight(now_s, zone), zone)
    usable = [day for day in days if day.ratio >= COVERED]
    factors = {} if place is None else {part: factor for part in PARTS if (factor := _factor(usable, part)) is not None}
    service_part = _service_part(usable, factors)
    pairs = [(day.measured_wh, day.improved_wh(factors, service_part)) for day in usable]
    low = high = None
    if len(usable) >= SPREAD_DAYS:
        ratios = sorted(measured_wh / improved_wh for measured_wh, improved_wh in pairs)
        low, high = _quantile(ratios, LOW_QUANTILE), _quantile(ratios, HIGH_QUANTILE)
    return Correction(
        factors=factors,
        service_part=service_part,
        low=low,
        high=high,
        error=_error(usable, factors),
        day_error=_day_error(pairs),
        days=len(usable),
        doubt=_doubt(days),
    )


def corrected(forecast: Series, correction: Correction, place: Place, most_w: float) -> Series:
    """The forecast with the factors of the times of day, at most `most_w`."""

    def change(slot: Slot) -> Slot:
        factor = correction.factors.get(part_of_day(place, (slot.start_s + slot.end_s) / 2.0), 1.0)
        return Slot(slot.start_s, slot.end_s, min(most_w, factor * slot.value))

    slots = (change(slot) for slot in forecast)
    return Series.of(slots, unit=forecast.unit, source=forecast.source, fetched_s=forecast.fetched_s)


def joined(service: Series, before: Series, service_part: float, most_w: float) -> Series:
    """The forecast of a service together with the mean of the days before, at most `most_w`.

    The service alone where only it is known.
    """
    if service_part >= 1.0:
        return service
    before_part = 1.0 - service_part
    both = combined(
        lambda service_w, before_w: min(most_w, service_part * service_w + before_part * before_w), service, before
    )
    return both.over(service)


def part_of_day(place: Place, at_s: float) -> Part:
    """The part of the day by the sun, so that no clock and no season matters."""
    degrees = hour_angle(place.longitude, at_s)
    if abs(degrees) <= NOON_DEGREES:
        return "noon"
    return "morning" if degrees < 0.0 else "afternoon"


def _days(
    forecast: Series, measured: Series, least_w: float, place: Place | None, until_s: float, zone: ZoneInfo
) -> list[_Day]:
    """The days before `until_s` with enough sun in the forecast, the oldest first."""
    found: defaultdict[float, _Day] = defaultdict(_Day)
    day_of = Span(0.0, 0.0)
    for slot in forecast:
        if slot.start_s >= until_s or slot.value < least_w:
            continue
        same = measured.slot_at(slot.start_s)
        if same is not None and same[:2] == slot[:2]:
            power_w: float | None = same.value
        else:
            power_w = measured.mean(slot.start_s, slot.end_s)
        if power_w is None:
            continue
        if not day_of.start_s <= slot.start_s < day_of.end_s:
            day_of = local_day(slot.start_s, zone)
        day = found[day_of.start_s]
        part = "noon" if place is None else part_of_day(place, (slot.start_s + slot.end_s) / 2.0)
        hours = (slot.end_s - slot.start_s) / HOUR_S
        day.forecast[part] += slot.value * hours
        day.measured[part] += power_w * hours
        day.hours[part] += hours
        day.add_squares(part, slot.value, power_w, hours)
    days = [found[start_s] for start_s in sorted(found) if fsum(found[start_s].hours.values()) >= LEAST_HOURS]
    for index, day in enumerate(days):
        before = days[max(0, index - DAYS) : index]
        if len(before) >= LEAST_DAYS_BEFORE:
            day.before_wh = fsum(one.measured_wh for one in before) / len(before)
    return days


def _service_part(days: Sequence[_Day], factors: Mapping[Part, float]) -> float:
    """By the squared errors of the days. Close to 1 after few days."""
    errors = [
        (day.corrected_wh(factors) - day.measured_wh, day.before_wh - day.measured_wh)
        for day in days
        if day.before_wh is not None
    ]
    service, other = fsum(one * one for one, _ in errors), fsum(one * one for _, one in errors)
    if service + other <= 0.0:
        return 1.0
    trusted = len(errors) / (len(errors) + HALF_TRUSTED_DAYS)
    return 1.0 - service / (service + other) * trusted


def _error(days: Sequence[_Day], factors: Mapping[Part, float]) -> float:
    """The usual error of a quarter hour. Close to the usual one of all roofs after few days."""
    sums = [day.errors(factors) for day in days]
    return _root_mean_square(sums, USUAL_ERROR)


def _day_error(pairs: Sequence[tuple[float, float]]) -> float:
    """The usual error of a day, from measured and forecast energies. Close to the usual one of all roofs after few
    days."""
    sums = [((measured_wh - improved_wh) ** 2, improved_wh**2) for measured_wh, improved_wh in pairs]
    return _root_mean_square(sums, USUAL_DAY_ERROR)


def _root_mean_square(days: Sequence[tuple[float, float]], usual: float) -> float:
    """The error from the sums of squared errors and squared forecasts of each day."""
    error, square = fsum(one for one, _ in days), fsum(one for _, one in days)
    if square <= 0.0:
        return usual
    trusted = len(days) / (len(days) + HALF_TRUSTED_DAYS)
    return min(LARGEST_ERROR, usual + (math.sqrt(error / square) - usual) * trusted)


def _factor(days: Sequence[_Day], part: Part) -> float | None:
    ratios = [day.measured[part] / day.forecast[part] for day in days if day.hours[part] >= LEAST_HOURS]
    if not ratios:
        return None
    trusted = len(ratios) / (len(ratios) + HALF_TRUSTED_DAYS)
    return min(LARGEST_FACTOR, max(LEAST_FACTOR, 1.0 + (median(ratios) - 1.0) * trusted))


def _quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the ascending values lie, between two of them if needed."""
    position = part * (len(values) - 1)
    index = min(int(position), len(values) - 2)
    return values[index] + (values[index + 1] - values[index]) * (position - index)


def _doubt(days: Sequence[_Day]) -> str:
    latest = days[-2:]
    if len(latest) < 2 or any(day.ratio >= LOW for day in latest):
        return ""
    percent = 100.0 * max(day.ratio for day in latest)
    return Text(
        "two days gave at most {part_percent} of their forecast: snow, new shade, or a fault of the PV system",
        part_percent=percent,
    )
