from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.memory import FLAT, Ramp
from optimizer.control.params import FollowParams
from optimizer.control.request.ramp import LONGEST_STEP_S, ramp_after, ramp_w

PARAMS = FollowParams()
AHEAD_S = 10.0


def after(powers_w: list[float], step_s: float = 5.0) -> Ramp:
    ramp = FLAT
    for tick, power_w in enumerate(powers_w):
        ramp = ramp_after(ramp, power_w, step_s * tick, AHEAD_S, PARAMS)
    return ramp


def test_a_ramp_that_goes_on_is_followed() -> None:
    assert 95.0 < ramp_w(after([1000.0 + 50.0 * tick for tick in range(120)]), AHEAD_S) <= 100.0


def test_noise_is_not_followed() -> None:
    noise = random.Random(1)
    ramp = after([5000.0 + noise.gauss(0.0, 400.0) for _ in range(600)])
    assert abs(ramp_w(ramp, AHEAD_S)) < 0.3 * abs(ramp.slope_w_s * AHEAD_S)


def test_a_roof_that_is_not_measured_has_no_ramp() -> None:
    assert ramp_after(after([1000.0, 2000.0]), None, 15.0, AHEAD_S, PARAMS) == FLAT


def test_a_ramp_starts_again_after_a_gap() -> None:
    ramp = ramp_after(after([1000.0 + 50.0 * tick for tick in range(120)]), 9000.0, 5000.0, AHEAD_S, PARAMS)
    assert (ramp.slope_w_s, ramp.came_w2) == (0.0, 0.0)


@given(st.lists(st.tuples(st.floats(0.0, 20_000.0), st.floats(0.0, 2.0 * LONGEST_STEP_S)), max_size=60))
def test_a_ramp_is_finite_and_never_more_than_its_slope(readings: list[tuple[float, float]]) -> None:
    ramp, now_s = FLAT, 0.0
    for power_w, since_s in readings:
        now_s += since_s
        ramp = ramp_after(ramp, power_w, now_s, AHEAD_S, PARAMS)
        change_w = ramp_w(ramp, AHEAD_S)
        assert math.isfinite(change_w)
        assert change_w * ramp.slope_w_s >= 0.0
        assert abs(change_w) <= 1.001 * abs(ramp.slope_w_s) * AHEAD_S
