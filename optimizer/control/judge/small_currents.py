"""Phase currents of the grid meter that are too small for its power.

The currents of all phases together carry at least the power of the meter. If they do not, their unit or a current
transformer is wrong, and the guard would see a fuse that is half empty while it is overloaded. A power that says more
for half a minute puts the currents in doubt: power and currents may come some seconds apart. A large power that they
can carry ends the doubt. A small one says nothing.

While they are in doubt, the guard counts the reserve of the house, or the currents in proportion to the power if these
are larger.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Grid, State
from optimizer.model.value import changed
from optimizer.words.text import Text

LASTS_S = 30.0
ERROR, ERROR_W = 1.1, 500.0
"""The power may be larger than what the currents carry by this factor (253 V), and this (whole amperes)."""
TELLS_W = 1500.0
"""A larger power that the currents can carry ends a doubt."""


class SmallCurrents(NamedTuple):
    """What the power of the grid meter says about its phase currents. Part of the memory."""

    since_s: float = math.inf
    """Since when they are too small, monotonic s. Infinite: they are not."""
    factor: float = 1.0
    """The power / what they carry, at the last contradiction."""
    why: str = ""
    """Why they are in doubt, or empty."""


LARGE_ENOUGH = SmallCurrents()


def looked(before: SmallCurrents, grid: Grid, now_s: float) -> SmallCurrents:
    """The memory after one more snapshot. The same object if nothing has changed."""
    power_w, sum_a = grid.power_w.value, 0.0
    for amps in grid.phase_current_a:
        if amps.value is None:
            return before
        sum_a += abs(amps.value)
    if power_w is None or len(grid.phase_current_a) != 3:
        return before
    carried_w = sum_a * NOMINAL_VOLTAGE_V
    power_w = abs(power_w)
    if power_w <= ERROR * carried_w + ERROR_W:
        if before is LARGE_ENOUGH or (before.why and power_w < TELLS_W):
            return before
        return LARGE_ENOUGH
    since_s = min(before.since_s, now_s)
    why = before.why or (_why(power_w, carried_w) if now_s - since_s >= LASTS_S else "")
    return SmallCurrents(since_s, power_w / max(carried_w, 1.0), why)


def without_small(state: State, small: SmallCurrents) -> State:
    """The snapshot without the phase currents in doubt."""
    amps = tuple([Reading[float](None, one.at_s, small.why) for one in state.grid.phase_current_a])
    return changed(state, grid=changed(state.grid, phase_current_a=amps))


def in_proportion(grid: Grid, small: SmallCurrents) -> tuple[float, ...]:
    """The phase currents in doubt in proportion to the power, A. Empty if one is not measured."""
    amps = [one.value * small.factor for one in grid.phase_current_a if one.value is not None]
    return tuple(amps) if len(amps) == 3 else ()


def _why(power_w: float, carried_w: float) -> str:
    return Text(
        "implausible: the grid meter shows {power_w}, and its phase currents carry only {carried_w}: the unit of its "
        "currents or a current transformer is wrong",
        power_w=power_w,
        carried_w=carried_w,
    )
