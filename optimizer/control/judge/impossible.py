"""The rest of a charger whose power was impossible.

A wrong unit shows only while the car charges: at zero the reading looks right. So the car would start, be stopped by
the impossible reading, look right again, and start again. Therefore such a charger is not believed for a rest. A single
false value causes none.
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
    """One charger. Part of the memory."""

    at_s: float = -math.inf
    """Time of its last impossible reading."""
    doubts: Doubts = BELIEVED


Impossibles = Mapping[str, Impossible]
"""By charger. Only those that had an impossible power."""
NONE_IMPOSSIBLE: Impossibles = MappingProxyType({})
NEVER = Impossible()


def looked(before: Impossibles, read: State, possible: State) -> Impossibles:
    """The memory after one more snapshot, as it was read and without its impossible readings."""
    if read.evs is possible.evs:
        return before
    now_s, after = possible.mono_s, before
    for name, ev in read.evs.items():
        at_s, judged_w, one = ev.power_w.at_s, possible.evs[name].power_w, after.get(name, NEVER)
        if judged_w is ev.power_w or at_s <= one.at_s:
            continue
        doubts = one.doubts
        if now_s >= doubts.until_s and at_s - one.at_s <= TWICE_S:
            doubts = doubted(doubts, now_s, judged_w.why)
        after = {**after, name: Impossible(at_s, doubts)}
    return after


def without_resting(state: State, impossible: Impossibles) -> State:
    """The snapshot without the powers of chargers that rest."""
    for name, (_, doubts) in impossible.items():
        ev = state.evs.get(name)
        if ev is not None and ev.power_w.value is not None and state.mono_s < doubts.until_s:
            missing: Reading[float] = Reading(None, ev.power_w.at_s, doubts.why)
            state = changed(state, evs={**state.evs, name: changed(ev, power_w=missing)})
    return state
