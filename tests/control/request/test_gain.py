from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.memory import Earned
from optimizer.control.params import FollowParams
from optimizer.control.request.gain import earned_after, earning_w, expected_w, import_cost

PARAMS = FollowParams()


@pytest.mark.parametrize(("share", "lam"), [(0.5, 1.0), (0.4, 1.5), (0.0, 2.0), (0.01, 2.0)])
def test_import_cost(share: float, lam: float) -> None:
    assert import_cost(share) == pytest.approx(lam)


def test_what_a_mode_earns() -> None:
    assert earning_w(5000.0, 230.0, 16.0, 1.0) == 3680.0
    assert earning_w(2000.0, 230.0, 16.0, 1.0) == 2000.0
    assert earning_w(1000.0, 230.0, 16.0, 1.0) == 1000.0 - 380.0
    assert earning_w(-500.0, 230.0, 16.0, 1.0) == -1380.0


def test_a_higher_least_current_of_the_car_needs_more_surplus() -> None:
    assert earning_w(2000.0, 230.0, 16.0, 1.0, least_a=10.0) == 2000.0 - 300.0


def test_the_changes_of_sign_add_up_under_broken_clouds_and_fade_in_steady_sun() -> None:
    earned = Earned()
    for tick in range(360):
        earned = earned_after(earned, 5000.0, 5000.0, 3680.0, 5000.0 if tick // 12 % 2 else -2000.0, 5.0, PARAMS)
    assert earned.three_turns == pytest.approx(19.0, abs=2.0)  # one a minute, with a memory of half an hour
    assert earned.one_turns == pytest.approx(0.4, abs=0.1)  # running paid all the time
    for _ in range(2160):
        earned = earned_after(earned, 5000.0, 5000.0, 3680.0, 5000.0, 5.0, PARAMS)
    assert earned.three_turns < 0.1


def test_noise_around_zero_is_no_change_of_sign() -> None:
    earned = Earned(one_side=-1.0, three_side=1.0)
    for tick in range(360):
        around_w = 150.0 if tick % 2 else -150.0
        earned = earned_after(earned, 1400.0, 1400.0, around_w, 0.0, 5.0, PARAMS)
    assert (earned.one_turns, earned.three_turns) == (0.0, 0.0)


def test_averages_start_again_after_a_gap() -> None:
    earned = earned_after(Earned(one_slow_w=900.0, three_turns=5.0), 5000.0, 6000.0, 3680.0, 5000.0, None, PARAMS)
    assert earned == Earned(one_w=3680.0, three_w=5000.0, cover_w=6000.0)


@given(st.lists(st.floats(-4000.0, 9000.0), min_size=6, max_size=6))
def test_three_phases_are_expected_to_bring_the_gain_of_one_and_their_advantage_by_the_weights_of_a_switch(
    gains_w: list[float],
) -> None:
    one_now_w, three_now_w, one_fast_w, three_fast_w, one_slow_w, three_slow_w = gains_w
    one_w, three_w = expected_w(Earned(*gains_w), (1, 3), PARAMS)
    now, fast = PARAMS.phase_now, PARAMS.phase_fast
    more_w = now * (three_now_w - one_now_w) + fast * (three_fast_w - one_fast_w)
    more_w += (1.0 - now - fast) * (three_slow_w - one_slow_w)
    assert three_w - one_w == pytest.approx(more_w, abs=1e-6)
    assert expected_w(Earned(*gains_w), (1,), PARAMS)[0] == one_w
