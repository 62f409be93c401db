"""FeedPoller: asks one price feed in the background, at its pace, and keeps what it has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_midnight
from optimizer.model.clock import Clock
from optimizer.model.series import Series
from optimizer.runtime.requests import RequestLoop
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Exchange
from optimizer.sources.prices.asking import wait_s
from optimizer.sources.prices.feed import PriceFeed, fetch
from optimizer.sources.prices.table import days_around
from optimizer.words.text import Text

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


class FeedPoller:
    """Asks one feed until cancelled."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        zone: ZoneInfo,
        cache: SeriesCache,
        random: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`random` returns numbers from 0 to 1. `changed` is called after new prices."""
        self._feed = feed
        self._clock = clock
        self._zone = zone
        self._cache = cache
        self._changed = changed
        self._identity = f"{feed.feed!r}"
        cached = cache.load(feed.name, self._identity)
        self.series: Series = cached.series
        """All known prices, also of past days."""
        self._loop = RequestLoop(
            f"prices of {feed.name} ({feed.feed.kind})", clock, random, asked_s=cached.asked_s, deadline_s=DEADLINE_S
        )

    @property
    def name(self) -> str:
        """The name of the feed in the settings."""
        return self._feed.name

    @property
    def message(self) -> str:
        """Why there are no new prices. Empty if the last request brought some."""
        return self._loop.message

    async def run(self) -> None:
        """Ask until cancelled."""
        await self._loop.run(self._wait_s, self.ask)

    def is_due(self) -> bool:
        """Whether a request is due, without the random delay of a start."""
        return self._wait_s(self._loop.attempts()) <= 0.0

    def due_in_s(self) -> float:
        """Seconds until the next request."""
        return self._loop.due_in_s(self._wait_s)

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
        return FeedReport(
            name=self._feed.name,
            kind=self._feed.feed.kind,
            requests=self._loop.requests,
            failures=self._loop.failed_requests,
            message=self.message,
            fetched_s=self.series.fetched_s,
            known_until_s=self.series.known_until_s(self._now_s()),
        )

    def _answered(self, fresh: Series, now_s: float) -> None:
        first_s = local_midnight(now_s, self._zone, -KEPT_DAYS)
        last_s = local_day(now_s, self._zone, 1).end_s
        if not fresh.within(now_s, last_s).slots:
            self._loop.failed("refused", Text("the answer has no prices from now on"))
            return
        self._loop.succeeded()
        self.series = fresh.over(self.series).within(first_s, last_s)

    def _wait_s(self, attempts: Attempts) -> float:
        feed = self._feed.feed
        return wait_s(self.series, self._now_s(), self._zone, feed.pace_s, feed.published_s, attempts)

    def _now_s(self) -> float:
        return self._clock.now().timestamp()
