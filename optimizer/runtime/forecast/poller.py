"""ForecastPoller: asks one forecast service in the background, within its number of requests, and keeps the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.clock import Clock
from optimizer.model.series import Series, Span
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.runtime.series_poller import SeriesPoller
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.asking import DAY_S, budget_wait_s, wait_s
from optimizer.sources.forecast.feed import ForecastFeed, PvForecast, fetch
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Exchange

CACHE_FILE = "forecast.json"
DEADLINE_S = 120.0
"""Longest time of one round of requests with everything around it."""
AHEAD_DAYS = 3
"""Days from today on that are asked for and kept. The past ones of yesterday are kept too."""
PARTS = ("power", "low", "high")


@dataclass(frozen=True, slots=True)
class Feed:
    """The configured service."""

    feed: ForecastFeed
    exchange: Exchange
    """Reaches its server, with a deadline and a limit of size."""


class ForecastPoller(SeriesPoller):
    """Asks one service until canceled."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        zone: ZoneInfo,
        cache: SeriesCache,
        random: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`random` returns numbers from 0 to 1. `changed` is called after each round."""
        self._feed = feed
        self._zone = zone
        self._cache = cache
        self._identity = f"{feed.feed!r}"
        power, low, high = (cache.load(part, self._identity) for part in PARTS)
        self.forecast = PvForecast(power.series, low.series, high.series)
        """All known powers, also of yesterday."""
        self._requests_s = power.requests_s
        super().__init__(
            f"forecast of {feed.feed.kind}",
            clock,
            random,
            asked_s=power.asked_s,
            deadline_s=DEADLINE_S,
            changed=changed,
        )

    def is_missing(self) -> bool:
        """Whether the rest of today or tomorrow is not known."""
        now_s = self._now_s()
        return not self.forecast.power.covers(now_s, local_midnight(now_s, self._zone, 2))

    async def ask(self) -> None:
        """One round. Whatever goes wrong is logged once, and the known forecast stays."""
        feed, exchange, now_s = self._feed.feed, self._feed.exchange, self._now_s()
        span = Span(local_midnight(now_s, self._zone), local_midnight(now_s, self._zone, AHEAD_DAYS))
        count = len(feed.requests(span))
        recent = (at_s for at_s in self._requests_s if now_s - DAY_S < at_s <= now_s)
        self._requests_s = (*recent, *([now_s] * count))
        self._save(now_s)  # before the requests, so that a restart loop cannot use up a day's number
        fresh = await self._loop.fetched(lambda: fetch(feed, exchange, span, now_s), count)
        if fresh is not None:
            kept = Span(local_midnight(now_s, self._zone, -1), span.end_s)
            self._loop.succeeded()
            self.forecast = fresh.over(self.forecast, kept)
        self._changed()
        self._save(now_s)

    def report(self) -> FeedReport:
        """The present state."""
        return self._report_of("pv", self._feed.feed.kind, self.forecast.power)

    def _wait_s(self, attempts: Attempts) -> float:
        feed, now_s = self._feed.feed, self._now_s()
        span = Span(now_s, now_s + DAY_S)
        budget_s = budget_wait_s(self._requests_s, now_s, len(feed.requests(span)), feed.most_a_day)
        return wait_s(self.forecast.power, now_s, feed.place, self._zone, feed.pace_s, budget_s, attempts)

    def _save(self, now_s: float) -> None:
        series: tuple[Series, ...] = (self.forecast.power, self.forecast.low, self.forecast.high)
        parts = zip(PARTS, series, strict=True)
        self._cache.save(self._identity, {part: Cached(one, now_s, self._requests_s) for part, one in parts})
