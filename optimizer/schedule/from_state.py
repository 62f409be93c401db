"""From the state of the house, prices, and forecasts to the problem that the solver gets. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean
from typing import NamedTuple

from optimizer.model.house_lookups import HOME
from optimizer.model.schedule import BatteryMode, CarMode, Goal, Schedule
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite, Site
from optimizer.model.state import CHARGING, CONNECTED, Ev, State
from optimizer.schedule.outlook import HORIZON_S, Outlook, assumed_of, steps_of
from optimizer.schedule.problem import GUESS_CT, USUAL_EFFICIENCY, Battery, Car, Problem, SpareWorth, Step
from optimizer.schedule.spare import CarPast, spare_worths, usual_worth_ct

UNKNOWN_ROOM_WH = 20_000.0
"""Room beyond the need of a car whose state of charge or capacity is not known."""
RESERVE_S = 1800.0
"""A goal is planned to be reached this long before the car leaves."""
NO_PRICES_RESERVE_S = 3600.0
"""Reserve before a departure while no price is known."""
HALF_EFFICIENCY = 0.95
"""Efficiency of the battery in each direction."""
CAR_MODES: Mapping[str, CarMode] = {"off": "off", "surplus": "surplus", "min_surplus": "surplus", "fast": "fast"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """The settings for the schedule."""

    site: Site
    efficiencies: Mapping[str, float] = field(default_factory=dict)
    """Part of the energy at the charger that a vehicle stores, by vehicle."""
    alternative_ct: float | None = None
    """Price of a kWh for the car from another source."""
    wear_ct: float = 2.0
    """Wear of the house battery per kWh."""
    charge_from_grid: bool = True
    """Whether the house battery may be charged from the grid."""
    start_ct: float = 4.0
    """Cost of a start of a car."""
    export_w: float | None = None
    """Limit on feed-in. None: no limit."""
    horizon_s: float = HORIZON_S


def _no_past(_charger: str) -> CarPast:
    return CarPast()


def problem_of(
    plan: SchedulePlan,
    state: State,
    outlook: Outlook,
    running: Mapping[str, str],
    before: Schedule | None,
    past: Callable[[str], CarPast] = _no_past,
) -> Problem:
    """The problem of now. Raises ProblemError.

    `running` has the mode of each charger that the rules have set, and `before` is the schedule in force. `past` gives
    the past of the car at a charger.
    """
    now_s = state.now.timestamp()
    site = plan.site
    assumed = tuple(name for name in assumed_of(outlook) if name != "pv" or state.pvs)
    home_w = _usual_home_w(outlook, state)
    if home_w is not None:
        outlook = replace(outlook, home_w=home_w)
    if state.grid.dimmed.value:
        outlook = replace(outlook, dimmed_w=site.dimmed_w)
    steps, known_until_s = steps_of(outlook, now_s, plan.horizon_s)
    slot = None if before is None else before.slot_at(now_s)
    priced = bool(outlook.imports.slots)
    planned = slot.battery.mode if slot is not None and slot.battery is not None else None
    battery = _battery(plan, state, planned)
    usual = Usual.of(plan, steps)
    cars = tuple(
        _car(
            plan,
            state,
            ev,
            partial(_spare, usual, past(ev.name)),
            running=CAR_MODES.get(running.get(ev.name, "")),
            planned=slot.cars[ev.name].mode if slot is not None and ev.name in slot.cars else None,
            priced=priced,
        )
        for ev in state.evs.values()
        if ev.status.value in (CONNECTED, CHARGING) and ev.name in site.chargers
    )
    return Problem(
        at_s=now_s,
        steps=steps,
        prices_known_until_s=known_until_s,
        assumed=assumed,
        cars=cars,
        battery=battery,
        # One price for all steps is no estimate for a later one that could be better than that of now.
        guess_ct=0.0 if "import_price" in assumed else GUESS_CT,
        most_import_w=site.fuse_a * 3 * NOMINAL_VOLTAGE_V,
        most_export_w=plan.export_w,
    )


def _usual_home_w(outlook: Outlook, state: State) -> float | None:
    """The consumption where neither forecast nor record has one: the mean of both. Only without them that of now, which
    may be a kettle. None: nothing is known."""
    if outlook.home.slots:
        return fmean(slot.value for slot in outlook.home)
    return HOME.get(state, "")


def _car(
    plan: SchedulePlan,
    state: State,
    ev: Ev,
    spare: Callable[[Car], tuple[SpareWorth, ...]],
    *,
    running: CarMode | None,
    planned: CarMode | None,
    priced: bool,
) -> Car:
    wired = plan.site.chargers[ev.name]
    efficiency = plan.efficiencies.get(ev.vehicle, USUAL_EFFICIENCY)
    goal = _goal(state, ev.name, efficiency)
    room_wh = _room_wh(ev, 0.0 if goal is None else goal.need_wh)
    car = Car(
        charger=ev.name,
        goal=goal,
        room_wh=room_wh,
        phases=_phases(wired),
        least_a=wired.car_min_current_a or MIN_CURRENT_A,
        most_a=max(wired.max_current_a, wired.car_min_current_a or MIN_CURRENT_A),
        efficiency=efficiency,
        start_ct=plan.start_ct,
        reserve_s=RESERVE_S if priced else NO_PRICES_RESERVE_S,
        running=running,
        running_phases=ev.phases.value,
        charging=ev.status.value == CHARGING,
        planned=planned,
    )
    return replace(car, spare=spare(car))


def _goal(state: State, charger: str, efficiency: float) -> Goal | None:
    found = state.goals.get(charger)
    if found is None or found.ready_s.value is None or found.needs_wh.value is None:
        return None
    return Goal(
        charger=charger,
        ready_at_s=found.ready_s.value,
        need_wh=found.needs_wh.value * efficiency,
        soc_percent=found.target_soc_percent.value,
    )


def _room_wh(ev: Ev, need_wh: float) -> float:
    """Energy that the car can take, at least what its goal needs."""
    soc, capacity_wh = ev.soc_percent.value, ev.capacity_wh.value
    if soc is None or capacity_wh is None:
        return need_wh + UNKNOWN_ROOM_WH
    limit = 100.0 if ev.limit_soc_percent.value is None else ev.limit_soc_percent.value
    return max(need_wh, (limit - soc) / 100.0 * capacity_wh, 0.0)


def _phases(wired: ChargerSite) -> tuple[int, ...]:
    most = min(len(wired.phase_map), wired.car_phases or 3)
    return (1, most) if wired.can_switch_phases and most > 1 else (most,)


class Usual(NamedTuple):
    """The values for the worth of spare energy, beside the past of a car."""

    worth_ct: float
    """Worth of a kWh while the past says nothing."""
    most_ct: float
    """The owner can buy it elsewhere at this price."""
    feed_in_ct: float

    @classmethod
    def of(cls, plan: SchedulePlan, steps: Sequence[Step]) -> Usual:
        """From the prices of the coming steps."""
        feed_in_ct = sum(step.feed_in_ct * step.hours for step in steps) / sum(step.hours for step in steps)
        worth_ct = usual_worth_ct(min(step.import_ct for step in steps), feed_in_ct, plan.alternative_ct)
        return cls(worth_ct, math.inf if plan.alternative_ct is None else plan.alternative_ct, feed_in_ct)


def _spare(usual: Usual, past: CarPast, car: Car) -> tuple[SpareWorth, ...]:
    """The worth of energy beyond the need, in parts up to all that the car can take.

    Without a goal nothing is bought, because nobody has asked for energy. With one, spare energy is worth what it would
    have been worth at the last visits.
    """
    room_wh = max(1.0, car.room_wh / car.efficiency)
    if car.goal is None:
        past = CarPast()
    return spare_worths(past, usual.worth_ct, usual.feed_in_ct, room_wh, usual.most_ct)


def _battery(plan: SchedulePlan, state: State, planned: BatteryMode | None) -> Battery | None:
    """All controllable batteries as one. None: there is none, or its charge is not known."""
    parts = list(_batteries(plan.site, state))
    if not parts:
        return None
    return Battery(
        energy_wh=sum(part.energy_wh for part in parts),
        floor_wh=sum(part.floor_wh for part in parts),
        capacity_wh=sum(part.capacity_wh for part in parts),
        charge_w=sum(part.charge_w for part in parts),
        discharge_w=sum(part.discharge_w for part in parts),
        charge_efficiency=HALF_EFFICIENCY,
        discharge_efficiency=HALF_EFFICIENCY,
        wear_ct=plan.wear_ct,
        may_charge_from_grid=plan.charge_from_grid,
        running=planned,
        planned=planned,
    )


def _batteries(site: Site, state: State) -> Iterator[Battery]:
    for name, wired in site.batteries.items():
        found = state.batteries.get(name)
        if found is None or not wired.controllable:
            continue
        soc, capacity_wh = found.soc_percent.value, found.capacity_wh.value
        if soc is None or capacity_wh is None:
            continue
        floor = max(wired.floor_soc_percent, found.reserve_soc_percent.value or 0.0)
        yield Battery(
            energy_wh=soc / 100.0 * capacity_wh,
            floor_wh=min(100.0, floor) / 100.0 * capacity_wh,
            capacity_wh=capacity_wh,
            charge_w=wired.max_charge_w,
            discharge_w=wired.max_discharge_w,
        )
