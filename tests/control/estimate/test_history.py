from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.history import (
    MOST,
    NO_HISTORY,
    REACH_S,
    History,
    discharge_at,
    grid_at,
    pv_at,
    remembered,
    value_at,
)
from optimizer.model.reading import Reading, known, unknown
from tests.control.house import battery, state

STEPS = st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(-1e4, 1e4)), max_size=120)


def readings(steps: list[tuple[float, float]]) -> list[Reading[float]]:
    """Readings that come some seconds apart, latest first."""
    now_s, made = 0.0, []
    for gap_s, power_w in steps:
        now_s += gap_s
        made.append(known(power_w, now_s))
    return made[::-1]


def told(powers_w: list[float | None], step_s: float = 5.0) -> History:
    """The history of a house whose meter, PV, and battery show these powers. None: no answer."""
    history = NO_HISTORY
    for tick, power_w in enumerate(powers_w):
        at_s = step_s * tick
        snapshot = state(mono_s=at_s, grid_w=power_w, batteries=(battery("cellar", at_s=at_s, power_w=power_w),))
        history = remembered(history, snapshot, None if power_w is None else known(power_w, at_s))
    return history


def test_between_two_readings_a_value_is_linear_and_outside_the_nearest() -> None:
    latest_first = readings([(10.0, 100.0), (10.0, 200.0), (10.0, 0.0)])
    assert value_at(latest_first, 15.0) == pytest.approx(150.0)
    assert value_at(latest_first, 20.0) == 200.0
    assert value_at(latest_first, 5.0) == 100.0
    assert value_at(latest_first, 99.0) == 0.0
    assert value_at([], 5.0) is None
    assert value_at([unknown("no answer", 20.0), known(5.0, 10.0)], 15.0) == 5.0


@given(STEPS, st.floats(0.0, 3000.0))
def test_a_value_lies_between_the_readings(steps: list[tuple[float, float]], at_s: float) -> None:
    latest_first = readings(steps)
    power_w = value_at(latest_first, at_s)
    if power_w is None:
        assert not latest_first
    else:
        powers_w = [power for power, _, _ in latest_first if power is not None]
        assert min(powers_w) - 1e-6 <= power_w <= max(powers_w) + 1e-6


def test_each_device_is_found_in_the_history_and_a_gap_is_bridged() -> None:
    history = told([0.0, 100.0, None, 300.0])
    assert grid_at(history, 10.0) == pytest.approx(200.0)
    assert pv_at(history, 10.0) == pytest.approx(200.0)
    assert discharge_at(history, "cellar", 10.0) == pytest.approx(200.0)
    assert discharge_at(history, "attic", 10.0) is None
    assert grid_at(NO_HISTORY, 10.0) is None


@given(st.lists(st.one_of(st.none(), st.floats(-1e4, 1e4)), max_size=3 * MOST), st.sampled_from([0.5, 1.0, 5.0, 30.0]))
def test_a_history_is_bounded(powers_w: list[float | None], step_s: float) -> None:
    assert len(told(powers_w, step_s)) <= MOST


@pytest.mark.parametrize("step_s", [1.0, 5.0, 10.0])
def test_a_history_reaches_far_enough(step_s: float) -> None:
    history = told([float(tick) for tick in range(200)], step_s)
    assert history[-1].grid_w.at_s - history[0].grid_w.at_s >= REACH_S - step_s
