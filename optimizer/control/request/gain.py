"""The gain of each mode: the used surplus minus the price of the caused import, now, on average, and expected. Pure."""

from __future__ import annotations

import math

from optimizer.control.memory import Earned, make_earned
from optimizer.control.params import FollowParams
from optimizer.model.site import MIN_CURRENT_A

TURN_W = 200.0
"""An advantage has changed its sign when it is beyond zero by this."""
TURNS_S = 1800.0
"""Time constant of the count of these changes."""
STRICT_LAM = 2.0
"""The value of lam for g = 0 (no import on purpose). A stop at every cloud loses more surplus than it saves import."""


def import_cost(grid_share: float) -> float:
    """lam: the loss per kWh of import divided by the gain per kWh of surplus."""
    if grid_share <= 0.0:
        return STRICT_LAM
    lam = (1.0 - grid_share) / grid_share
    return lam if lam < STRICT_LAM else STRICT_LAM


def earning_w(surplus_w: float, w_per_a: float, max_a: float, lam: float, least_a: float = MIN_CURRENT_A) -> float:
    """The gain of a mode with `w_per_a` at this surplus and the best current from `least_a` to `max_a`, W."""
    least_w = w_per_a * least_a
    if surplus_w >= least_w:
        most_w = w_per_a * max_a
        return surplus_w if surplus_w < most_w else most_w
    sun_w = surplus_w if surplus_w > 0.0 else 0.0
    return sun_w - lam * (least_w - sun_w)


def earned_after(
    earned: Earned,
    surplus_w: float,
    cover_w: float,
    one_w: float,
    three_w: float,
    gap_s: float | None,
    params: FollowParams,
) -> Earned:
    """The averages after a tick with these gains, W. `cover_w`: the surplus with the part that is reserved for
    batteries. `gap_s`: time since the tick before, s. None: the averages start again, the slow ones at zero."""
    if gap_s is None:
        return make_earned(one_w, three_w, cover_w=cover_w)
    (
        one_now_w, three_now_w, one_fast_w, three_fast_w, one_slow_w, three_slow_w, sun_slow_w,
        lately_w, one_side, one_turns, three_side, three_turns,
    ) = earned  # fmt: skip
    now, fast = 1.0 - math.exp(-gap_s / params.now_s), 1.0 - math.exp(-gap_s / params.fast_s)
    slow = 1.0 - math.exp(-gap_s / params.slow_s)
    one_now_w += now * (one_w - one_now_w)
    three_now_w += now * (three_w - three_now_w)
    one_slow_w += slow * (one_w - one_slow_w)
    three_slow_w += slow * (three_w - three_slow_w)
    kept, more_w = 1.0 - gap_s / TURNS_S, three_now_w - one_now_w
    one_turns, three_turns = kept * one_turns, kept * three_turns
    if one_now_w > TURN_W if one_side <= 0.0 else one_now_w < -TURN_W:
        one_side, one_turns = math.copysign(1.0, one_now_w), one_turns + 1.0
    if more_w > TURN_W if three_side <= 0.0 else more_w < -TURN_W:
        three_side, three_turns = math.copysign(1.0, more_w), three_turns + 1.0
    return make_earned(
        one_now_w,
        three_now_w,
        one_fast_w + fast * (one_w - one_fast_w),
        three_fast_w + fast * (three_w - three_fast_w),
        one_slow_w,
        three_slow_w,
        sun_slow_w + slow * (surplus_w - sun_slow_w),
        lately_w + now * (cover_w - lately_w),
        one_side,
        one_turns,
        three_side,
        three_turns,
    )


def expected_w(earned: Earned, modes: tuple[int, ...], params: FollowParams) -> tuple[float, float]:
    """The expected gain on one and on three phases, W.

    Where both are possible, three phases are expected to bring the gain of one phase and their advantage over it. So a
    stop and a switch of phases rest on the same expectation. Otherwise a car would stop on three phases by the quick
    weights, and start again on one phase a little later.
    """
    one_now_w, three_now_w, one_fast_w, three_fast_w, one_slow_w, three_slow_w, _, _, _, _, _, _ = earned
    now, fast = params.on_now, params.on_fast
    slow = 1.0 - now - fast
    one_w = now * one_now_w + fast * one_fast_w + slow * one_slow_w
    if len(modes) < 2:
        return one_w, now * three_now_w + fast * three_fast_w + slow * three_slow_w
    now, fast = params.phase_now, params.phase_fast
    now_w, fast_w = now * (three_now_w - one_now_w), fast * (three_fast_w - one_fast_w)
    return one_w, one_w + now_w + fast_w + (1.0 - now - fast) * (three_slow_w - one_slow_w)
