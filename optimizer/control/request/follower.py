"""The follower of one charger: it chooses when to run, the number of phases, and the current. Pure.

One number sets the economics: a kWh from the grid costs `lam` times the value of a kWh of surplus. For a grid share g,
lam = (1 − g) / g. Each mode (off, one phase, three phases) has a gain: the used surplus − lam × the caused import. A
change of the mode must bring more than it costs. The current in a mode is a feed-forward of the surplus with the PV
ramp, plus the PID.
"""

from __future__ import annotations

from optimizer.control.memory import FollowMemory, make_follow_memory
from optimizer.control.params import FollowParams
from optimizer.control.request.gain import earned_after, earning_w, import_cost
from optimizer.control.request.inputs import FollowerInputs
from optimizer.control.request.mode import choose
from optimizer.control.request.ramp import ramp_after, ramp_w
from optimizer.control.request.trim import corrected
from optimizer.model.value import maker, value

LONGEST_STEP_S = 65.0
"""After a longer gap between two ticks, the averages start again."""
RIDE_S = 60.0
"""Longest time without a surplus that a running car rides through. The last reading is up to 15 s older."""


@value
class FollowerRequest:
    """The request of the follower and its terms."""

    phases: int
    """0 = off."""
    current_a: float
    feed_forward_w: float
    ramp_w: float
    proportional_w: float
    trim_w: float
    advantage_w: float
    """Off: the gain of the best mode. On: the loss by a stop. On a phase switch: the advantage of the new phases."""
    price_w: float
    """A start or switch needs an advantage above this. A stop needs an advantage below its negative."""
    lasts_s: float
    """The time for which the advantage counts, s."""
    needed_w: float
    """The least surplus for a start. Below it, the least current would import more than the grid share."""


make_follower_request = maker(FollowerRequest)


def follow(memory: FollowMemory, inputs: FollowerInputs, params: FollowParams) -> tuple[FollowMemory, FollowerRequest]:
    """One tick of one charger."""
    phases, at_s, changed_at_s, ramp, earned, trim_w, on_at_s, _ = memory
    site_inputs, surplus_w = inputs.site_inputs, inputs.surplus_w
    one_w_per_a, three_w_per_a = inputs.one_w_per_a, inputs.three_w_per_a
    now_s, lasting_a, least_a = site_inputs.now_s, inputs.lasting_a, inputs.least_a
    lam = import_cost(site_inputs.grid_share)
    gap_s = now_s - at_s
    steady = 0.0 <= gap_s < LONGEST_STEP_S
    ramp = ramp_after(ramp, site_inputs.pv_w, site_inputs.pv_at_s, inputs.ahead_s, params)
    one_w = earning_w(surplus_w, one_w_per_a, lasting_a, lam, least_a)
    three_w = earning_w(surplus_w, three_w_per_a, lasting_a, lam, least_a)
    earned = earned_after(earned, surplus_w, inputs.cover_w, one_w, three_w, gap_s if steady else None, params)
    rested = now_s - changed_at_s >= params.dwell_s
    mode, advantage_w, price_w, lasts_s = choose(phases, rested, now_s - on_at_s, earned, inputs, params, lam)
    feed_forward_w = surplus_w if surplus_w < inputs.free_w else inputs.free_w
    change_w = ramp_w(ramp, inputs.ahead_s)
    proportional_w = 0.0
    if mode != phases:
        changed_at_s, trim_w = now_s, 0.0
        if not phases:
            on_at_s = now_s
    elif mode and inputs.coming_w > 0.0 and steady and gap_s > 0.0:
        error_w = feed_forward_w + change_w - inputs.coming_w
        proportional_w, trim_w = corrected(trim_w, error_w, gap_s, params, learns=inputs.trims)
    current_a = 0.0
    if mode:
        per_a = one_w_per_a if mode == 1 else three_w_per_a
        current_a = _rounded_a((feed_forward_w + change_w + proportional_w + trim_w) / per_a, inputs, lam)
    least_w = (one_w_per_a if inputs.modes[0] == 1 else three_w_per_a) * least_a
    needed_w = least_w * (1.0 - site_inputs.grid_share)
    request = make_follower_request(
        mode, current_a, feed_forward_w, change_w, proportional_w, trim_w, advantage_w, price_w, lasts_s, needed_w
    )
    return make_follow_memory(mode, now_s, changed_at_s, ramp, earned, trim_w, on_at_s), request


def lasting(memory: FollowMemory, phases: int, now_s: float, gap_s: float = 0.0) -> bool:
    """Whether a car that runs on `phases` may ride through a gap in the readings: the surplus was large enough in the
    last minutes, and the gap is short. `gap_s`: for how long the power of the grid has been missing. For a part of this
    time the last surplus may have counted."""
    earned = memory.earned
    fast_w, slow_w = (
        (earned.one_fast_w, earned.one_slow_w) if phases == 1 else (earned.three_fast_w, earned.three_slow_w)
    )
    short = now_s - memory.at_s <= RIDE_S and gap_s < RIDE_S
    return memory.phases > 0 and short and fast_w > 0.0 and slow_w > 0.0


def _rounded_a(wanted_a: float, inputs: FollowerInputs, lam: float) -> float:
    """The current in steps of the charger, A. It is rounded at the break-even quantile: to the nearest step at lam 1,
    and down more often at a higher lam."""
    steps = int(wanted_a / inputs.step_a + 1.0 / (1.0 + lam)) if wanted_a > 0.0 else 0
    current_a = steps * inputs.step_a
    if current_a > inputs.max_a:
        current_a = inputs.max_a
    return current_a if current_a > inputs.least_a else inputs.least_a
