from __future__ import annotations

import pytest

from optimizer.control.memory import Earned
from optimizer.control.params import FollowParams
from optimizer.control.request.gain import earned_after, earning_w, import_cost

PARAMS = FollowParams()


@pytest.mark.parametrize(("share", "lam"), [(0.5, 1.0), (0.4, 1.5), (0.0, 2.8), (0.01, 2.8)])
def test_import_cost(share: float, lam: float) -> None:
    assert import_cost(share) == pytest.approx(lam)


def test_what_a_mode_earns() -> None:
    assert earning_w(5000.0, 230.0, 16.0, 1.0) == 3680.0
    assert earning_w(2000.0, 230.0, 16.0, 1.0) == 2000.0
    assert earning_w(1000.0, 230.0, 16.0, 1.0) == 1000.0 - 380.0
    assert earning_w(-500.0, 230.0, 16.0, 1.0) == -1380.0


def test_a_higher_least_current_of_the_car_needs_more_surplus() -> None:
    assert earning_w(2000.0, 230.0, 16.0, 1.0, least_a=10.0) == 2000.0 - 300.0


def test_the_swing_grows_under_broken_clouds_and_falls_in_steady_sun() -> None:
    earned = Earned()
    for tick in range(360):
        earned = earned_after(earned, 5000.0, 3680.0, 5000.0 if tick // 12 % 2 else -2000.0, 5.0, PARAMS)
    assert earned.swing_w > 1000.0
    for _ in range(1440):
        earned = earned_after(earned, 5000.0, 3680.0, 5000.0, 5.0, PARAMS)
    assert earned.swing_w < 50.0


def test_averages_start_again_after_a_gap() -> None:
    earned = earned_after(Earned(one_slow_w=900.0, swing_w=500.0), 5000.0, 3680.0, 5000.0, None, PARAMS)
    assert earned == Earned(one_w=3680.0, three_w=5000.0)
