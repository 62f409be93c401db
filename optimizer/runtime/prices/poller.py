"""FeedPoller: asks one price feed in the background, at its pace, and keeps what it has answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_midnight
from optimizer.model.clock import Clock
from optimizer.model.series import Series
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.runtime.series_poller import SeriesPoller
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Exchange
from optimizer.sources.prices.asking import wait_s
from optimizer.sources.prices.feed import PriceFeed, WithUnit, fetch
from optimizer.sources.prices.table import days_around
from optimizer.words.text import Text

log = logging.getLogger(__name__)

DEADLINE_S = 60.0
"""Longest time of one request with everything around it."""
CACHE_FILE = "prices.json"
KEPT_DAYS = 2
"""Days before today whose prices are kept."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One configured feed."""

    name: str
    """The name in the settings."""
    feed: PriceFeed
    exchange: Exchange
    """Reaches its server, with a deadline and a limit of size."""


class FeedPoller(SeriesPoller):
    """Asks one feed until canceled."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        zone: ZoneInfo,
        cache: SeriesCache,
        random: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`random` returns numbers from 0 to 1. `changed` is called after each request."""
        self._feed = feed
        self._zone = zone
        self._cache = cache
        self._identity = f"{feed.feed!r}"
        cached = cache.load(feed.name, self._identity)
        self.series: Series = cached.series
        """All known prices, also of past days."""
        super().__init__(
            f"prices of {feed.name} ({feed.feed.kind})",
            clock,
            random,
            asked_s=cached.asked_s,
            deadline_s=DEADLINE_S,
            changed=changed,
        )
        self._doubt = self._doubted()

    @property
    def name(self) -> str:
        """The name of the feed in the settings."""
        return self._feed.name

    async def ask(self) -> None:
        """One request. Whatever goes wrong is logged once, and the known prices stay."""
        feed, now_s = self._feed, self._now_s()
        days = days_around(now_s, self._zone)
        fresh = await self._loop.fetched(lambda: fetch(feed.feed, feed.exchange, days, now_s))
        if fresh is not None:
            self._answered(fresh, now_s)
        self._changed()
        self._cache.save(self._identity, {feed.name: Cached(self.series, now_s)})

    def report(self) -> FeedReport:
        """The present state."""
        return replace(self._report_of(self._feed.name, self._feed.feed.kind, self.series), doubt=self._doubt)

    def _answered(self, fresh: Series, now_s: float) -> None:
        first_s = local_midnight(now_s, self._zone, -KEPT_DAYS)
        last_s = local_day(now_s, self._zone, 1).end_s
        if not fresh.within(now_s, last_s).slots:
            self._loop.failed("refused", Text("the answer has no prices from now on"))
            return
        self._loop.succeeded()
        self.series = fresh.over(self.series).within(first_s, last_s)
        before, self._doubt = self._doubt, self._doubted()
        if self._doubt and not before:
            log.warning("prices of %s: %s", self.name, self._doubt)

    def _doubted(self) -> str:
        feed = self._feed.feed
        return feed.doubt(self.series) if isinstance(feed, WithUnit) else ""

    def _wait_s(self, attempts: Attempts) -> float:
        feed = self._feed.feed
        return wait_s(self.series, self._now_s(), self._zone, feed.pace_s, feed.published_s, attempts)
