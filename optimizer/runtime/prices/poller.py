"""FeedPoller: asks one price feed in the background, at its pace, and keeps what it has answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_midnight
from optimizer.model.clock import Clock
from optimizer.model.series import Series
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Exchange, Fault, SourceError
from optimizer.sources.prices.asking import wait_s
from optimizer.sources.prices.feed import PriceFeed, fetch
from optimizer.sources.prices.report import FeedReport
from optimizer.sources.prices.table import days_around

log = logging.getLogger(__name__)

DEADLINE_S = 60.0
"""Longest time of one request with everything around it."""
START_SPREAD_S = 10.0
"""Random delay of the first request, so that a region after a power failure does not ask at once."""
LOOK_S = 300.0
"""Longest sleep. The wall clock may be set meanwhile."""
LEAST_SLEEP_S = 1.0
"""Shortest sleep. A remainder of a calculation may be too short to pass any time."""
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
        self._random = random
        self._changed = changed
        self._identity = f"{feed.feed!r}"
        cached = cache.load(feed.name, self._identity)
        self.series: Series = cached.series
        """All known prices, also of past days."""
        self.message = ""
        """Why there are no new prices. Empty if the last request brought some."""
        self._asked_s = self._mono_of(cached.asked_s)
        self._share = random()
        self._earliest_s = clock.monotonic_s() + START_SPREAD_S * self._share
        self._failures = 0
        self._fault: Fault | None = None
        self._requests = 0
        self._failed_requests = 0

    @property
    def name(self) -> str:
        """The name of the feed in the settings."""
        return self._feed.name

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            due_in_s = self.due_in_s()
            if due_in_s <= 0.0:
                await self.ask()
            else:
                await self._clock.sleep(min(max(due_in_s, LEAST_SLEEP_S), LOOK_S))

    def is_due(self) -> bool:
        """Whether a request is due, without the random delay of a start."""
        return self._wait_s(self._clock.monotonic_s()) <= 0.0

    def due_in_s(self) -> float:
        """Seconds until the next request."""
        mono_s = self._clock.monotonic_s()
        return max(self._wait_s(mono_s), self._earliest_s - mono_s)

    async def ask(self) -> None:
        """One request. Whatever goes wrong is logged once, and the known prices stay."""
        self._asked_s = self._clock.monotonic_s()
        self._share = self._random()
        self._requests += 1
        now_s = self._now_s()
        try:
            async with self._clock.timeout(DEADLINE_S):
                fresh = await fetch(self._feed.feed, self._feed.exchange, days_around(now_s, self._zone), now_s)
        except SourceError as error:
            self._failed(error.fault, str(error))
        except TimeoutError:
            self._failed("timeout", f"no answer within {DEADLINE_S:.0f} s")
        except Exception as error:
            log.exception("reading the prices of %s failed with an unexpected error", self._feed.name)
            self._failed("garbled", f"unexpected {type(error).__name__}")
        else:
            self._answered(fresh, now_s)
        self._cache.save(self._identity, {self._feed.name: Cached(self.series, now_s)})

    def report(self) -> FeedReport:
        """The present state."""
        now_s = self._now_s()
        until_s: float | None = None
        if self.series.at(now_s) is not None:
            gaps = self.series.gaps(now_s, self.series.reach_s or now_s)
            until_s = gaps[0].start_s if gaps else self.series.reach_s
        return FeedReport(
            name=self._feed.name,
            kind=self._feed.feed.kind,
            requests=self._requests,
            failures=self._failed_requests,
            message=self.message,
            fetched_s=self.series.fetched_s,
            known_until_s=until_s,
        )

    def _answered(self, fresh: Series, now_s: float) -> None:
        first_s = local_midnight(now_s, self._zone, -KEPT_DAYS)
        last_s = local_day(now_s, self._zone, 1).end_s
        if not fresh.within(now_s, last_s).slots:
            self._failed("refused", "the answer has no prices from now on")
            return
        if self._failures:
            log.info("prices of %s are read again", self._feed.name)
        self._failures, self._fault, self.message = 0, None, ""
        self.series = fresh.over(self.series).within(first_s, last_s)
        self._changed()

    def _failed(self, fault: Fault, message: str) -> None:
        if message != self.message:
            log.warning("no new prices of %s (%s): %s", self._feed.name, self._feed.feed.kind, message)
        self._failures += 1
        self._failed_requests += 1
        self._fault, self.message = fault, message
        self._changed()

    def _wait_s(self, mono_s: float) -> float:
        since_s = None if self._asked_s is None else mono_s - self._asked_s
        attempts = Attempts(since_s, self._failures, self._fault, self._share)
        feed = self._feed.feed
        return wait_s(self.series, self._now_s(), self._zone, feed.pace_s, feed.published_s, attempts)

    def _now_s(self) -> float:
        return self._clock.now().timestamp()

    def _mono_of(self, asked_s: float | None) -> float | None:
        """The monotonic time of an earlier request. None if there was none, or if the wall clock was set back since."""
        if asked_s is None or (ago_s := self._now_s() - asked_s) < 0.0:
            return None
        return self._clock.monotonic_s() - ago_s
