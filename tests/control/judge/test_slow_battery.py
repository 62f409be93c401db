from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.slow_battery import STEP_W, WEIGHT, SlowHome, averaged


def after(*homes_w: float) -> SlowHome:
    """The average after balances that are 30 s apart."""
    slow = SlowHome()
    for number, home_w in enumerate(homes_w):
        slow = averaged(slow, home_w, 30.0 * number)
    return slow


def test_the_first_balance_counts_whole_and_later_ones_in_part() -> None:
    assert after(400.0).home_w == 400.0
    assert after(400.0, 500.0).home_w == pytest.approx(400.0 + WEIGHT * 100.0)


def test_one_false_balance_moves_the_average_little_and_two_are_a_change() -> None:
    assert after(400.0, 9000.0).home_w == pytest.approx(400.0 + WEIGHT * STEP_W)
    assert after(400.0, 9000.0, 9010.0).home_w == 9010.0
    assert abs(after(400.0, 9000.0, -9000.0).home_w - 400.0) <= WEIGHT * STEP_W


def test_a_repeated_moment_changes_nothing() -> None:
    slow = after(400.0, 500.0)
    assert averaged(slow, 9000.0, slow.at_s) is slow


@given(st.lists(st.floats(-20_000.0, 20_000.0), min_size=1, max_size=20))
def test_the_average_stays_between_the_balances(homes_w: list[float]) -> None:
    assert min(homes_w) - 1e-6 <= after(*homes_w).home_w <= max(homes_w) + 1e-6
