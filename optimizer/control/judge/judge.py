"""judge(): the readings of a snapshot that can be believed. It comes before the rules and the control.

A reading in doubt becomes unknown with the reason, or the reading before it stays until the next one. The judge also
gives the surplus of the house at one moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from optimizer.control.estimate.balance import Balance, Histories, balance, pv_fall_w, remembered, total_pv
from optimizer.control.estimate.history import NO_HISTORY, value_at
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.surplus import Surplus, drawn_at, surplus_now
from optimizer.control.judge.limits import possible_battery, possible_charger, possible_grid, possible_pv
from optimizer.control.judge.meter import House, MeterMemory, judged, new_value, raise_limit_w, set_wait_s
from optimizer.control.judge.second_look import NO_SOCS, GridLook, SocLooks, look_at_grid, look_at_socs
from optimizer.control.judge.slow_battery import SlowHome, averaged
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import Grid, State

UNSEEN_W = 100.0
"""If the cars have changed by more than this since the value of the meter last changed, the value is as old as that."""


class JudgeMemory(NamedTuple):
    """What the judge carries from tick to tick."""

    histories: Histories = Histories()
    meter: MeterMemory = MeterMemory()
    look: GridLook = GridLook()
    socs: SocLooks = NO_SOCS
    surplus_w: float = math.nan
    """With a late meter: the surplus when the cars were last steady for long enough. NaN: never."""
    surplus_s: float = -math.inf
    """The moment of this surplus."""
    slow_home: SlowHome = SlowHome()


class Judged(NamedTuple):
    """The result for one snapshot."""

    state: State
    """The snapshot. Readings in doubt are unknown with the reason."""
    memory: JudgeMemory
    surplus: Surplus
    """The surplus at one moment."""
    raise_w: float
    """The largest raise of a car that the meter allows now, W. 0: the meter has not shown the last raise yet."""


def judge(state: State, observed: Mapping[str, Observation], memory: JudgeMemory, site: Site) -> Judged:
    """Judge one snapshot. `observed` are the observations of the chargers up to now."""
    histories, meter, look, socs, surplus_w, surplus_s, slow_home = memory
    state = _possible(state, site)
    if state.batteries:
        socs = look_at_socs(socs, state.batteries)
        state = _with_socs(state, socs)
    pv = total_pv(state.pvs)
    pv_w = 0.0 if pv is None or pv.value is None else pv.value
    power_w = state.grid.power_w
    if power_w.value is not None:
        discharge_w = sum([battery.power_w.value or 0.0 for battery in state.batteries.values()])
        drawn_w = sum(drawn_at(state, observed, power_w.at_s).values())
        counted, look = look_at_grid(look, power_w, drawn_w, pv_w, discharge_w)
        if counted is not power_w:
            state = replace(state, grid=replace(state.grid, power_w=counted))
            power_w = counted
    histories = remembered(histories, state, pv)
    if power_w.value is None:
        surplus = surplus_now(state, observed, None)
        return Judged(
            state, JudgeMemory(histories, meter, look, socs, surplus_w, surplus_s, slow_home), surplus, math.inf
        )

    meter = new_value(meter, power_w.value, power_w.at_s)
    shown_s, unseen_w = power_w.at_s, 0.0
    wait_s = meter.wait_s if site.grid_delay_s is None else set_wait_s(site.grid_delay_s)
    if meter.changed_s < shown_s:
        unseen_w = _unseen_w(state, observed, histories, meter.changed_s)
        if wait_s == 0.0 and abs(unseen_w) > UNSEEN_W:
            shown_s = meter.changed_s
    now = balance(state, histories, shown_s)
    surplus = surplus_now(state, observed, now)
    raise_w = math.inf
    if now is not None and surplus.total_w is not None:
        house = _house(state, observed, histories, now, surplus, shown_s, pv is not None)
        meter = judged(meter, house, unseen_w)
        raise_w = raise_limit_w(meter, house, unseen_w, wait_s)
        total_w = surplus.total_w
        if pv is not None and now.at_s < shown_s:
            slow_home = averaged(slow_home, now.pv_w + now.pv_change_w - total_w, now.at_s)
            total_w = now.pv_w + now.pv_change_w - slow_home.home_w
            surplus = replace(surplus, total_w=total_w)
        if wait_s > 0.0:
            if house.at_s - meter.steady_s >= wait_s:
                surplus_w, surplus_s = total_w, now.at_s
            elif surplus_s > -math.inf:
                held_w = surplus_w + pv_fall_w(histories, surplus_s)
                surplus = Surplus(held_w, "", 0.0, now.at_s, surplus.taken_w, surplus.drawn_w, held=True)
    if not look.confirmed:
        raise_w = 0.0
    if meter.doubt is not None:
        state, raise_w = _without_meter(state, meter.doubt.why), 0.0
        surplus = surplus_now(state, observed, None)
    return Judged(state, JudgeMemory(histories, meter, look, socs, surplus_w, surplus_s, slow_home), surplus, raise_w)


def _house(
    state: State,
    observed: Mapping[str, Observation],
    histories: Histories,
    now: Balance,
    surplus: Surplus,
    shown_s: float,
    pv_measured: bool,
) -> House:
    """The values to compare. They are of the time of the reading, also while its value stands still."""
    drawn_w = surplus.taken_w
    if shown_s < state.grid.power_w.at_s:
        now = balance(state, histories, state.grid.power_w.at_s) or now
        drawn_w = sum(drawn_at(state, observed, now.at_s).values())
    home_w = now.pv_w + now.grid_w + now.discharge_w - drawn_w
    return House(now.at_s, drawn_w, home_w, max(0.0, -now.discharge_w), pv_measured)


def _unseen_w(state: State, observed: Mapping[str, Observation], histories: Histories, since_s: float) -> float:
    """The move of the cars since `since_s`, W. 0 if batteries have taken it."""
    at_s = state.grid.power_w.at_s
    moved_w = sum(drawn_at(state, observed, at_s).values()) - sum(drawn_at(state, observed, since_s).values())
    taken_w = 0.0
    for name, battery in state.batteries.items():
        before_w = value_at(histories.batteries.get(name, NO_HISTORY), since_s)
        if before_w is not None and battery.power_w.value is not None:
            taken_w += battery.power_w.value - before_w
    return 0.0 if moved_w * taken_w > 0.0 and abs(taken_w) > 0.5 * abs(moved_w) else moved_w


def _possible(state: State, site: Site) -> State:
    """The snapshot without the readings that the fuse or a rating forbids."""
    power_w = possible_grid(state.grid.power_w, site)
    if power_w is not state.grid.power_w:
        state = replace(state, grid=replace(state.grid, power_w=power_w))
    for name, pv in state.pvs.items():
        if (possible := possible_pv(pv, site)) is not pv.power_w:
            state = replace(state, pvs={**state.pvs, name: replace(pv, power_w=possible)})
    for name, battery in state.batteries.items():
        if (possible := possible_battery(battery, site)) is not battery.power_w:
            state = replace(state, batteries={**state.batteries, name: replace(battery, power_w=possible)})
    for name, ev in state.evs.items():
        if (possible := possible_charger(ev)) is not ev.power_w:
            state = replace(state, evs={**state.evs, name: replace(ev, power_w=possible)})
    return state


def _with_socs(state: State, socs: SocLooks) -> State:
    for name, battery in state.batteries.items():
        if (counted := socs[name].soc) is not battery.soc_percent and counted != battery.soc_percent:
            state = replace(state, batteries={**state.batteries, name: replace(battery, soc_percent=counted)})
    return state


def _without_meter(state: State, why: str) -> State:
    """The snapshot without the readings of the grid meter's powers. The guard counts its reserve for the house then."""
    grid = state.grid
    missing: Reading[float] = Reading(None, grid.power_w.at_s, why)
    currents = tuple(missing if one.value is not None else one for one in grid.phase_current_a)
    return replace(state, grid=Grid(missing, currents, grid.dimmed, grid.on_grid, grid.history))
