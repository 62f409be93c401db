"""The forecasts that the simulated house has at each time, made by the modules of the service.

The record of the past is the input of the study itself, up to the quarter hour of now. Without a file of forecasts they
follow from it by persistence.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isnan
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight, quarter_hour
from optimizer.model.series import HOUR_S, QUARTER_S, Slot
from optimizer.model.series import Series as Values
from optimizer.model.state import NO_FORECAST, Forecast
from optimizer.model.upcoming import Upcoming
from optimizer.sources.forecast.feed import PvForecast
from optimizer.sources.forecast.now import EnergiesNow, energies_now
from optimizer.sources.forecast.table import ForecastPlan, ForecastTable, Record, forecast_table
from optimizer.study.input.series import Series
from optimizer.words.text import Text

KEPT_S = 28 * 86_400.0
"""Age of the oldest record, as in the service."""
GIVEN_DAYS = 2
"""A file of forecasts says what was forecast until the end of the next day."""
PERSISTENCE = Text(
    "The PV forecasts of the rules follow from the days before (persistence). --forecast FILE replaces them."
)


@dataclass(frozen=True, slots=True)
class Forecasting:
    """The settings for the forecasts of a simulated house."""

    plan: ForecastPlan | None = None
    """None: that of a house without settings."""
    power: Values = Values()
    """Past forecasts of a service, W. Those of a day are known from the beginning of the day before. Empty: none."""


class HouseForecasts:
    """The forecasts of every tick."""

    def __init__(self, series: Series, given: Forecasting, zone: ZoneInfo, asked: tuple[Upcoming, ...]) -> None:
        self._given = given
        self._plan = replace(given.plan or ForecastPlan(zone), zone=zone)
        self._zone = zone
        self._asked = asked
        self._first_s = quarter_hour(series.start.timestamp())
        self._pv = _quarters(series, series.pv_w)
        self._home = _quarters(series, series.load_w)
        self._table: ForecastTable | None = None
        self._hour_s = float("-inf")
        self._now: EnergiesNow | None = None
        self._lacks = False
        self.unknown_s = 0.0
        """How long a forecast that the rules ask for was unknown."""

    def __call__(self, at_s: float, mono_s: float, tick_s: float) -> Forecast:
        """The energies that rules ask for at Unix time `at_s`, which is monotonic `mono_s`, at the end of a tick."""
        if not self._asked:
            return NO_FORECAST
        if self._now is None or not self._now.from_s <= at_s < self._now.until_s:
            self._now = energies_now(self.table(at_s), self._asked, at_s, mono_s, self._zone)
            found = self._now.forecast
            self._lacks = any(not one.known for part in (found.pv_wh, found.surplus_wh) for one in part.values())
        if self._lacks:
            self.unknown_s += tick_s
        return self._now.forecast

    def table(self, at_s: float) -> ForecastTable:
        """The forecast at Unix time `at_s`, calculated once an hour: a service does so each quarter hour."""
        hour_s = at_s // HOUR_S * HOUR_S
        if self._table is None or self._hour_s != hour_s:
            self._hour_s = hour_s
            self._table = forecast_table(self._plan, self._service(at_s), self.record(at_s), at_s)
        return self._table

    def record(self, at_s: float) -> Record:
        """The quarter hours of the last weeks that were over at Unix time `at_s`."""
        first_s, last_s = quarter_hour(at_s) - KEPT_S, quarter_hour(at_s)
        return Record(
            pv=Values.of(self._slots(self._pv, first_s, last_s), unit="W"),
            home=Values.of(self._slots(self._home, first_s, last_s), unit="W"),
            forecast=self._given.power.within(first_s, last_s),
        )

    def notes(self) -> tuple[str, ...]:
        """Sentences for the report about the forecasts that the rules got."""
        if not self._asked:
            return ()
        lacks = Text(
            "For {unknown_1d} h a forecast that the rules ask for was unknown.", unknown_1d=self.unknown_s / HOUR_S
        )
        return (*(() if self._given.power.slots else (PERSISTENCE,)), *((lacks,) if self.unknown_s else ()))

    def _service(self, at_s: float) -> PvForecast | None:
        if not self._given.power.slots:
            return None
        span = local_midnight(at_s, self._zone), local_midnight(at_s, self._zone, GIVEN_DAYS)
        return PvForecast(self._given.power.within(*span))

    def _slots(self, quarters: array[float], first_s: float, last_s: float) -> Iterator[Slot]:
        begin = max(0, round((first_s - self._first_s) / QUARTER_S))
        end = min(len(quarters), round((last_s - self._first_s) / QUARTER_S))
        for at, mean_w in enumerate(quarters[begin:end], start=begin):
            if not isnan(mean_w):
                start_s = self._first_s + at * QUARTER_S
                yield Slot(start_s, start_s + QUARTER_S, mean_w)


def _quarters(series: Series, rows: array[float]) -> array[float]:
    """The means of the quarter hours from that of the start on. NaN where less than half of one is known."""
    start_s = series.start.timestamp()
    begin_s = quarter_hour(start_s)
    count = int((start_s - begin_s + series.duration_s) // QUARTER_S)
    sums, known_s = array("d", [0.0]) * count, array("d", [0.0]) * count
    for row, value in enumerate(rows):
        if isnan(value):
            continue
        from_s = start_s - begin_s + row * series.step_s
        until_s = from_s + series.step_s
        quarter = int(from_s // QUARTER_S)
        while from_s < until_s and quarter < count:
            part_s = min(until_s, (quarter + 1) * QUARTER_S) - from_s
            sums[quarter] += value * part_s
            known_s[quarter] += part_s
            from_s += part_s
            quarter += 1
    half_s = QUARTER_S / 2.0
    return array("d", [s / k if k >= half_s else float("nan") for s, k in zip(sums, known_s, strict=True)])
