"""The error of PV is split into that of its day and that of the quarter hour, and nothing is added."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.schedule.spreads import ERROR_S, PvErrors, pv_spreads

parts = st.just(0.0) | st.floats(1e-6, 1.0)
powers = st.lists(st.sampled_from([0.0, 0.0, 1.0, 300.0, 8000.0]), min_size=1, max_size=96)


def quarters(powers_w: list[float]) -> list[tuple[float, float]]:
    return [(900.0 * place, power_w) for place, power_w in enumerate(powers_w)]


@given(powers, parts, parts, st.floats(0.0, 899.0))
def test_both_parts_together_are_the_whole_error(
    powers_w: list[float], quarter_hour: float, day: float, now_s: float
) -> None:
    found = pv_spreads(quarters(powers_w), PvErrors(quarter_hour, day), now_s)
    for (start_s, power_w), spread in zip(quarters(powers_w), found, strict=True):
        whole_w = power_w * quarter_hour * (1.0 - math.exp(-max(0.0, start_s - now_s) / ERROR_S))
        assert math.hypot(*spread) == pytest.approx(whole_w)
        assert 0.0 <= spread.day_w <= power_w * min(quarter_hour, day)


@given(powers, parts, parts)
def test_the_kind_of_a_day_is_known_after_some_sun_and_forgotten_in_the_night(
    powers_w: list[float], quarter_hour: float, day: float
) -> None:
    found, sun_s = pv_spreads(quarters(powers_w), PvErrors(quarter_hour, day), 0.0), 0.0
    for power_w, spread in zip(powers_w, found, strict=True):
        if power_w == 0.0 or sun_s < ERROR_S:
            assert spread.day_w == 0.0
        else:
            assert (spread.day_w > 0.0) is (power_w * min(quarter_hour, day) > 1e-300)
        sun_s = 0.0 if power_w == 0.0 else sun_s + 900.0


@given(powers, parts)
def test_the_present_is_certain_and_later_is_less_certain(powers_w: list[float], error: float) -> None:
    steady = [max(powers_w)] * len(powers_w)
    found = [math.hypot(*spread) for spread in pv_spreads(quarters(steady), PvErrors(error, error / 2.0), 0.0)]
    assert found[0] == 0.0
    assert all(one <= other + 1e-9 for one, other in pairwise(found))
