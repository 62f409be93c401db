"""The follower of one charger: it chooses when to run, the number of phases, and the current. Pure.

One number sets the economics: a kWh from the grid costs `lam` times the value of a kWh of surplus. For a grid share g,
lam = (1 − g) / g. Each mode (off, one phase, three phases) has a gain: the used surplus − lam × the caused import. The
choice of the mode is an optimal-stopping problem with a price for each change, because relays wear and a start loses
seconds of surplus. The current in a mode is a feed-forward of the surplus with the PV ramp, plus a slow integral trim.
"""

from __future__ import annotations

import math
import threading

from simple_pid import PID

from optimizer.control.memory import FLAT, Earned, FollowMemory, Ramp, make_earned, make_follow_memory, make_ramp
from optimizer.control.params import FollowParams
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.model.value import maker, value

STRICT_LAM = 2.8
"""The value of lam for g = 0 (no import on purpose). A stop at every cloud loses more surplus than it saves import."""
SCARCITY = 0.2
"""A price has its nominal value if this part of the allowance remains."""
PRICE_FLOOR, PRICE_CAP, STOP_CAP = 0.7, 10.0, 3.0
"""Factors on the prices. A price rises as the allowance runs out, up to a cap. A stop stays cheap because it ends grid
import."""
CAPPED_FROM = 1.0 - SCARCITY / PRICE_CAP
"""From this used part of the allowance on, a price has its cap."""
STRICT_STARTS, STRICT_SWITCHES = 0.1, 0.22
"""Strict following (lam above 1) needs more stops and starts. These parts are added to its allowances."""
LASTING_LACK = 0.8
"""If the slow average of the surplus is below this part of the power at the least current, the lack lasts longer than a
cloud. Then a stop keeps the grid share, at any price."""
LONGEST_STEP_S = 65.0
"""After a longer gap between two ticks, the averages and the slope start again."""
SHORTEST_STEP_S = 0.001
"""A PV reading that follows the one before by less than this gives no slope."""
RIDE_S = 60.0
"""Longest time without a surplus that a running car rides through. The last reading is up to 15 s older."""
DAY_S = 86400.0
MOST_PIDS = 16
"""Largest number of stored controllers. A sweep of parameters needs a few, not thousands."""


@value
class SiteInputs:
    """The inputs of one tick that all chargers share."""

    now_s: float
    pv_w: float | None
    """PV power of all systems. None while unknown or not measured."""
    pv_at_s: float
    grid_share: float


make_site_inputs = maker(SiteInputs)


@value
class FollowerInputs:
    """The inputs of one tick for one charger."""

    site_inputs: SiteInputs
    surplus_w: float
    """Power that it can draw without import, including its present power."""
    free_w: float
    """The part of `surplus_w` that no other charger still uses."""
    residual_w: float
    """Power from the grid (and a discharging battery) above the target: the error that the trim removes."""
    trims: bool
    """Whether the trim may learn: the car has followed the last write, to a current between the limits."""
    modes: tuple[int, ...]
    """The allowed numbers of phases: (1,), (3,), or (1, 3)."""
    three_w_per_a: float
    """Power of one ampere on three phases: 690 W, or less with a car that uses fewer phases."""
    max_a: float
    step_a: float
    keep_on: bool
    """At least `least_a` at any surplus (`min_surplus`)."""
    may_start: bool
    least_a: float = MIN_CURRENT_A
    """The least current that the car charges with."""


make_follower_inputs = maker(FollowerInputs)


@value
class FollowerRequest:
    """The request of the follower and its terms."""

    phases: int
    """0 = off."""
    current_a: float
    feed_forward_w: float
    ramp_w: float
    trim_w: float
    advantage_w: float
    """Off: the gain of the best mode. On: the loss by a stop."""
    price_w: float
    """A start needs an advantage above this. A stop needs an advantage below its negative."""
    needed_w: float
    """The surplus at which the smallest mode has a gain of 0."""


make_follower_request = maker(FollowerRequest)


def booked(memory: FollowMemory, params: FollowParams, started: bool, switched: bool) -> FollowMemory:
    """The memory after an order to start or to switch phases. The used part of an allowance is at most 1."""
    starts = 1.0 / (params.starts_per_day * params.budget_days) if started else 0.0
    switches = 1.0 / (params.switches_per_day * params.budget_days) if switched else 0.0
    return memory._replace(
        starts_used=min(1.0, memory.starts_used + starts), switches_used=min(1.0, memory.switches_used + switches)
    )


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


def follow(memory: FollowMemory, inputs: FollowerInputs, params: FollowParams) -> tuple[FollowMemory, FollowerRequest]:
    """One tick of one charger."""
    phases, at_s, changed_at_s, ramp, earned, trim_w, starts_used, switches_used, _ = memory
    site_inputs, surplus_w, three_w_per_a = inputs.site_inputs, inputs.surplus_w, inputs.three_w_per_a
    now_s = site_inputs.now_s
    lam = import_cost(site_inputs.grid_share)
    gap_s = now_s - at_s
    steady = 0.0 <= gap_s < LONGEST_STEP_S
    ramp = _ramp(ramp, site_inputs, params)
    earned = _earn(earned, inputs, params, lam, gap_s if steady else None)
    if 0.0 < gap_s < math.inf:
        kept = 1.0 - min(1.0, gap_s / (params.budget_days * DAY_S))
        starts_used, switches_used = starts_used * kept, switches_used * kept
    start, switch = _prices(starts_used, switches_used, params, lam)
    rested = now_s - changed_at_s >= params.dwell_s
    mode, advantage_w, price_w = _choose(phases, rested, earned, inputs, params, start, switch)
    if mode != phases:
        changed_at_s, trim_w = now_s, 0.0
    elif mode and inputs.trims and steady and gap_s > 0.0:
        trim_w = _trimmed_w(trim_w, inputs.residual_w, gap_s, params)
    feed_forward_w = surplus_w if surplus_w < inputs.free_w else inputs.free_w
    ramp_w = ramp.slope_w_s * params.lookahead_s
    current_a = 0.0
    if mode:
        per_a = NOMINAL_VOLTAGE_V if mode == 1 else three_w_per_a
        current_a = _rounded_a((feed_forward_w + ramp_w + trim_w) / per_a, inputs, lam)
    least_w = (NOMINAL_VOLTAGE_V if inputs.modes[0] == 1 else three_w_per_a) * inputs.least_a
    needed_w = least_w * lam / (1.0 + lam)
    request = make_follower_request(mode, current_a, feed_forward_w, ramp_w, trim_w, advantage_w, price_w, needed_w)
    return make_follow_memory(mode, now_s, changed_at_s, ramp, earned, trim_w, starts_used, switches_used), request


def lasting(memory: FollowMemory, phases: int, now_s: float) -> bool:
    """Whether a car that runs on `phases` may ride through a gap in the readings: the surplus was large enough in the
    last minutes, and the gap is short."""
    earned = memory.earned
    fast_w, slow_w = (
        (earned.one_fast_w, earned.one_slow_w) if phases == 1 else (earned.three_fast_w, earned.three_slow_w)
    )
    return memory.phases > 0 and now_s - memory.at_s <= RIDE_S and fast_w > 0.0 and slow_w > 0.0


def _ramp(ramp: Ramp, site_inputs: SiteInputs, params: FollowParams) -> Ramp:
    """The slope after this tick's PV reading. Only PV has a ramp, because appliances switch."""
    pv_w = site_inputs.pv_w
    if pv_w is None:
        return FLAT
    before_w, before_s, slope_w_s = ramp
    since_s = site_inputs.pv_at_s - before_s
    if since_s < SHORTEST_STEP_S:
        return ramp
    if since_s >= LONGEST_STEP_S:
        return make_ramp(pv_w, site_inputs.pv_at_s)
    weight = 1.0 - math.exp(-since_s / params.ramp_s)
    return make_ramp(pv_w, site_inputs.pv_at_s, slope_w_s + weight * ((pv_w - before_w) / since_s - slope_w_s))


def _earn(earned: Earned, inputs: FollowerInputs, params: FollowParams, lam: float, gap_s: float | None) -> Earned:
    """The gain of each mode now, and the averages. They start at zero after a gap."""
    surplus_w = inputs.surplus_w
    one_w = earning_w(surplus_w, NOMINAL_VOLTAGE_V, inputs.max_a, lam, inputs.least_a)
    three_w = earning_w(surplus_w, inputs.three_w_per_a, inputs.max_a, lam, inputs.least_a)
    if gap_s is None:
        return make_earned(one_w, three_w)
    _, _, one_fast_w, three_fast_w, one_slow_w, three_slow_w, sun_slow_w = earned
    fast, slow = 1.0 - math.exp(-gap_s / params.fast_s), 1.0 - math.exp(-gap_s / params.slow_s)
    return make_earned(
        one_w,
        three_w,
        one_fast_w + fast * (one_w - one_fast_w),
        three_fast_w + fast * (three_w - three_fast_w),
        one_slow_w + slow * (one_w - one_slow_w),
        three_slow_w + slow * (three_w - three_slow_w),
        sun_slow_w + slow * (surplus_w - sun_slow_w),
    )


def _prices(starts_used: float, switches_used: float, params: FollowParams, lam: float) -> tuple[float, float]:
    """The factors on the prices: first of starts and stops, then of switches. They rise as the allowances run out. The
    first also rises with lam, because the gain then varies more."""
    strictness = (lam - 1.0) / (STRICT_LAM - 1.0) if lam > 1.0 else 0.0
    start = _price(starts_used / (1.0 + STRICT_STARTS * strictness)) * 0.5 * (1.0 + lam)
    return start, _price(switches_used / (1.0 + STRICT_SWITCHES * strictness))


def _choose(
    mode: int, rested: bool, earned: Earned, inputs: FollowerInputs, params: FollowParams, start: float, switch: float
) -> tuple[int, float, float]:
    """The next mode after `mode`, the advantage of the running or the best mode, and the price of a start or stop."""
    one_now_w, three_now_w, one_fast_w, three_fast_w, one_slow_w, three_slow_w, sun_slow_w = earned
    now, fast, modes = params.on_now, params.on_fast, inputs.modes
    slow = 1.0 - now - fast
    one_w = now * one_now_w + fast * one_fast_w + slow * one_slow_w
    three_w = now * three_now_w + fast * three_fast_w + slow * three_slow_w
    if mode not in modes:
        best = 1
        if 3 in modes and (1 not in modes or (three_w >= one_w and inputs.surplus_w >= _least_w(3, inputs))):
            best = 3
        best_w, price_w = three_w if best == 3 else one_w, start * params.price_start_w
        if mode or inputs.keep_on:
            return (best if best_w > 0.0 else modes[0]), best_w, price_w
        starts = best_w > price_w and rested and inputs.may_start
        starts = starts and inputs.surplus_w >= _least_w(best, inputs)
        return (best if starts else 0), best_w, price_w
    here_w, price_w = one_w if mode == 1 else three_w, (start if start < STOP_CAP else STOP_CAP) * params.price_stop_w
    if not rested:
        return mode, here_w, price_w
    stop_gain_w = -here_w - price_w
    least_w = _least_w(modes[0], inputs)
    lack_w = LASTING_LACK * least_w
    if inputs.surplus_w < lack_w and sun_slow_w < lack_w and stop_gain_w < least_w:
        stop_gain_w = least_w  # to continue would be import on purpose
    if inputs.keep_on:
        stop_gain_w = -math.inf
    if len(modes) > 1:
        now, fast = params.phase_now, params.phase_fast
        up_w = (
            now * (three_now_w - one_now_w)
            + fast * (three_fast_w - one_fast_w)
            + (1.0 - now - fast) * (three_slow_w - one_slow_w)
        )
        gain_w = up_w - switch * params.price_up_w if mode == 1 else -up_w - switch * params.price_down_w
        if gain_w > 0.0 and gain_w >= stop_gain_w:
            return 4 - mode, here_w, price_w
    return (0 if stop_gain_w > 0.0 else mode), here_w, price_w


def _least_w(phases: int, inputs: FollowerInputs) -> float:
    """The surplus below which the least current would import more than the grid share."""
    per_a = NOMINAL_VOLTAGE_V if phases == 1 else inputs.three_w_per_a
    return per_a * inputs.least_a * (1.0 - inputs.site_inputs.grid_share)


def _price(used: float) -> float:
    """The factor on a price if this part of the allowance is used."""
    if used >= CAPPED_FROM:
        return PRICE_CAP
    price = SCARCITY / (1.0 - used)
    return price if price > PRICE_FLOOR else PRICE_FLOOR


class _Pids(threading.local):
    """The controllers of simple-pid by integral time and limit, made once per thread, because one is slow to make."""

    def __init__(self) -> None:
        self.made: dict[tuple[float, float], PID] = {}

    def of(self, ti_s: float, limit_w: float) -> PID:
        """A purely integral controller without a clock."""
        pid = self.made.get((ti_s, limit_w))
        if pid is None:
            if len(self.made) >= MOST_PIDS:
                self.made.clear()
            limits = (-limit_w, limit_w)
            pid = PID(0.0, 1.0 / ti_s, 0.0, sample_time=None, output_limits=limits, time_fn=_no_clock)
            self.made[ti_s, limit_w] = pid
        return pid


_pids = _Pids()


def _trimmed_w(trim_w: float, residual_w: float, dt_s: float, params: FollowParams) -> float:
    """The integral after this tick. The controller has no state of its own. It continues from `trim_w`."""
    pid = _pids.of(params.trim_ti_s, params.trim_limit_w)
    pid.set_auto_mode(False)
    pid.set_auto_mode(True, trim_w)
    return pid(residual_w, dt_s) or 0.0


def _no_clock() -> float:
    """simple-pid reads the time even if it gets dt. A pure function has no time."""
    return 0.0


def _rounded_a(wanted_a: float, inputs: FollowerInputs, lam: float) -> float:
    """The current in steps of the charger, A. It is rounded at the break-even quantile: to the nearest step at lam 1,
    and down more often at a higher lam."""
    steps = int(wanted_a / inputs.step_a + 1.0 / (1.0 + lam)) if wanted_a > 0.0 else 0
    current_a = steps * inputs.step_a
    if current_a > inputs.max_a:
        current_a = inputs.max_a
    return current_a if current_a > inputs.least_a else inputs.least_a
