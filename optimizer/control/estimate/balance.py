"""The balance of the house at one moment.

Meter, batteries, and PV systems are not read at the same time, and a meter can be late. A sum of values of different
moments counts a power twice that one device has taken over from another. Therefore the balance uses the values of the
oldest moment, and the change of the PV power since then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.estimate.history import REACH_S, History, discharge_at, grid_at, pv_at, value_at
from optimizer.model.reading import Reading
from optimizer.model.state import Battery, Pv, State
from optimizer.model.value import maker

SAME_MOMENT_S = 0.5
"""Readings that differ by less than this are of one moment."""


class Balance(NamedTuple):
    """The power of the house connection and of the batteries at one moment, W."""

    at_s: float
    """The moment, monotonic s."""
    grid_w: float
    """+ import."""
    discharge_w: float
    """Sum of the batteries, + discharge."""
    pv_w: float
    """Sum of the PV systems. 0 without a measurement."""
    pv_change_w: float
    """PV power now, minus the PV power at the moment. 0 without a measurement."""


make_balance = maker(Balance)


def total_pv(pvs: Mapping[str, Pv]) -> Reading[float] | None:
    """The PV power of all systems at the time of the oldest reading. None if none is measured or one is unknown."""
    if len(pvs) == 1:
        (pv,) = pvs.values()
        return pv.power_w if pv.power_w.value is not None else None
    total_w, at_s = 0.0, math.inf
    for pv in pvs.values():
        power_w, read_s, _ = pv.power_w
        if power_w is None:
            return None
        total_w += power_w
        if read_s < at_s:
            at_s = read_s
    return Reading(total_w, at_s) if at_s < math.inf else None


def balance(state: State, history: History, pv: Reading[float] | None) -> Balance | None:
    """The balance at the latest moment that all devices have reported. None while a necessary reading is unknown.
    `pv` is the PV power of all systems."""
    grid_w, shown_s, _ = state.grid.power_w
    if grid_w is None:
        return None
    at_s, discharge_w = shown_s, 0.0
    for battery in state.batteries.values():
        power_w, read_s, _ = battery.power_w
        if power_w is None:
            return None
        discharge_w += power_w
        if shown_s - REACH_S < read_s < at_s - SAME_MOMENT_S:
            at_s = read_s
    if at_s < shown_s:
        finer = state.grid.history
        earlier_w = value_at(map(_reading, reversed(finer)), at_s) if finer else grid_at(history, at_s)
        grid_w = grid_w if earlier_w is None else earlier_w
        discharge_w = _discharge_at(state.batteries, history, at_s)
    if pv is None or pv.value is None:
        return make_balance(at_s=at_s, grid_w=grid_w, discharge_w=discharge_w, pv_w=0.0, pv_change_w=0.0)
    pv_w, pv_change_w = pv.value, 0.0
    if at_s < shown_s:
        then_w = pv_at(history, at_s)
        if then_w is not None:
            pv_w, pv_change_w = then_w, pv_w - then_w
    return make_balance(at_s=at_s, grid_w=grid_w, discharge_w=discharge_w, pv_w=pv_w, pv_change_w=pv_change_w)


def oldest_s(state: State) -> float:
    """The time of the oldest battery reading, monotonic s. Infinite without batteries."""
    read_s = math.inf
    for battery in state.batteries.values():
        if (at_s := battery.power_w.at_s) < read_s:
            read_s = at_s
    return read_s


def _discharge_at(batteries: Mapping[str, Battery], history: History, at_s: float) -> float:
    total_w = 0.0
    for name, battery in batteries.items():
        power_w = discharge_at(history, name, at_s)
        total_w += power_w if power_w is not None else battery.power_w.value or 0.0
    return total_w


def _reading(entry: tuple[float, float]) -> Reading[float]:
    """An entry of the finer history of the grid meter as a reading."""
    at_s, power_w = entry
    return Reading(power_w, at_s)
