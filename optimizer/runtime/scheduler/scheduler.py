"""Scheduler: makes a schedule at each full hour and after events, and gives its modes to every tick.

A tick only looks up. The solver runs beside it, at most once a minute and never twice at once. Without a new schedule
the last one holds until it is no longer good, then that of the cheapest slots, and then none: the rules release.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import replace
from typing import Protocol

from optimizer.control.report import TickReport
from optimizer.model.clock import Clock
from optimizer.model.schedule import Schedule
from optimizer.model.scheduling import ALARM_FAILURES, ScheduleReport
from optimizer.model.series import HOUR_S
from optimizer.model.state import State
from optimizer.runtime.scheduler.child import SolverFailed
from optimizer.runtime.scheduler.kept import KeptSchedule
from optimizer.runtime.scheduler.kept_arrivals import KeptArrivals
from optimizer.schedule.arrivals import Arrivals
from optimizer.schedule.document import schedule_from, to_json
from optimizer.schedule.from_state import SchedulePlan, problem_of
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.now import schedule_now
from optimizer.schedule.outlook import Outlook
from optimizer.schedule.problem import Problem, ProblemError, clipped
from optimizer.schedule.signs import Signs, event, signs_of
from optimizer.words.text import Text

CHECK_S = 15.0
"""Interval at which events are looked for."""
LEAST_SPACING_S = 60.0
"""Shortest time between two schedules."""
MOST_RETRY_S = 900.0
"""Longest time until a failed schedule is tried again."""
WAITING = Text("the first schedule is not made yet")
NOT_NEEDED = Text("no goal is set and no price changes, so there is nothing to schedule")
FIRST_ANSWERS_S = 60.0
"""The first schedule waits so long for the services of prices and forecasts: guessed prices could start a car."""

log = logging.getLogger(__name__)

Solve = Callable[[str], Awaitable[str]]
"""Solves a problem in JSON. Raises SolverFailed."""


class Recorder(Protocol):
    """Keeps problems with their schedules."""

    def remember_schedule(self, at_ms: int, problem: str, schedule: str) -> None:
        """Record a schedule that was made at Unix time `at_ms`."""
        ...


class Inputs(Protocol):
    """Prices and forecasts of the house."""

    def outlook(self, at_s: float) -> Outlook:
        """Prices, PV, and consumption as known at Unix time `at_s`."""
        ...

    def news(self) -> Hashable:
        """It changes with new prices and with a new forecast."""
        ...

    @property
    def awaited(self) -> bool:
        """Whether a service of prices or forecasts has neither answered nor failed yet."""
        ...

    @property
    def priced(self) -> bool:
        """Whether prices change, so that a schedule is of use without goals."""
        ...


class Scheduler:
    """The schedule of a running service (model.scheduling.ScheduleSource)."""

    def __init__(
        self,
        plan: SchedulePlan,
        clock: Clock,
        inputs: Inputs,
        solve: Solve,
        store: KeptSchedule,
        arrivals: KeptArrivals,
        recorder: Recorder | None = None,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._inputs = inputs
        self._solve = solve
        self._store = store
        self._kept_arrivals = arrivals
        self._arrivals = Arrivals(plan.efficiencies)
        arrivals.load_into(self._arrivals)
        self._recorder = recorder
        self._state: State | None = None
        self._running: Mapping[str, str] = {}
        self._overrides: Hashable = ()
        self._signs: Signs | None = None
        self._hour: float | None = None
        self._began_s = clock.monotonic_s()
        self._solved_s: float | None = None
        """Monotonic s of the last attempt."""
        self._retry_s: float | None = None
        """Monotonic s of the next attempt after a failed one. An event comes before it."""
        self._event = asyncio.Event()
        self._schedule = self._still_good(store.load())
        self._before: Schedule | None = None
        self._reason: str = Text("kept from before the start") if self._schedule is not None else ""
        self._why: str = WAITING
        self._problem = ""
        self._failures = self._failed = self._solved = 0
        self._duration_s: float | None = None
        self._is_fallback = False
        """Whether the schedule in force is that of the cheapest slots, for want of the solver."""

    def complete(self, state: State) -> State:
        """`state` with what the schedule has for now."""
        self._state = state
        return replace(state, schedule=schedule_now(self._schedule, state, self._why))

    def on_tick(self, report: TickReport) -> None:
        """Take the modes that the rules have set, and the readings (control.report.Watcher)."""
        self._arrivals.take(report.shown)
        self._kept_arrivals.save(self._arrivals, report.state.mono_s)
        claims = report.verdict.claims
        self._running = {
            name: str(claimed.value)
            for name in report.state.evs
            if (claimed := claims.get(f"ev.{name}.mode")) is not None
        }
        memory = report.memory
        self._overrides = memory.overrides if memory is not None else ()

    def wake(self) -> None:
        """Look for events at once: a goal has changed."""
        self._event.set()

    def report(self) -> ScheduleReport:
        """The schedule now."""
        found, wait_s = self._still_good(self._schedule), self._wait_s()
        return ScheduleReport(
            schedule=found,
            before=self._before,
            reason=self._reason if found is not None else "",
            why="" if found is not None else self._why,
            problem=self._problem,
            next_try_s=None if wait_s is None else self._clock.now().timestamp() + wait_s,
            failures=self._failures,
            solved=self._solved,
            failed=self._failed,
            duration_s=self._duration_s,
        )

    async def run(self) -> None:
        """Make schedules until canceled."""
        while True:
            await self._wait()
            try:
                await self._step()
            except Exception as error:
                # A task that fails would end the service. Without a schedule the rules go on.
                self._solved_s, why = self._clock.monotonic_s(), f"{type(error).__name__}: {error}"
                if why != self._problem:
                    log.exception("no schedule can be made")
                self._fail(why, None)

    async def _wait(self) -> None:
        try:
            async with self._clock.timeout(CHECK_S):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()

    async def _step(self) -> None:
        """Make a schedule if there is a reason for one."""
        state = self._state
        if state is None:
            return
        mono_s = self._clock.monotonic_s()
        if self._solved_s is not None and mono_s - self._solved_s < LEAST_SPACING_S:
            return
        if self._signs is None and self._inputs.awaited and mono_s - self._began_s < FIRST_ANSWERS_S:
            return
        signs = signs_of(state, self._overrides, self._inputs.news())
        hour = state.now.timestamp() // HOUR_S
        reason = event(self._signs, signs, self._path_wh(state))
        if not reason and hour != self._hour:
            reason = Text("a new hour")
        if not reason and self._retry_s is not None and mono_s >= self._retry_s:
            reason = Text("the last attempt has failed")
        if not reason:
            return
        if not self._is_needed(state):
            self._signs, self._hour = signs, hour
            self._failures, self._problem, self._retry_s = 0, "", None
            self._end(NOT_NEEDED)
            return
        self._signs, self._hour, self._solved_s = signs, hour, mono_s
        await self._make(state, reason)

    def _is_needed(self, state: State) -> bool:
        return self._inputs.priced or any(goal.ready_s.known for goal in state.goals.values())

    async def _make(self, state: State, reason: str) -> None:
        problem: Problem | None = None
        started_s = time.perf_counter()
        try:
            outlook = self._inputs.outlook(state.now.timestamp())
            before = self._still_good(self._schedule)
            problem = problem_of(self._plan, state, outlook, self._running, before, self._arrivals.of)
            text = to_json(problem)
            schedule = schedule_from(await self._solve(text))
        except (SolverFailed, ProblemError) as error:
            self._fail(error.args[0], problem)
            return
        self._duration_s = time.perf_counter() - started_s
        if self._failures:
            log.warning("schedules are made again after %d failures", self._failures)
        self._failures, self._problem, self._retry_s = 0, "", None
        self._solved += 1
        self._is_fallback = False
        self._take(schedule, reason)
        self._arrivals.learn(schedule)
        self._store.save(schedule)
        if self._recorder is not None:
            self._recorder.remember_schedule(round(problem.at_s * 1000.0), text, to_json(schedule))

    def _take(self, schedule: Schedule, reason: str) -> None:
        if self._schedule is not None:
            self._before = self._schedule
        self._schedule, self._reason, self._why = schedule, reason, ""

    def _end(self, why: str) -> None:
        """There is no schedule any more."""
        if self._schedule is not None:
            self._before, self._schedule = self._schedule, None
            self._store.save(None)
        self._why = why

    def _fail(self, why: str, problem: Problem | None) -> None:
        """Keep the last schedule while it is good, and then take the cheapest slots."""
        self._failures += 1
        self._failed += 1
        self._retry_s = self._clock.monotonic_s() + retry_after_s(self._failures)
        if self._failures == ALARM_FAILURES:
            log.error("no schedule for %d attempts: %s", self._failures, why)
        elif why != self._problem:
            log.warning("no new schedule: %s", why)
        self._problem = why
        last = None if self._is_fallback else self._still_good(self._schedule)
        if last is not None and (problem is None or fits(last, problem)):
            return
        self._why = Text("no schedule can be made: {why}", why=why)
        if problem is None:
            return
        try:
            self._take(solve_greedily(*clipped(problem)), Text("the cheapest slots, because the solver has failed"))
            self._is_fallback = True
        except Exception:
            # The rules work without a schedule.
            log.exception("the cheapest slots cannot be found")

    def _wait_s(self) -> float | None:
        """Time until a failed schedule is tried again. None: the last one has not failed."""
        return None if self._retry_s is None else max(0.0, self._retry_s - self._clock.monotonic_s())

    def _still_good(self, schedule: Schedule | None) -> Schedule | None:
        now_s = self._clock.now().timestamp()
        return (
            schedule if schedule is not None and schedule.made_at_s - HOUR_S <= now_s < schedule.good_until_s else None
        )

    def _path_wh(self, state: State) -> float | None:
        """Energy that the battery should have now. None: the schedule has no battery."""
        slot = None if self._schedule is None else self._schedule.slot_at(state.now.timestamp())
        return None if slot is None or slot.battery is None else slot.battery.energy_wh


def retry_after_s(failures: int) -> float:
    """Time until the next attempt after `failures` (at least 1) in a row: 1, 2, 4, and 8 min, then 15 min.

    A solver that fails at every attempt would otherwise take half a core of a small machine for as long as it fails.
    """
    return min(MOST_RETRY_S, LEAST_SPACING_S * 2.0 ** min(16, failures - 1))


def fits(schedule: Schedule, problem: Problem) -> bool:
    """Whether a schedule has the goals of a problem, so that it can stay in force."""
    for car in problem.cars:
        outcome = schedule.outcome_of(car.charger)
        ready_s = None if car.goal is None else car.goal.ready_at_s
        planned_s = None if outcome is None else outcome.goal.ready_at_s
        if ready_s != planned_s:
            return False
    return True
