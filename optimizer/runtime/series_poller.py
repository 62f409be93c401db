"""SeriesPoller: what the pollers of prices and forecasts share. It asks one service in the background, at its pace."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from optimizer.model.clock import Clock
from optimizer.model.series import Series
from optimizer.runtime.requests import RequestLoop
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.pacing import Attempts
from optimizer.words.text import Text


class SeriesPoller(ABC):
    """Asks one service until canceled."""

    def __init__(
        self,
        subject: str,
        clock: Clock,
        random: Callable[[], float],
        *,
        asked_s: float | None,
        deadline_s: float,
        changed: Callable[[], None],
    ) -> None:
        """`random` returns numbers from 0 to 1. `changed` is called after each round. The rest as for RequestLoop."""
        self._clock = clock
        self._changed = changed
        self._loop = RequestLoop(subject, clock, random, asked_s=asked_s, deadline_s=deadline_s)

    @property
    def message(self) -> str:
        """The reason why there is nothing new. Empty if the last round brought values."""
        return self._loop.message

    async def run(self) -> None:
        """Ask until canceled."""
        await self._loop.run(self._wait_s, self.ask)

    def is_due(self) -> bool:
        """Whether a round is due, without the random delay of a start."""
        return self._wait_s(self._loop.attempts()) <= 0.0

    def due_in_s(self) -> float:
        """Seconds until the next round."""
        return self._loop.due_in_s(self._wait_s)

    @abstractmethod
    async def ask(self) -> None:
        """One round. Whatever goes wrong is logged once, and the known values stay."""

    @abstractmethod
    def report(self) -> FeedReport:
        """The present state."""

    @abstractmethod
    def _wait_s(self, attempts: Attempts) -> float:
        """Seconds until the next round, after these requests. 0 or less: it is due."""

    def _report_of(self, name: str, kind: str, series: Series) -> FeedReport:
        """The state of the feed `name`, which asks a service of this `kind` for `series`."""
        known_until_s = series.known_until_s(self._now_s())
        return FeedReport(
            name=name,
            kind=kind,
            requests=self._loop.requests,
            failures=self._loop.failed_requests,
            message=self.message or ("" if known_until_s is not None else self._waiting()),
            fetched_s=series.fetched_s,
            known_until_s=known_until_s,
        )

    def _waiting(self) -> str:
        """The reason why nothing is known yet: an earlier process asked in vain. Empty if a round is due."""
        attempts = self._loop.attempts()
        due_s = self._wait_s(attempts)
        if attempts.since_s is None or due_s <= 0.0:
            return ""
        what = "the last request, {ago_s} ago, brought nothing for now. The next one follows in {due_s}"
        return Text(what, ago_s=attempts.since_s, due_s=due_s)

    def _now_s(self) -> float:
        """Unix time, s."""
        return self._clock.now().timestamp()
