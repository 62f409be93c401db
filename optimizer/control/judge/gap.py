"""The result while a reading is missing, or the grid meter is in doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.estimate.surplus import held_surplus, unknown_surplus
from optimizer.control.judge.answers import wait_s
from optimizer.control.judge.judged import Judged, JudgeMemory, make_judged
from optimizer.control.judge.shown import LONGEST_HOLD_S
from optimizer.control.judge.still_battery import usual_surplus
from optimizer.model.reading import Reading
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import State
from optimizer.model.value import changed

RIDES_PART = 0.8
"""A car does not ride through a gap if the PV power has fallen below this part since the last surplus."""
GAP_S = 90.0
"""Without the power of a battery, the last surplus counts no longer than this. Its moment can be 30 s old."""
METER_GAP_S = 60.0
"""Without the power of the grid, the last surplus counts no longer than this."""
LEAST_W = MIN_CURRENT_A * NOMINAL_VOLTAGE_V
"""Less PV carries no car. Then a car would import until the end of the gap, and nothing would show it."""
CALM_S = 15.0
"""After this part of the time the home may have changed: each car goes to its least current."""


def through_gap(
    state: State, memory: JudgeMemory, drawn: Mapping[str, float], pv: Reading[float] | None, site: Site
) -> Judged:
    """The result while a necessary reading is missing. `drawn` is the power of the cars that are known."""
    why, grid, shown, raise_w = memory.meter.doubts.why, state.grid.power_w, memory.shown, math.inf
    surplus, rides, gap_s, least_current = unknown_surplus(state, drawn), not why, 0.0, False
    if grid.value is None:
        began_s = memory.gap_since_s if memory.gap_since_s > memory.look.power_w.at_s else state.mono_s
        memory, gap_s = memory._replace(gap_since_s=began_s), state.mono_s - began_s
    if pv is not None and pv.value is not None:
        rides = rides and pv.value >= RIDES_PART * shown.pv_w
        if not why and grid.value is not None and len(drawn) == len(state.evs):
            taken_w = sum(drawn.values())
            if grid.at_s - shown.at_s <= GAP_S:
                # Only a battery is missing. Its power does not change while the cars and the sun do not.
                held_w = shown.total_w - max(0.0, shown.pv_w - pv.value)
                if grid.value > 0.0 and not wait_s(memory.meter.answers.delays_s, site.grid_delay_s):
                    held_w = min(held_w, taken_w - grid.value)  # the battery does not supply all
                surplus, raise_w = held_surplus(held_w, grid.at_s, drawn), 0.0
            elif grid.at_s - shown.at_s <= LONGEST_HOLD_S:
                usual_w = usual_surplus(memory.still, grid.at_s, pv.value, grid.value, taken_w)
                surplus = surplus if usual_w is None else held_surplus(usual_w, grid.at_s, drawn)
        elif (
            not why and grid.value is None and pv.value >= LEAST_W
            and gap_s < METER_GAP_S and state.mono_s - shown.at_s <= LONGEST_HOLD_S
        ):  # fmt: skip
            # Only the home can have changed. In a short time it seldom does.
            held_w = shown.total_w - max(0.0, shown.pv_w - pv.value)
            usual_w = usual_surplus(memory.still, state.mono_s, pv.value, 0.0, 0.0)
            if usual_w is not None:  # a battery that followed a fall of PV before its reading would count it twice
                held_w = max(held_w, min(shown.total_w, usual_w))
            surplus = held_surplus(held_w, state.mono_s, drawn, surplus.why)
            raise_w, least_current = 0.0, gap_s > CALM_S
    state = without_meter(state, why)
    return make_judged(
        state=state,
        memory=memory,
        surplus=surplus,
        raise_w=raise_w,
        rides=rides,
        test=None,
        gap_s=gap_s,
        least_current=least_current,
    )


def without_meter(state: State, why: str) -> State:
    """The snapshot without the readings of the grid meter's powers, if there is a reason `why`."""
    if not why:
        return state
    grid = state.grid
    missing: Reading[float] = Reading(None, grid.power_w.at_s, why)
    currents = tuple(missing if one.value is not None else one for one in grid.phase_current_a)
    return changed(state, grid=changed(grid, power_w=missing, phase_current_a=currents))
