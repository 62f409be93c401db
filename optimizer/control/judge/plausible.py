"""Readings that cannot be, and jumps that a second reading must confirm."""

from __future__ import annotations

from optimizer.control.judge.impossible import Impossibles, looked, without_resting
from optimizer.control.judge.limits import (
    CHARGER_W,
    DARK_W,
    at_night,
    dark,
    fuse_w,
    possible_battery,
    possible_charger,
    possible_grid,
    possible_pv,
)
from optimizer.control.judge.second_look import PvLooks, SocLooks, look_at_pvs, look_at_socs
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.model.value import changed


def plausible(
    state: State, socs: SocLooks, pvs: PvLooks, impossible: Impossibles, site: Site, grid_w: float | None = None
) -> tuple[State, SocLooks, PvLooks, Impossibles]:
    """The snapshot without impossible readings and unconfirmed jumps of PV and of a state of charge. `grid_w` is the
    last grid power that counts, + import."""
    read, state = state, _possible(state, site)
    if state is not read:
        impossible = looked(impossible, read, state)
    if impossible:
        state = without_resting(state, impossible)
    if state.pvs:
        now_w = state.grid.power_w.value
        pvs = look_at_pvs(pvs, state.pvs, 0.0 if now_w is None or grid_w is None else now_w - grid_w)
        for name, pv in state.pvs.items():
            if (counted := pvs[name].power_w) is not pv.power_w and counted != pv.power_w:
                state = changed(state, pvs={**state.pvs, name: changed(pv, power_w=counted)})
    if state.batteries:
        socs = look_at_socs(socs, state.batteries)
        state = _with_socs(state, socs)
    return state, socs, pvs, impossible


def _possible(state: State, site: Site) -> State:
    """The snapshot without the readings that the fuse, a rating, or the night forbids."""
    rated_w = fuse_w(site)
    power_w = state.grid.power_w
    if (value := power_w.value) is not None and not -rated_w <= value <= rated_w:
        state = changed(state, grid=changed(state.grid, power_w=possible_grid(power_w, site)))
    for name, pv in state.pvs.items():
        value = pv.power_w.value
        if value is None or -DARK_W <= value <= DARK_W:
            continue
        if value < 0.0 or value > rated_w or dark(state):
            possible = at_night(pv) if value > 0.0 and dark(state) else possible_pv(pv, site)
            state = changed(state, pvs={**state.pvs, name: changed(pv, power_w=possible)})
    for name, battery in state.batteries.items():
        if (value := battery.power_w.value) is not None and not -rated_w <= value <= rated_w:
            judged_w = possible_battery(battery, site)
            state = changed(state, batteries={**state.batteries, name: changed(battery, power_w=judged_w)})
    for name, ev in state.evs.items():
        if (value := ev.power_w.value) is not None and not -CHARGER_W <= value <= CHARGER_W:
            state = changed(state, evs={**state.evs, name: changed(ev, power_w=possible_charger(ev))})
    return state


def _with_socs(state: State, socs: SocLooks) -> State:
    for name, battery in state.batteries.items():
        if (counted := socs[name].soc) is not battery.soc_percent and counted != battery.soc_percent:
            state = changed(state, batteries={**state.batteries, name: changed(battery, soc_percent=counted)})
    return state
