"""A start costs something, so that a small difference of prices causes none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.schedule import Schedule
from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.problem import SpareWorth
from optimizer.schedule.solve import solve
from tests.examples import one_in
from tests.schedule.problems import HOUR_S, battery, car, problem_of, steps_of
from tests.schedule.read import battery_modes_of, car_modes_of, runs_of

QUARTER_WH = 2760.0
"""Energy of a quarter hour at full power."""


def test_small_differences_of_prices_do_not_split_a_run_into_quarter_hours() -> None:
    prices = [25.0, 24.0] * 16
    assert runs_of(car_modes_of(solve(problem_of(steps_of(prices), cars=(car(need_wh=8000.0),)))), "fast") <= 2


@pytest.mark.parametrize("phases", [1, 3])
def test_a_running_car_does_not_switch_its_phases_for_one_quarter_hour(phases: int) -> None:
    prices = [27.0, 28.2] * 16
    own = replace(car(9000.0, 8 * HOUR_S), running="fast", running_phases=phases)
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,)), ())
    powers_w = [
        slot.cars["carport"].power_w for slot in schedule.slots if slot.cars and slot.cars["carport"].mode == "fast"
    ]
    full_w = own.power_w(phases, own.most_a)
    assert powers_w[:3] == pytest.approx([full_w] * 3)


@pytest.mark.parametrize("rest_wh", [150.0, 550.0, 1300.0, 2200.0])
@pytest.mark.parametrize("spare_ct", [0.0, 17.6])
def test_the_rest_of_a_need_is_charged_in_the_same_run(rest_wh: float, spare_ct: float) -> None:
    """A later quarter hour is a little cheaper, but a start costs more than it saves."""
    prices = [28.8, 28.0, 28.7, 28.0, 29.3, 26.8, 28.3, 27.0, *[35.0] * 20]
    own = car(QUARTER_WH + rest_wh, 3 * HOUR_S, spare=(SpareWorth(18_000.0, spare_ct),))
    own = replace(own, running="fast", running_phases=3, planned="fast")
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=battery(energy_wh=1600.0)), ())
    assert runs_of(car_modes_of(schedule), "fast") == 1
    assert schedule.outcomes[0].lack_wh == pytest.approx(0.0, abs=1.0)


def test_a_short_low_price_does_not_make_the_battery_charge_for_one_quarter_hour() -> None:
    prices = [30.0, 26.5, *[30.0] * 30]
    assert "charge" not in battery_modes_of(solve(problem_of(steps_of(prices), battery=battery(end_ct=24.0))))


@settings(max_examples=one_in(1), deadline=None)
@given(
    st.floats(1500.0, 9000.0),
    st.floats(500.0, 10_000.0),
    st.sampled_from([0.0, 2000.0, 12_000.0]),
    st.floats(5.0, 30.0),
)
def test_a_constant_surplus_has_no_turns_of_car_and_battery(
    sun_w: float, energy_wh: float, need_wh: float, worth_ct: float
) -> None:
    """The car is interrupted for the battery at most once, and stops when it is full."""
    steps = steps_of([30.0] * 24, pv_w=sun_w + 400.0)
    own = car(need_wh, 6 * HOUR_S, running="surplus", charging=True, spare=(SpareWorth(20_000.0, worth_ct),))
    schedule = solve_modes(problem_of(steps, cars=(own,), battery=battery(energy_wh, end_ct=worth_ct)))
    assert _stops(schedule, own.least_w) <= 2


def _stops(schedule: Schedule, least_w: float) -> int:
    """The number of times that the car stops charging."""
    powers_w = [least_w, *(slot.cars["carport"].power_w for slot in schedule.slots if slot.cars)]
    return sum(other < 1.0 <= one for one, other in pairwise(powers_w))


def test_car_and_battery_do_not_take_turns_for_a_tenth_of_a_cent() -> None:
    """The car and the battery are worth nearly the same in turns. A car that charges goes on."""
    steps = tuple(
        replace(step, pv_w=4000.0, feed_in_ct=8.0 + 0.1 * (index % 2))
        for index, step in enumerate(steps_of([30.0] * 16))
    )
    own = car(0.0, 4 * HOUR_S, running="surplus", spare=(SpareWorth(30_000.0, 8.05),))
    own = replace(own, charging=True)
    schedule = solve_modes(problem_of(steps, cars=(own,)))
    assert _stops(schedule, own.least_w) <= 1
    assert _stops(solve_modes(problem_of(steps, cars=(replace(own, start_ct=0.0),))), own.least_w) > 4
