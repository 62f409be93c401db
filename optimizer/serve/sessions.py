"""Records the visit of each car: energy by source, cost by the prices of its time, meter readings, modes, and goal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from optimizer.control.report import TickReport
from optimizer.journal.sessions import GoalResult, Session
from optimizer.model.by_source import BySource
from optimizer.model.goals import Aim, GoalReport
from optimizer.model.site import Site
from optimizer.model.state import DISCONNECTED, Ev, State
from optimizer.serve.at_once import cost_at_once, drawn, full_power_w
from optimizer.serve.costs import cost_of
from optimizer.serve.energy import LONGEST_GAP_S, Books, flows

KEPT_EVERY_S = 60.0
"""Interval at which an open session is recorded. A power cut may cost this much."""
RESULTS: Mapping[str, GoalResult] = {
    "reached": "met",
    "overdue": "missed",
    "open": "open",
    "impossible": "open",
    "unknown": "unknown",
}
"""The result of a session (journal.sessions.GOAL_RESULTS) by the state of its goal (model.goals.STATES)."""
DECIDED = {"met": True, "missed": False}
"""Results that stay until another goal has one, and whether they are met."""
DECIDING = ("reached", "overdue")
"""States of a goal with such a result."""
CONTINUES = timedelta(hours=12)
"""A session that an earlier process left open continues if the car is still there after at most this time."""


class Sessions:
    """Follows every car (control.report.Watcher). It must come after the panel, whose books it reads."""

    def __init__(
        self,
        books: Callable[[], Books],
        keep: Callable[[Session], None],
        recorded: Iterable[Session] = (),
        site: Site | None = None,
        goals: Callable[[], Iterable[GoalReport]] = tuple,
    ) -> None:
        """`keep` records a session, again after each change. `recorded` are those of earlier processes."""
        self._books = books
        self._keep = keep
        self._goals = goals
        self._full_w = {name: full_power_w(charger) for name, charger in (site or Site()).chargers.items()}
        self.finished: dict[str, int] = {}
        """Number of finished sessions by charger, since the start of the service."""
        self.goals_ended: Counter[tuple[str, str]] = Counter()
        """Number of goals by (charger, result), since the start of the service. They count when the car leaves, and
        when the next goal of the same visit has a result."""
        self._decided_s: dict[str, float] = {}
        """By charger: the departure whose result the open session has, Unix time."""
        self.open: dict[str, Session] = {}
        """The sessions of now, by charger."""
        self._left_open = {session.charger: session for session in recorded if session.open}
        self._before: Books | None = None
        self._at_s = 0.0
        self._kept_s: dict[str, float] = {}

    def on_tick(self, report: TickReport) -> None:
        """Take the tick that just ended."""
        books, state = self._books(), report.shown
        dt_s = state.mono_s - self._at_s if self._before is not None else 0.0
        for name, ev in state.evs.items():
            status = ev.status.value
            if status is None:
                self._grow(name, ev, books, report, dt_s)
            elif status is DISCONNECTED:
                self._end(name, ev, books, report, dt_s)
            else:
                self._begin(name, ev, state)
                self._grow(name, ev, books, report, dt_s)
        self._before, self._at_s = books, state.mono_s

    def _begin(self, name: str, ev: Ev, state: State) -> None:
        if name in self.open:
            return
        left = self._left_open.pop(name, None)
        if left is not None and state.now - left.end <= CONTINUES:
            self.open[name] = left
            return
        if left is not None:
            self._close(left)
        self.open[name] = Session(charger=name, start=state.now, end=state.now, meter_start_wh=ev.energy_total_wh.value)

    def _grow(self, name: str, ev: Ev, books: Books, report: TickReport, dt_s: float) -> None:
        """Add what the car has drawn since the last tick."""
        session = self.open.get(name)
        if session is None:
            return
        state = report.shown
        meter_wh = ev.energy_total_wh.value
        session = replace(
            session,
            end=state.now,
            vehicle=ev.vehicle or session.vehicle,
            meter_start_wh=meter_wh if session.meter_start_wh is None else session.meter_start_wh,
            meter_end_wh=meter_wh if meter_wh is not None else session.meter_end_wh,
        )
        if self._before is not None:
            session = _with_energy(session, _taken(name, self._before, books), state)
            lost_s = books.unaccounted_s - self._before.unaccounted_s
            session = replace(session, unaccounted_s=session.unaccounted_s + lost_s)
        if 0.0 < dt_s <= LONGEST_GAP_S:
            session = self._at_once(session, state, dt_s)
            mode = report.verdict.claims.get(f"ev.{name}.mode")
            if mode is not None:
                word = str(mode.value)
                session = replace(session, mode_s={**session.mode_s, word: session.mode_s.get(word, 0.0) + dt_s})
        self.open[name] = self._with_goal(session, state)
        if state.mono_s - self._kept_s.get(name, float("-inf")) >= KEPT_EVERY_S:
            self._kept_s[name] = state.mono_s
            self._keep(self.open[name])

    def _at_once(self, session: Session, state: State, dt_s: float) -> Session:
        """The session with what it would have cost by now if the car had charged at once."""
        power_w = self._full_w.get(session.charger)
        if power_w is None:
            return session
        return replace(session, at_once=drawn(session.at_once, power_w, flows(state), state.prices, dt_s))

    def _with_goal(self, session: Session, state: State) -> Session:
        """The session with the result of its goal as far as it is known. A decided one stays until the next one."""
        name = session.charger
        goal = next((one for one in self._goals() if one.charger == name), None)
        if goal is None or goal.state == "away" or (goal.state not in DECIDING and session.goal_result in DECIDED):
            return session
        if goal.occurrence is None or goal.state not in RESULTS:
            return replace(session, goal="", goal_result="none", goal_missing_wh=None, goal_missing_percent=None)
        result = RESULTS[goal.state]
        if result == "unknown" and session.goal_result == "open":
            return session
        if result in DECIDED:
            before_s = self._decided_s.get(name)
            if before_s is not None and before_s != goal.occurrence.ready_s:
                self.goals_ended[name, session.goal_result] += 1
            self._decided_s[name] = goal.occurrence.ready_s
        met = result == "met"
        return replace(
            session,
            goal=goal.occurrence.aim.text,
            goal_met=DECIDED.get(result),
            goal_result=result,
            goal_missing_wh=0.0 if met else goal.needs_wh,
            goal_missing_percent=_missing_percent(goal.occurrence.aim, state.evs[name], met=met),
        )

    def _end(self, name: str, ev: Ev, books: Books, report: TickReport, dt_s: float) -> None:
        left = self._left_open.pop(name, None)
        if left is not None:
            self._close(left)
        if name not in self.open:
            return
        self._grow(name, ev, books, report, dt_s)
        session = self.open.pop(name)
        if session.goal_result not in ("", "none"):
            self.goals_ended[name, session.goal_result] += 1
        self._decided_s.pop(name, None)
        self._close(session)
        self._kept_s.pop(name, None)
        self.finished[name] = self.finished.get(name, 0) + 1

    def _close(self, session: Session) -> None:
        """Record a session that is over."""
        at_once_ct = cost_at_once(session.at_once, session.energy_wh)
        self._keep(replace(session, open=False, at_once=(), at_once_ct=at_once_ct))


def _missing_percent(aim: Aim, ev: Ev, *, met: bool) -> float | None:
    """The state of charge that is missing to the goal, in percentage points. None: unknown, or another kind of goal."""
    soc_percent = ev.soc_percent.value
    if aim.soc_percent is None:
        return None
    if met:
        return 0.0
    return None if soc_percent is None else max(0.0, aim.soc_percent - soc_percent)


def _taken(name: str, before: Books, after: Books) -> BySource:
    key = f"ev.{name}"
    return after.consumed.get(key, BySource()).plus(before.consumed.get(key, BySource()), -1.0)


def _with_energy(session: Session, drawn: BySource, state: State) -> Session:
    """The session with energy at the prices of now."""
    if drawn.total <= 0.0:
        return session
    cost, unpriced_wh = cost_of(drawn, state.prices)
    return replace(
        session,
        surplus_wh=session.surplus_wh + drawn.surplus,
        battery_wh=session.battery_wh + drawn.battery,
        grid_wh=session.grid_wh + drawn.grid,
        grid_cost_ct=session.grid_cost_ct + cost.grid,
        lost_feed_in_ct=session.lost_feed_in_ct + cost.surplus + cost.battery,
        unpriced_wh=session.unpriced_wh + unpriced_wh,
    )
