"""The tick loop: regular ticks, an early tick for an urgent reading, and no failure that stops it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from optimizer.control.decide import Outcome
from optimizer.control.report import TickReport, Watcher
from optimizer.model.clock import JUMP_S, Clock
from optimizer.model.state import State
from optimizer.runtime.pacing import TIMER_SLACK_S, wait_for

log = logging.getLogger(__name__)

LEAST_SPACING_S = 1.0
"""Shortest time between early ticks. A reading that changes often must not block other tasks."""
STOOD_STILL_S = 60.0
"""A tick that is later than this means a suspended or overloaded machine."""


class TickLoop:
    """Reads the state, decides, and passes the outcome on, once every interval."""

    def __init__(
        self,
        clock: Clock,
        cadence_s: Callable[[Outcome | None], float],
        sense: Callable[[], State],
        decide: Callable[[State], Outcome],
        report: Callable[[State, Outcome, TickLoop], TickReport],
        act: Callable[[Outcome], None],
        watchers: Sequence[Watcher],
    ) -> None:
        """`cadence_s` gives the interval after an outcome, s. None: no outcome yet, or a failed tick."""
        self._clock = clock
        self._cadence = cadence_s
        self._cadence_s = cadence_s(None)
        self._sense = sense
        self._decide = decide
        self._report = report
        self._act = act
        self._watchers = watchers
        self._early = asyncio.Event()
        self._wall_offset: datetime | None = None
        self.ticks = 0
        self.overruns = 0
        """Number of omitted ticks, because a tick took too long or the machine was suspended."""
        self.failures = 0
        """Number of ticks without a decision."""
        self._failed_in_a_row = 0
        self.duration_s = 0.0
        """Duration of the last tick."""

    def wake(self) -> None:
        """Run the next tick at once."""
        self._early.set()

    async def run(self) -> None:
        """Tick until canceled."""
        due_s = self._clock.monotonic_s()
        while True:
            started_s = self._clock.monotonic_s()
            if started_s - due_s > STOOD_STILL_S:
                late_s = started_s - due_s
                log.warning(
                    "no tick for %.0f s (machine suspended or overloaded); earlier readings and commands are discarded",
                    late_s,
                )
            self.tick()
            now_s = self._clock.monotonic_s()
            if started_s >= due_s - TIMER_SLACK_S:
                due_s += self._cadence_s
            if now_s > due_s:
                missed = int((now_s - due_s) / self._cadence_s) + 1
                self.overruns += missed
                due_s += missed * self._cadence_s
            await self._rest(started_s + LEAST_SPACING_S, due_s)

    async def _rest(self, earliest_s: float, due_s: float) -> None:
        now_s = self._clock.monotonic_s()
        # Also right before a tick of the interval: else early ticks would follow each other without a pause until then.
        first_s = min(earliest_s, due_s)
        if first_s > now_s:
            await self._clock.sleep(first_s - now_s)
        await wait_for(self._clock, self._early, due_s - self._clock.monotonic_s())

    def tick(self) -> None:
        """Run one tick. A failure is logged. Without new decisions the leases expire."""
        started_s = self._clock.monotonic_s()
        self._watch_wall_clock(started_s)
        try:
            state = self._sense()
            outcome = self._decide(state)
        except Exception:
            self._cadence_s = self._cadence(None)
            self.failures += 1
            self._failed_in_a_row += 1
            if self._failed_in_a_row == 1:
                log.exception("no decision in this tick; earlier decisions expire with their leases")
            return
        if self._failed_in_a_row:
            log.warning("decisions are made again after %d ticks without", self._failed_in_a_row)
            self._failed_in_a_row = 0
        self._cadence_s = self._cadence(outcome)
        self._act(outcome)
        self.ticks += 1
        self.duration_s = self._clock.monotonic_s() - started_s
        report = self._report(state, outcome, self)
        for watcher in self._watchers:
            try:
                watcher.on_tick(report)
            except Exception:
                log.exception("%s failed on a tick", type(watcher).__name__)

    def _watch_wall_clock(self, mono_s: float) -> None:
        offset = self._clock.now() - timedelta(seconds=mono_s)
        before, self._wall_offset = self._wall_offset, offset
        if before is not None and abs(moved_s := (offset - before).total_seconds()) > JUMP_S:
            log.warning("the wall clock was set by %+.0f s; leases and ages are not affected", moved_s)
