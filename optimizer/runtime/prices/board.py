"""PriceBoard: the prices of every tick, calculated from the contracts and the feeds.

A tick only looks up. The table of the days is calculated after new prices and at midnight, and the prices of an instant
once in a quarter hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from optimizer.model.cheapest import CheapestHours
from optimizer.model.series import Series
from optimizer.model.state import Prices
from optimizer.model.upcoming import Upcoming
from optimizer.runtime.prices.poller import FeedPoller
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.now import PricesNow, prices_now
from optimizer.sources.prices.table import PriceTable, Tariff, days_around, price_table


class PriceBoard:
    """Prices for ticks, page, and metrics."""

    def __init__(self, tariff: Tariff, zone: ZoneInfo) -> None:
        self._tariff = tariff
        self._zone = zone
        self._pollers: tuple[FeedPoller, ...] = ()
        self._table: PriceTable | None = None
        self._now: PricesNow | None = None
        self._asked: tuple[CheapestHours, ...] = ()
        self._spans: tuple[Upcoming, ...] = ()

    def follow(self, pollers: Sequence[FeedPoller]) -> None:
        """Take the prices of these feeds."""
        self._pollers = tuple(pollers)
        self.forget()

    def answer(self, asked: Iterable[CheapestHours], spans: Iterable[Upcoming] = ()) -> None:
        """Answer for these cheapest hours, and for the extremes of these times: the rules in force ask for them."""
        self._asked, self._spans = tuple(asked), tuple(spans)
        self._now = None

    def forget(self) -> None:
        """Calculate again: a feed has new prices, or a new reason why it has none."""
        self._table = self._now = None

    def __call__(self, now: datetime, mono_s: float) -> Prices:
        """The prices at a wall time, which is monotonic `mono_s`."""
        at_s = now.timestamp()
        if self._now is None or not self._now.holds(at_s):
            self._now = prices_now(
                self._tariff,
                self.table(at_s),
                at_s,
                mono_s,
                self._zone,
                why=self._why,
                asked=self._asked,
                spans=self._spans,
            )
        return self._now.prices

    def table(self, at_s: float) -> PriceTable:
        """The prices of yesterday, today, and tomorrow at Unix time `at_s`."""
        span = days_around(at_s, self._zone)
        if self._table is None or self._table.span != span:
            self._table = price_table(self._tariff, self.markets(), span, self._zone)
        return self._table

    def markets(self) -> dict[str, Series]:
        """The known prices of each feed, also of past days."""
        return {poller.name: poller.series for poller in self._pollers}

    def feeds(self) -> tuple[FeedReport, ...]:
        """The state of each feed."""
        return tuple(poller.report() for poller in self._pollers)

    def _why(self, source: str) -> str:
        return next((poller.message for poller in self._pollers if poller.name == source), "")
