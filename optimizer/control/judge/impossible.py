"""The rest of a charger or a battery whose power was impossible.

A wrong unit shows only while the device takes or gives much: near zero the reading looks right. So a car would start,
be stopped by the impossible reading, look right again, and start again. A small charge of a battery of wrong unit looks
like a large surplus. Therefore such a device is not believed for a rest. A single false value causes none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.judge.doubt import BELIEVED, Doubts, doubted
from optimizer.model.reading import Reading
from optimizer.model.state import State
from optimizer.model.value import changed

TWICE_S = 120.0
"""A second impossible value within this time is no single false one."""


class Impossible(NamedTuple):
    """One device. Part of the memory."""

    at_s: float = -math.inf
    """Time of its last impossible reading."""
    doubts: Doubts = BELIEVED


Impossibles = Mapping[tuple[str, str], Impossible]
"""By kind (`ev` or `battery`) and name. Only those that had an impossible power."""
NONE_IMPOSSIBLE: Impossibles = MappingProxyType({})
NEVER = Impossible()


def looked(before: Impossibles, read: State, possible: State) -> Impossibles:
    """The memory after one more snapshot, as it was read and without its impossible readings."""
    after, now_s = before, possible.mono_s
    if read.evs is not possible.evs:
        for name, ev in read.evs.items():
            after = _looked(after, ("ev", name), ev.power_w, possible.evs[name].power_w, now_s)
    if read.batteries is not possible.batteries:
        for name, battery in read.batteries.items():
            after = _looked(after, ("battery", name), battery.power_w, possible.batteries[name].power_w, now_s)
    return after


def without_resting(state: State, impossible: Impossibles) -> State:
    """The snapshot without the powers of devices that rest."""
    for (kind, name), (_, doubts) in impossible.items():
        if state.mono_s >= doubts.until_s:
            continue
        if kind == "ev":
            ev = state.evs.get(name)
            if ev is not None and ev.power_w.value is not None:
                state = changed(state, evs={**state.evs, name: changed(ev, power_w=_missing(ev.power_w, doubts))})
        else:
            battery = state.batteries.get(name)
            if battery is not None and battery.power_w.value is not None:
                resting = changed(battery, power_w=_missing(battery.power_w, doubts))
                state = changed(state, batteries={**state.batteries, name: resting})
    return state


def _looked(
    before: Impossibles, key: tuple[str, str], read_w: Reading[float], possible_w: Reading[float], now_s: float
) -> Impossibles:
    one = before.get(key, NEVER)
    if possible_w is read_w or read_w.at_s <= one.at_s:
        return before
    doubts = one.doubts
    if now_s >= doubts.until_s and read_w.at_s - one.at_s <= TWICE_S:
        doubts = doubted(doubts, now_s, possible_w.why)
    return {**before, key: Impossible(read_w.at_s, doubts)}


def _missing(power_w: Reading[float], doubts: Doubts) -> Reading[float]:
    return Reading(None, power_w.at_s, doubts.why)
