"""RequestLoop: asks one service in the background, with its failures and the distance of its requests."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from optimizer.model.clock import Clock
from optimizer.sources.pacing import Attempts
from optimizer.sources.port import Fault, SourceError
from optimizer.words.text import Text

log = logging.getLogger(__name__)
T = TypeVar("T")

START_SPREAD_S = 10.0
"""Random delay of the first request, so that a region after a power failure does not ask at once."""
LOOK_S = 300.0
"""Longest sleep. The wall clock may be set meanwhile."""
LEAST_SLEEP_S = 1.0
"""Shortest sleep. A remainder of a calculation may be too short to pass any time."""


class RequestLoop:
    """The requests to one service. Whatever goes wrong is logged once, and the caller keeps what it knows."""

    def __init__(
        self,
        subject: str,
        clock: Clock,
        random: Callable[[], float],
        *,
        asked_s: float | None,
        deadline_s: float,
    ) -> None:
        """`subject` completes the log's "no new …". `random` returns numbers from 0 to 1. `asked_s` is the wall time of
        an earlier request, Unix s. `deadline_s` is the longest time of one round with everything around it."""
        self._subject = subject
        self._clock = clock
        self._random = random
        self._deadline_s = deadline_s
        self._asked_s = self._mono_of(asked_s)
        self._share = random()
        self._earliest_s = clock.monotonic_s() + START_SPREAD_S * self._share
        self._failures = 0
        self._fault: Fault | None = None
        self.message = ""
        """Why there is nothing new. Empty if the last round brought something."""
        self.requests = 0
        self.failed_requests = 0

    async def run(self, wait_s: Callable[[Attempts], float], ask: Callable[[], Awaitable[None]]) -> None:
        """Ask until canceled. `wait_s` gives the seconds until the next round."""
        while True:
            due_in_s = self.due_in_s(wait_s)
            if due_in_s <= 0.0:
                await ask()
            else:
                await self._clock.sleep(min(max(due_in_s, LEAST_SLEEP_S), LOOK_S))

    def due_in_s(self, wait_s: Callable[[Attempts], float]) -> float:
        """Seconds until the next round, with the random delay of a start."""
        return max(wait_s(self.attempts()), self._earliest_s - self._clock.monotonic_s())

    def attempts(self) -> Attempts:
        """The requests so far."""
        since_s = None if self._asked_s is None else self._clock.monotonic_s() - self._asked_s
        return Attempts(since_s, self._failures, self._fault, self._share)

    async def fetched(self, fetch: Callable[[], Awaitable[T]], count: int = 1) -> T | None:
        """The answer of one round of `count` requests, or None after a failure."""
        self._asked_s = self._clock.monotonic_s()
        self._share = self._random()
        self.requests += count
        try:
            async with self._clock.timeout(self._deadline_s):
                return await fetch()
        except SourceError as error:
            self.failed(error.fault, error.message)
        except TimeoutError:
            self.failed("timeout", Text("no answer within {seconds} s", seconds=f"{self._deadline_s:.0f}"))
        except Exception as error:
            log.exception("reading the %s failed with an unexpected error", self._subject)
            self.failed("garbled", Text("unexpected {error}", error=type(error).__name__))
        return None

    def succeeded(self) -> None:
        """The last round has brought something."""
        if self._failures:
            log.info("%s: read again", self._subject)
        self._failures, self._fault, self.message = 0, None, ""

    def failed(self, fault: Fault, message: str) -> None:
        """The last round has brought nothing."""
        if message != self.message:
            log.warning("no new %s: %s", self._subject, message)
        self._failures += 1
        self.failed_requests += 1
        self._fault, self.message = fault, message

    def _mono_of(self, asked_s: float | None) -> float | None:
        """The monotonic time of an earlier request. None if there was none, or if the wall clock was set back since."""
        if asked_s is None or (ago_s := self._clock.now().timestamp() - asked_s) < 0.0:
            return None
        return self._clock.monotonic_s() - ago_s
