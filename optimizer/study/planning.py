"""Goals and the schedule in a study: the modules of the service, with the solver called directly.

As in the service, a schedule is made at each full hour and after events, from what was known at that time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from optimizer.control.decide import Outcome
from optimizer.model.calendar import local_midnight
from optimizer.model.reading import known
from optimizer.model.schedule import Schedule
from optimizer.model.series import HOUR_S, Span
from optimizer.model.state import Ev, EvGoal, State
from optimizer.schedule.arrivals import Arrivals
from optimizer.schedule.departures import REACHED_WH, Departure, followed
from optimizer.schedule.from_state import SchedulePlan, problem_of
from optimizer.schedule.goals import CONNECTED_NOW, GoalPlan, car_of, goal_now, repeating_of
from optimizer.schedule.now import schedule_now
from optimizer.schedule.outlook import PAST_DAYS, Outlook
from optimizer.schedule.problem import ProblemError
from optimizer.schedule.signs import Signs, event, signs_of
from optimizer.schedule.solve import solve
from optimizer.schedule.spreads import PvErrors
from optimizer.study.house.house import VirtualHouse
from optimizer.words.text import Text

CHECK_S = 15.0
"""Interval at which events are looked for, as in the service."""
LEAST_SPACING_S = 60.0
"""Shortest time between two schedules, as in the service."""
AHEAD_DAYS = 3
LEFT_EARLY_S = 3600.0
"""A car that leaves at most so long before the time of its goal leaves for that departure."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planning:
    """The goals of a house, and how it makes schedules."""

    goals: GoalPlan
    schedule: SchedulePlan | None = None
    """None: no schedule is made. Rules still read the goals."""


@dataclass(slots=True)
class Departures:
    """The outcomes of departures with a goal while their car was there."""

    met: int = 0
    missed: int = 0
    lack_wh: float = 0.0
    """Energy at the charger that was missing, of all missed ones together."""


class _Before(NamedTuple):
    """The goal of one charger in the tick before."""

    ready_s: float
    needs_wh: float
    is_here: bool


@dataclass(slots=True)
class HousePlanning:
    """Goals and the schedule of a simulated house, tick by tick."""

    planning: Planning
    house: VirtualHouse
    departures: Departures = field(default_factory=Departures)
    solved: int = 0
    """Schedules that were made."""
    failed: int = 0
    _goals: dict[str, Departure] = field(default_factory=dict)
    _before: dict[str, _Before] = field(default_factory=dict)
    _judged: dict[str, float] = field(default_factory=dict)
    """Unix time of the last departure whose outcome is counted, by charger."""
    _running: dict[str, str] = field(default_factory=dict)
    _arrivals: Arrivals = field(init=False)
    _schedule: Schedule | None = None
    _signs: Signs | None = None
    _hour: float | None = None
    _checked_s: float = float("-inf")
    _solved_s: float = float("-inf")

    def __post_init__(self) -> None:
        plan = self.planning.schedule
        self._arrivals = Arrivals({} if plan is None else plan.efficiencies)

    def complete(self, state: State) -> State:
        """`state` with the cars of the settings, their goals, and what the schedule has for now."""
        state = replace(state, evs={name: self._with_vehicle(ev, state.mono_s) for name, ev in state.evs.items()})
        state = self._with_goals(state)
        plan = self.planning.schedule
        if plan is None:
            return state
        self._arrivals.take(state)
        if state.mono_s - self._checked_s >= CHECK_S:
            self._checked_s = state.mono_s
            self._step(plan, state)
        return replace(state, schedule=schedule_now(self._schedule, state, "no schedule is made"))

    def on_outcome(self, outcome: Outcome) -> None:
        """Take the modes that the rules have set."""
        claims = outcome.verdict.claims
        self._running = {
            name: str(claimed.value)
            for name in self.planning.goals.site.chargers
            if (claimed := claims.get(f"ev.{name}.mode")) is not None
        }

    def notes(self) -> tuple[str, ...]:
        """Failures, as sentences for the report."""
        return (Text("{failed} schedules could not be made.", failed=self.failed),) if self.failed else ()

    def _with_vehicle(self, ev: Ev, mono_s: float) -> Ev:
        """The charger with the capacity of its car. The car has the name that the settings give it."""
        stall = next((one for one in self.house.stalls if one.site.name == ev.name), None)
        if stall is None or stall.car.endless:
            return ev
        vehicles = self.planning.goals.vehicles.items()
        name = next((name for name, facts in vehicles if facts.charger == ev.name), "")
        return replace(ev, vehicle=name, capacity_wh=known(stall.car.capacity_wh, mono_s))

    def _with_goals(self, state: State) -> State:
        plan, now_s = self.planning.goals, state.now.timestamp()
        goals: dict[str, EvGoal] = {}
        for name, ev in state.evs.items():
            car = car_of(plan, ev)
            departure = followed(
                self._goals.get(name, Departure()), repeating_of(plan, car), car, now_s, plan.site.zone
            )
            self._goals[name] = departure
            goal = goal_now(departure, car, now_s, state.mono_s)
            self._judge(ev, goal, now_s)
            if goal is not None:
                goals[name] = goal
        return replace(state, goals=goals) if goals else state

    def _judge(self, ev: Ev, goal: EvGoal | None, now_s: float) -> None:
        """Count a departure once: when its time has come, or when the car leaves shortly before."""
        before = self._before.pop(ev.name, None)
        is_here = CONNECTED_NOW[ev.status.value] is not False
        if before is not None and before.is_here and self._judged.get(ev.name) != before.ready_s:
            left_early = not is_here and before.ready_s - now_s <= LEFT_EARLY_S
            if before.ready_s <= now_s or left_early:
                self._judged[ev.name] = before.ready_s
                if before.needs_wh <= REACHED_WH:
                    self.departures.met += 1
                else:
                    self.departures.missed += 1
                    self.departures.lack_wh += before.needs_wh
        if goal is not None and goal.ready_s.value is not None and goal.needs_wh.value is not None:
            self._before[ev.name] = _Before(goal.ready_s.value, goal.needs_wh.value, is_here)

    def _step(self, plan: SchedulePlan, state: State) -> None:
        """Make a schedule if there is a reason for one."""
        if state.mono_s - self._solved_s < LEAST_SPACING_S:
            return
        signs = signs_of(state, (), ())
        at_s = state.now.timestamp()
        hour = at_s // HOUR_S
        slot = None if self._schedule is None else self._schedule.slot_at(at_s)
        path_wh = None if slot is None or slot.battery is None else slot.battery.energy_wh
        if not event(self._signs, signs, path_wh) and hour == self._hour:
            return
        self._signs, self._hour, self._solved_s = signs, hour, state.mono_s
        has_goal = any(goal.ready_s.known for goal in state.goals.values())
        if not (self._is_priced or has_goal):
            self._schedule = None
            return
        good = self._schedule if self._schedule is not None and at_s < self._schedule.good_until_s else None
        try:
            problem = problem_of(plan, state, self._outlook(at_s), self._running, good, self._arrivals.of)
            self._schedule = solve(problem)
            self._arrivals.learn(self._schedule)
            self.solved += 1
        except ProblemError as error:
            self._schedule = good
            self.failed += 1
            log.warning("no new schedule: %s", error)

    @property
    def _is_priced(self) -> bool:
        series = self.house.world.series
        return series.price_ct is not None or series.feed_in_ct is not None

    def _outlook(self, at_s: float) -> Outlook:
        """Prices, PV, and consumption as known at Unix time `at_s`, with the days before."""
        zone = self.house.site.zone
        span = Span(local_midnight(at_s, zone, -PAST_DAYS), local_midnight(at_s, zone, AHEAD_DAYS))
        imports, feed_in = self.house.prices.series(span, at_s)
        forecast, record = self.house.forecasts.table(at_s), self.house.forecasts.record(at_s)
        return Outlook(
            imports=imports,
            feed_in=feed_in,
            pv=forecast.pv.over(record.pv),
            pv_errors=PvErrors(forecast.correction.error, forecast.correction.day_error),
            home=forecast.home.over(record.home),
        )
