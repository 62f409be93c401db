"""HouseOutlook: the prices and forecasts of a running service, as the scheduler needs them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.series import Series, Span
from optimizer.runtime.forecast.board import ForecastBoard
from optimizer.runtime.prices.board import PriceBoard
from optimizer.schedule.outlook import PAST_DAYS, Outlook
from optimizer.schedule.spreads import PvErrors
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.table import Tariff, price_table

AHEAD_DAYS = 3


class HouseOutlook:
    """Prices and forecasts (runtime.scheduler.scheduler.Inputs)."""

    def __init__(
        self, tariff: Tariff, zone: ZoneInfo, prices: PriceBoard | None, forecast: ForecastBoard | None
    ) -> None:
        self._tariff = tariff
        self._zone = zone
        self._prices = prices
        self._forecast = forecast

    @property
    def awaited(self) -> bool:
        """Whether a service of prices or forecasts has neither answered nor failed yet."""
        return any(feed.fetched_s is None and not feed.failures for feed in self._feeds())

    @property
    def priced(self) -> bool:
        """Whether prices change, so that a schedule is of use without goals."""
        return self._prices is not None

    def outlook(self, at_s: float) -> Outlook:
        """Prices, PV, and consumption as known at Unix time `at_s`, with the days before."""
        span = Span(local_midnight(at_s, self._zone, -PAST_DAYS), local_midnight(at_s, self._zone, AHEAD_DAYS))
        markets = {} if self._prices is None else self._prices.markets()
        table = price_table(self._tariff, markets, span, self._zone)
        pv, home, pv_errors = Series(), Series(), PvErrors()
        if self._forecast is not None:
            forecast, record = self._forecast.table(at_s), self._forecast.record
            pv, home = forecast.pv.over(record.pv), forecast.home.over(record.home)
            pv_errors = PvErrors(forecast.correction.error, forecast.correction.day_error)
        return Outlook(imports=table.imports.total, feed_in=table.feed_in.total, pv=pv, pv_errors=pv_errors, home=home)

    def news(self) -> Hashable:
        """It changes with new prices and with a new forecast."""
        return tuple(feed.fetched_s for feed in self._feeds())

    def _feeds(self) -> Iterator[FeedReport]:
        for source in (self._prices, self._forecast):
            if source is not None:
                yield from source.feeds()
