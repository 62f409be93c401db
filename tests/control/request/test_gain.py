from __future__ import annotations

import pytest

from optimizer.control.memory import Earned
from optimizer.control.params import FollowParams
from optimizer.control.request.gain import earned_after, earning_w, import_cost

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
