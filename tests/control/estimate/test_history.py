from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.history import MOST, NO_HISTORY, REACH_S, History, value_at, with_reading
from optimizer.model.reading import known, unknown

STEPS = st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(-1e4, 1e4)), max_size=80)


def told(steps: list[tuple[float, float]]) -> History:
    """A history of readings that come some seconds apart."""
    history, now_s = NO_HISTORY, 0.0
    for gap_s, power_w in steps:
        now_s += gap_s
        history = with_reading(history, known(power_w, now_s))
    return history


def test_between_two_readings_a_value_is_linear_and_outside_the_nearest() -> None:
    history = told([(10.0, 100.0), (10.0, 200.0), (10.0, 0.0)])
    assert value_at(history, 15.0) == pytest.approx(150.0)
    assert value_at(history, 20.0) == 200.0
    assert value_at(history, 5.0) == 100.0
    assert value_at(history, 99.0) == 0.0
    assert value_at(NO_HISTORY, 5.0) is None


def test_an_unknown_a_repeated_and_an_older_reading_change_nothing() -> None:
    history = told([(10.0, 100.0)])
    assert with_reading(history, unknown("no answer", 20.0)) is history
    assert with_reading(history, known(5.0, 10.0)) is history
    assert with_reading(history, known(5.0, 9.0)) is history


@given(STEPS)
def test_a_history_is_ascending_and_bounded_and_knows_its_readings(steps: list[tuple[float, float]]) -> None:
    history = told(steps)
    times_s = [at_s for at_s, _ in history]
    assert times_s == sorted(set(times_s))
    assert len(history) <= MOST
    assert all(value_at(history, at_s) == power_w for at_s, power_w in history)


@given(STEPS, st.floats(0.0, 3000.0))
def test_a_value_lies_between_the_readings(steps: list[tuple[float, float]], at_s: float) -> None:
    history = told(steps)
    power_w = value_at(history, at_s)
    if power_w is None:
        assert not history
    else:
        powers_w = [power for _, power in history]
        assert min(powers_w) - 1e-6 <= power_w <= max(powers_w) + 1e-6


def test_readings_every_five_seconds_reach_far_enough() -> None:
    history = told([(5.0, float(tick)) for tick in range(100)])
    assert history[-1][0] - history[0][0] >= REACH_S
