"""Following one surplus with one charger: when to run, on how many phases, at which current.

Pure: `follow(memory, now, params)`. The economics stand in one number. A kWh from the grid costs `lam` times what
a kWh of surplus is worth (lam = (1 − g) / g for a grid share g), so each mode (off, one phase, three phases) earns
a rate: surplus taken − lam × import caused. Modes change when another would have earned more, and is still earning
more, by a margin that a start or a switch must be worth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from simple_pid import PID

from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V

UP_FILTER_S = 15.0
"""Rising surplus is followed through this filter; falling surplus at once."""
QUICK_S = 100.0
SLOW_S = 500.0
"""Horizons over which a mode's earnings are averaged: a passing cloud moves the first, weather the second."""
TRIM_KP = 0.1
TRIM_TI_S = 90.0
"""Integral time of the trim."""
TRIM_LIMIT_A = 0.5
MODE_MARGIN_W = {(0, 1): 220.0, (1, 0): 280.0, (0, 3): 220.0, (3, 0): 280.0, (1, 3): 560.0, (3, 1): 335.0}
"""By how much another mode must earn more, by (from, to): what a start or a switch is worth."""


class Earned(NamedTuple):
    """Averages of what a mode would have earned, W."""

    quick_w: float = 0.0
    slow_w: float = 0.0

    @property
    def outlook_w(self) -> float:
        """What it may be expected to earn in the next minutes."""
        return 0.5 * (self.quick_w + self.slow_w)


class FollowMemory(NamedTuple):
    """What the follower carries from tick to tick."""

    phases: int = 0
    """0 = off."""
    at_s: float = -math.inf
    """Time of the last tick."""
    level_w: float = 0.0
    """Filtered surplus: down at once, up slowly."""
    one: Earned = Earned()
    three: Earned = Earned()
    trim_a: float = 0.0
    """Integral of the PID."""


class Sight(NamedTuple):
    """What one charger sees in one tick."""

    now_s: float
    surplus_w: float
    """What it may take without import, its own consumption included."""
    free_w: float
    """The part of it that no other charger is still using."""
    pv_w: float | None
    drawn_w: float
    """What its car draws now."""
    settled: bool
    """Whether the car has had time to follow the last write."""
    modes: tuple[int, ...]
    """Numbers of phases it may run on: (1,), (3,) or (1, 3)."""
    three_w_per_a: float
    """Power of one ampere on three phases: 690 W, less with a car that uses fewer."""
    max_a: float
    grid_share: float
    keep_on: bool
    """At least 6 A, whatever the surplus (`min_surplus`)."""
    may_start: bool
    may_switch: bool


class Wish(NamedTuple):
    """What the follower wants, and the terms of it."""

    phases: int
    """0 = off."""
    current_a: float
    feed_forward_a: float
    proportional_a: float
    integral_a: float
    outlook_w: float
    """Expected earnings of the best running mode; negative: it would lose."""
    needed_w: float
    """Surplus at which the smallest mode breaks even."""


def earning_w(surplus_w: float, w_per_a: float, max_a: float, lam: float) -> float:
    """What a mode of `w_per_a` would earn at this surplus, W: surplus taken − lam × grid import caused."""
    least_w, most_w = w_per_a * MIN_CURRENT_A, w_per_a * max_a
    sun_w = max(0.0, surplus_w)
    if sun_w >= least_w:
        return min(sun_w, most_w)
    return sun_w - lam * (least_w - sun_w)


def follow(memory: FollowMemory, sight: Sight) -> tuple[FollowMemory, Wish]:
    """One tick of one charger."""
    dt_s = min(60.0, max(0.0, sight.now_s - memory.at_s)) if memory.at_s > -math.inf else 0.0
    lam = (1.0 - sight.grid_share) / sight.grid_share if sight.grid_share > 0.0 else 20.0
    one = _average(memory.one, earning_w(sight.surplus_w, NOMINAL_VOLTAGE_V, sight.max_a, lam), dt_s, memory.at_s)
    three = _average(memory.three, earning_w(sight.surplus_w, sight.three_w_per_a, sight.max_a, lam), dt_s, memory.at_s)
    level_w = memory.level_w
    if sight.free_w < level_w or memory.at_s == -math.inf:
        level_w = sight.free_w
    else:
        level_w += (1.0 - math.exp(-dt_s / UP_FILTER_S)) * (sight.free_w - level_w)
    phases = _choose(memory.phases, one, three, sight)
    current_a, feed_forward_a, proportional_a, trim_a = _current(memory, phases, level_w, sight, dt_s)
    outlook_w = max((one if n == 1 else three).outlook_w for n in sight.modes)
    least_per_a = NOMINAL_VOLTAGE_V if 1 in sight.modes else sight.three_w_per_a
    needed_w = least_per_a * MIN_CURRENT_A * (1.0 - sight.grid_share)
    wish = Wish(phases, current_a, feed_forward_a, proportional_a, trim_a, outlook_w, needed_w)
    return FollowMemory(phases, sight.now_s, level_w, one, three, trim_a), wish


def _average(earned: Earned, rate_w: float, dt_s: float, last_s: float) -> Earned:
    if last_s == -math.inf:
        return Earned(min(0.0, rate_w), min(0.0, rate_w))
    quick, slow = 1.0 - math.exp(-dt_s / QUICK_S), 1.0 - math.exp(-dt_s / SLOW_S)
    return Earned(earned.quick_w + quick * (rate_w - earned.quick_w), earned.slow_w + slow * (rate_w - earned.slow_w))


def _choose(current: int, one: Earned, three: Earned, sight: Sight) -> int:
    outlook = {0: -math.inf if sight.keep_on else 0.0}
    for phases in sight.modes:
        outlook[phases] = (one if phases == 1 else three).outlook_w
    if current not in outlook:
        current = 0
    best, best_w = current, 0.0
    for mode, expected_w in outlook.items():
        if mode == current or (current == 0 and not sight.may_start and not sight.keep_on):
            continue
        if current and mode and not sight.may_switch:
            continue
        gain_w = expected_w - max(outlook[current], -1e9) - MODE_MARGIN_W[current, mode]
        if gain_w > best_w:
            best, best_w = mode, gain_w
    return best


def _current(
    memory: FollowMemory, phases: int, level_w: float, sight: Sight, dt_s: float
) -> tuple[float, float, float, float]:
    """(current, feed-forward, proportional, integral) in A."""
    if phases == 0:
        return 0.0, 0.0, 0.0, 0.0
    per_a = NOMINAL_VOLTAGE_V if phases == 1 else sight.three_w_per_a
    feed_forward_a = level_w / per_a
    proportional_a, trim_a = 0.0, memory.trim_a
    within = MIN_CURRENT_A < feed_forward_a < sight.max_a
    if sight.settled and within and dt_s > 0.0 and phases == memory.phases:
        pid = PID(
            TRIM_KP,
            TRIM_KP / TRIM_TI_S,
            setpoint=feed_forward_a,
            sample_time=None,
            output_limits=(-TRIM_LIMIT_A, TRIM_LIMIT_A),
            time_fn=_no_clock,
            starting_output=trim_a,
        )
        pid(sight.drawn_w / per_a, dt=dt_s)
        proportional_a, trim_a, _ = pid.components
    current_a = max(MIN_CURRENT_A, min(sight.max_a, feed_forward_a + proportional_a + trim_a))
    return current_a, feed_forward_a, proportional_a, trim_a


def _no_clock() -> float:
    """simple-pid asks for the time even when it is given dt; a pure function has none to give."""
    return 0.0
