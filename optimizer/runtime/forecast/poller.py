"""ForecastPoller: asks one forecast service in the background, within its number of requests, and keeps the answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.clock import Clock
from optimizer.model.series import Series, Span
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.sources.forecast.asking import DAY_S, budget_wait_s, wait_s
from optimizer.sources.forecast.feed import ForecastFeed, PvForecast, fetch
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Exchange, Fault, SourceError
from optimizer.sources.prices.report import FeedReport

log = logging.getLogger(__name__)

CACHE_FILE = "forecast.json"
DEADLINE_S = 120.0
"""Longest time of one round of requests with everything around it."""
START_SPREAD_S = 10.0
"""Random delay of the first request, so that a region after a power failure does not ask at once."""
LOOK_S = 300.0
"""Longest sleep. The wall clock may be set meanwhile."""
LEAST_SLEEP_S = 1.0
AHEAD_DAYS = 3
"""Days from today on that are asked for and kept. The past ones of yesterday are kept too."""
PARTS = ("power", "low", "high")


@dataclass(frozen=True, slots=True)
class Feed:
    """The configured service."""

    feed: ForecastFeed
    exchange: Exchange
    """Reaches its server, with a deadline and a limit of size."""


class ForecastPoller:
    """Asks one service until cancelled."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock,
        zone: ZoneInfo,
        cache: SeriesCache,
        random: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`random` returns numbers from 0 to 1. `changed` is called after a new forecast."""
        self._feed = feed
        self._clock = clock
        self._zone = zone
        self._cache = cache
        self._random = random
        self._changed = changed
        self._identity = f"{feed.feed!r}"
        power, low, high = (cache.load(part, self._identity) for part in PARTS)
        self.forecast = PvForecast(power.series, low.series, high.series)
        """All known powers, also of yesterday."""
        self.message = ""
        """Why there is no new forecast. Empty if the last round brought one."""
        self._requests_s = power.requests_s
        self._asked_s = self._mono_of(power.asked_s)
        self._share = random()
        self._earliest_s = clock.monotonic_s() + START_SPREAD_S * self._share
        self._failures = 0
        self._fault: Fault | None = None
        self._requests = 0
        self._failed_requests = 0

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            due_in_s = self.due_in_s()
            if due_in_s <= 0.0:
                await self.ask()
            else:
                await self._clock.sleep(min(max(due_in_s, LEAST_SLEEP_S), LOOK_S))

    def is_due(self) -> bool:
        """Whether a round is due, without the random delay of a start."""
        return self._wait_s(self._clock.monotonic_s()) <= 0.0

    def is_missing(self) -> bool:
        """Whether the rest of today or tomorrow is not known."""
        now_s = self._now_s()
        return not self.forecast.power.covers(now_s, local_midnight(now_s, self._zone, 2))

    def due_in_s(self) -> float:
        """Seconds until the next round."""
        mono_s = self._clock.monotonic_s()
        return max(self._wait_s(mono_s), self._earliest_s - mono_s)

    async def ask(self) -> None:
        """One round. Whatever goes wrong is logged once, and the known forecast stays."""
        feed, now_s = self._feed.feed, self._now_s()
        span = Span(local_midnight(now_s, self._zone), local_midnight(now_s, self._zone, AHEAD_DAYS))
        self._asked_s = self._clock.monotonic_s()
        self._share = self._random()
        count = len(feed.requests(span))
        self._requests += count
        recent = (at_s for at_s in self._requests_s if now_s - DAY_S < at_s <= now_s)
        self._requests_s = (*recent, *([now_s] * count))
        self._save(now_s)  # before the requests, so that a restart loop cannot use up a day's number
        try:
            async with self._clock.timeout(DEADLINE_S):
                fresh = await fetch(feed, self._feed.exchange, span, now_s)
        except SourceError as error:
            self._failed(error.fault, str(error))
        except TimeoutError:
            self._failed("timeout", f"no answer within {DEADLINE_S:.0f} s")
        except Exception as error:
            log.exception("reading the forecast of %s failed with an unexpected error", feed.kind)
            self._failed("garbled", f"unexpected {type(error).__name__}")
        else:
            self._answered(fresh, now_s)
        self._save(now_s)

    def report(self) -> FeedReport:
        """The present state."""
        now_s, power = self._now_s(), self.forecast.power
        until_s: float | None = None
        if power.at(now_s) is not None:
            gaps = power.gaps(now_s, power.reach_s or now_s)
            until_s = gaps[0].start_s if gaps else power.reach_s
        return FeedReport(
            name="pv",
            kind=self._feed.feed.kind,
            requests=self._requests,
            failures=self._failed_requests,
            message=self.message,
            fetched_s=power.fetched_s,
            known_until_s=until_s,
        )

    def _answered(self, fresh: PvForecast, now_s: float) -> None:
        kept = Span(local_midnight(now_s, self._zone, -1), local_midnight(now_s, self._zone, AHEAD_DAYS))
        if self._failures:
            log.info("the forecast of %s is read again", self._feed.feed.kind)
        self._failures, self._fault, self.message = 0, None, ""
        self.forecast = fresh.over(self.forecast, kept)
        self._changed()

    def _failed(self, fault: Fault, message: str) -> None:
        if message != self.message:
            log.warning("no new forecast of %s: %s", self._feed.feed.kind, message)
        self._failures += 1
        self._failed_requests += 1
        self._fault, self.message = fault, message
        self._changed()

    def _wait_s(self, mono_s: float) -> float:
        feed, now_s = self._feed.feed, self._now_s()
        since_s = None if self._asked_s is None else mono_s - self._asked_s
        attempts = Attempts(since_s, self._failures, self._fault, self._share)
        span = Span(now_s, now_s + DAY_S)
        budget_s = budget_wait_s(self._requests_s, now_s, len(feed.requests(span)), feed.most_a_day)
        return wait_s(self.forecast.power, now_s, feed.place, self._zone, feed.pace_s, budget_s, attempts)

    def _save(self, now_s: float) -> None:
        series: tuple[Series, ...] = (self.forecast.power, self.forecast.low, self.forecast.high)
        parts = zip(PARTS, series, strict=True)
        self._cache.save(self._identity, {part: Cached(one, now_s, self._requests_s) for part, one in parts})

    def _now_s(self) -> float:
        return self._clock.now().timestamp()

    def _mono_of(self, asked_s: float | None) -> float | None:
        """The monotonic time of an earlier round. None if there was none, or if the wall clock was set back since."""
        if asked_s is None or (ago_s := self._now_s() - asked_s) < 0.0:
            return None
        return self._clock.monotonic_s() - ago_s
