"""Arrivals: the last visits of the car at each charger, and what it has beyond its need.

The worth of energy beyond a goal rests on them (schedule.spare).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.model.schedule import Schedule
from optimizer.model.state import DISCONNECTED, ERROR, Ev, EvGoal, State
from optimizer.schedule.departures import REACHED_WH
from optimizer.schedule.problem import USUAL_EFFICIENCY
from optimizer.schedule.spare import MOST_ARRIVALS, Arrival, CarPast

MOST_CARS = 10
SAME_VISIT_S = 900.0
"""A car that comes back within this time has not been away: a plug was moved, or the charger was restarted."""
MOST_WORTHS = 100
"""More values of one visit are not read."""


@dataclass(slots=True, kw_only=True)
class _Visits:
    """The visits at one charger. Energies are those at the wall."""

    arrivals: tuple[Arrival, ...] = ()
    is_here: bool = False
    is_valued: bool = False
    """Whether the arrival of this visit is known."""
    before_wh: float = 0.0
    """Energy beyond its need that the car had left with before this visit."""
    over_wh: float = 0.0
    """The same now, or when it left."""
    needed_wh: float = math.inf
    """Energy of the session at which the goal is reached. inf: not known yet."""
    begins_wh: float = 0.0
    """Energy of the session from which the goal counts."""
    carried_wh: float = 0.0
    """Energy beyond the needs of the goals before, in this visit. It is still in the car."""
    charged_wh: float = 0.0
    """The last known energy of the session."""
    is_moved: bool = False
    """Whether the car was away for a moment, so that the session may count anew."""
    left_s: float = -math.inf
    """Unix time when it left. -inf: it has not left, or before the start of the service."""


class Arrivals:
    """Takes every tick and every schedule, and keeps the visits that count."""

    def __init__(self, efficiencies: Mapping[str, float] | None = None) -> None:
        """`efficiencies`: the part of the energy at the charger that a vehicle stores, by vehicle."""
        self._efficiencies = efficiencies or {}
        self._cars: dict[str, _Visits] = {}

    def of(self, charger: str) -> CarPast:
        """The past of the car at one charger."""
        visits = self._cars.get(charger)
        return CarPast() if visits is None else CarPast(visits.arrivals, visits.over_wh if visits.is_here else 0.0)

    def take(self, state: State) -> None:
        """Take the readings of a tick."""
        now_s = state.now.timestamp()
        for name, ev in list(state.evs.items())[:MOST_CARS]:
            status = ev.status.value
            if status in (None, ERROR):
                continue  # a charger that does not answer, or reports a fault, does not end a visit
            visits = self._cars.get(name)
            if status == DISCONNECTED:
                if visits is not None and visits.is_here:
                    visits.is_here, visits.left_s = False, now_s
                continue
            if visits is None:
                visits = self._cars[name] = _Visits()
            if not visits.is_here and 0.0 <= now_s - visits.left_s < SAME_VISIT_S:
                visits.is_here = visits.is_moved = True
            elif not visits.is_here:
                visits = self._cars[name] = _Visits(
                    arrivals=visits.arrivals, is_here=True, before_wh=visits.over_wh, left_s=visits.left_s
                )
            visits.over_wh = self._over_wh(visits, ev, state.goals.get(name))

    def learn(self, schedule: Schedule) -> None:
        """Take a schedule. The first one of a visit says what more energy would have been worth."""
        for outcome in schedule.outcomes:
            visits = self._cars.get(outcome.goal.charger)
            if visits is not None and visits.is_here and not visits.is_valued and outcome.worths_ct:
                arrival = Arrival(outcome.worths_ct, visits.before_wh)
                visits.arrivals = (*visits.arrivals, arrival)[-MOST_ARRIVALS:]
                visits.is_valued = True

    def _over_wh(self, visits: _Visits, ev: Ev, goal: EvGoal | None) -> float:
        """The energy that the car has beyond its need. Unknown is 0, and an unread value is the one before."""
        if goal is None:
            return 0.0
        needs_wh, charged_wh = goal.needs_wh.value, ev.session_energy_wh.value
        target, soc, capacity_wh = goal.target_soc_percent.value, ev.soc_percent.value, ev.capacity_wh.value
        if target is not None and soc is not None and capacity_wh is not None:
            return max(0.0, (soc - target) / 100.0 * capacity_wh) / self._efficiencies.get(ev.vehicle, USUAL_EFFICIENCY)
        if needs_wh is None or charged_wh is None:
            return visits.over_wh
        if visits.is_moved and charged_wh < visits.charged_wh - REACHED_WH:
            _carry(visits, 0.0)
        visits.is_moved, visits.charged_wh = False, charged_wh
        if needs_wh > REACHED_WH:
            aim_wh = goal.target_energy_wh.value
            begins_wh = 0.0 if aim_wh is None else max(0.0, needs_wh + charged_wh - aim_wh)
            if begins_wh > visits.begins_wh + REACHED_WH:
                _carry(visits, begins_wh)
            visits.begins_wh, visits.needed_wh = begins_wh, needs_wh + charged_wh
        return visits.carried_wh + max(0.0, charged_wh - visits.needed_wh)

    def document(self) -> dict[str, Any]:
        """The visits as JSON values."""
        return {
            name: {
                "arrivals": [[arrival.spare_wh, list(arrival.worths_ct)] for arrival in visits.arrivals],
                "here": visits.is_here,
                "valued": visits.is_valued,
                "before_wh": visits.before_wh,
                "over_wh": visits.over_wh,
                "needed_wh": None if math.isinf(visits.needed_wh) else visits.needed_wh,
                "begins_wh": visits.begins_wh,
                "carried_wh": visits.carried_wh,
                "charged_wh": visits.charged_wh,
            }
            for name, visits in self._cars.items()
        }

    def restore(self, document: Any) -> None:
        """Go on with what `document` returned. Raises ValueError, TypeError, LookupError, or AttributeError, and
        then changes nothing."""
        self._cars = {str(name): _visits(row) for name, row in list(document.items())[:MOST_CARS]}


def _carry(visits: _Visits, begins_wh: float) -> None:
    """The goal counts anew, from `begins_wh` on. What the car has beyond the need of the one before stays in it."""
    visits.carried_wh, visits.needed_wh, visits.begins_wh = visits.over_wh, math.inf, begins_wh


def _visits(row: Any) -> _Visits:
    return _Visits(
        arrivals=tuple(_arrival(*found) for found in row["arrivals"][-MOST_ARRIVALS:]),
        is_here=_flag(row["here"]),
        is_valued=_flag(row["valued"]),
        before_wh=_energy(row["before_wh"]),
        over_wh=_energy(row["over_wh"]),
        needed_wh=math.inf if row["needed_wh"] is None else _energy(row["needed_wh"]),
        begins_wh=_energy(row.get("begins_wh", 0.0)),
        carried_wh=_energy(row.get("carried_wh", 0.0)),
        charged_wh=_energy(row.get("charged_wh", 0.0)),
    )


def _arrival(spare_wh: Any, worths_ct: Any) -> Arrival:
    if not worths_ct:
        raise ValueError("a visit has no worths")
    return Arrival(tuple(_number(worth) for worth in worths_ct[:MOST_WORTHS]), _energy(spare_wh))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _energy(value: Any) -> float:
    if (found := _number(value)) < 0.0:
        raise ValueError(f"{value!r} is less than 0")
    return found


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)
