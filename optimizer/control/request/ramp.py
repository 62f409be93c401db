"""The ramp of the PV power, and the part of it that is worth following. Pure.

The current is set for the time at which the car follows it. On a clear morning the PV power then is what the ramp
promises. Under broken clouds the same ramp has often ended by then. The service therefore compares each ramp with what
came, and follows the part that came true in the last minutes.
"""

from __future__ import annotations

import math

from optimizer.control.memory import FLAT, Ramp, make_ramp
from optimizer.control.params import FollowParams

LONGEST_STEP_S = 65.0
"""After a longer gap between two readings, the slope starts again."""
SHORTEST_STEP_S = 0.001
"""A PV reading that follows the one before by less than this gives no slope."""
REMEMBERED_S = 300.0
"""Time constant of the comparison of ramps with what came."""
DOUBT_W2 = 1e4
"""Ramps count only if they are larger than the noise of a meter: the square of 100 W."""


def ramp_after(ramp: Ramp, pv_w: float | None, pv_at_s: float, ahead_s: float, params: FollowParams) -> Ramp:
    """The ramp after a PV reading. Only PV has a ramp, because appliances switch. `ahead_s`: the time over which a ramp
    is compared with what came, s."""
    if pv_w is None:
        return FLAT
    before_w, before_s, slope_w_s, from_w, from_s, from_slope_w_s, came_w2, promised_w2 = ramp
    since_s = pv_at_s - before_s
    if since_s < SHORTEST_STEP_S:
        return ramp
    if since_s >= LONGEST_STEP_S:
        return make_ramp(pv_w=pv_w, at_s=pv_at_s, from_w=pv_w, from_s=pv_at_s)
    slope_w_s += (1.0 - math.exp(-since_s / params.ramp_s)) * ((pv_w - before_w) / since_s - slope_w_s)
    over_s = pv_at_s - from_s
    if over_s >= ahead_s:
        promised_w, kept = from_slope_w_s * over_s, math.exp(-over_s / REMEMBERED_S)
        came_w2 = kept * came_w2 + promised_w * (pv_w - from_w)
        promised_w2 = kept * promised_w2 + promised_w * promised_w
        from_w, from_s, from_slope_w_s = pv_w, pv_at_s, slope_w_s
    return make_ramp(
        pv_w=pv_w,
        at_s=pv_at_s,
        slope_w_s=slope_w_s,
        from_w=from_w,
        from_s=from_s,
        from_slope_w_s=from_slope_w_s,
        came_w2=came_w2,
        promised_w2=promised_w2,
    )


def ramp_w(ramp: Ramp, ahead_s: float) -> float:
    """The expected change of the PV power within `ahead_s`, W."""
    _, _, slope_w_s, _, _, _, came_w2, promised_w2 = ramp
    if came_w2 <= 0.0:
        return 0.0
    part = came_w2 / (promised_w2 + DOUBT_W2)
    return slope_w_s * ahead_s * (part if part < 1.0 else 1.0)
