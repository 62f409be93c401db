from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import DAY_S, HOUR_S, Allowance, due_in_s, left, may_spend, spend

ALLOWANCE = Allowance(per_hour=3, per_day=8, spacing_s=60.0)


@given(st.lists(st.floats(0.0, 4000.0), max_size=200))
def test_no_sequence_of_attempts_exceeds_the_allowance(gaps_s: list[float]) -> None:
    now_s, spent, all_spent = 0.0, (), []  # type: float, tuple[float, ...], list[float]
    for gap_s in gaps_s:
        now_s += gap_s
        if may_spend(spent, ALLOWANCE, now_s):
            spent = spend(spent, ALLOWANCE, now_s)
            all_spent.append(now_s)
    for at_s in all_spent:
        assert sum(at_s - HOUR_S < other <= at_s for other in all_spent) <= 3
        assert sum(at_s - DAY_S < other <= at_s for other in all_spent) <= 8
    assert all(b - a >= 60.0 for a, b in pairwise(all_spent))
    assert len(spent) <= 8


def test_an_allowance_of_nothing_allows_nothing() -> None:
    assert not may_spend((), Allowance(per_hour=0, per_day=0), 0.0)


@given(st.lists(st.floats(0.0, 4000.0), max_size=60), st.floats(0.0, 9000.0))
def test_an_operation_is_allowed_when_it_is_due_and_not_before(gaps_s: list[float], later_s: float) -> None:
    now_s, spent = 0.0, ()  # type: float, tuple[float, ...]
    for gap_s in gaps_s:
        now_s += gap_s
        if may_spend(spent, ALLOWANCE, now_s):
            spent = spend(spent, ALLOWANCE, now_s)
    now_s += later_s
    rest_s = due_in_s(spent, ALLOWANCE, now_s)
    assert may_spend(spent, ALLOWANCE, now_s + rest_s + 0.001)
    assert rest_s == 0.0 or not may_spend(spent, ALLOWANCE, now_s + rest_s - 0.001)


def test_an_allowance_of_nothing_is_due_in_a_day_at_most() -> None:
    assert due_in_s((), Allowance(per_hour=0, per_day=0), 5.0) == DAY_S


@given(st.lists(st.floats(60.0, 4000.0), max_size=60))
def test_what_is_left_agrees_with_what_may_be_spent(gaps_s: list[float]) -> None:
    now_s, spent = 0.0, ()  # type: float, tuple[float, ...]
    for gap_s in gaps_s:
        now_s += gap_s
        remaining = left(spent, ALLOWANCE, now_s)
        assert 0 <= remaining <= ALLOWANCE.per_hour
        assert (remaining > 0) is may_spend(spent, ALLOWANCE, now_s)
        if remaining:
            spent = spend(spent, ALLOWANCE, now_s)
            assert left(spent, ALLOWANCE, now_s) == remaining - 1


def test_the_hour_and_the_day_both_limit_what_is_left() -> None:
    assert left((), ALLOWANCE, 0.0) == 3
    assert left((0.0, 100.0), ALLOWANCE, 200.0) == 1
    assert left(tuple(5000.0 * number for number in range(7)), ALLOWANCE, 40_000.0) == 1
