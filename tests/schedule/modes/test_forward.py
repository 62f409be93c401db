"""The choice in a state between the points, and the figures of each step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.problem import Problem, SpareWorth
from optimizer.schedule.solve import solve
from tests.examples import one_in
from tests.schedule.problems import HOUR_S, battery, car, problem_of, problems, steps_of
from tests.schedule.read import car_modes_of

QUARTER_WH = 2760.0
"""Energy of a quarter hour at full power."""
FEW = settings(max_examples=one_in(2), deadline=None)
"""A schedule takes some hundredths of a second."""


@pytest.mark.parametrize("room_wh", [200.0, 1500.0, 3000.0])
@pytest.mark.parametrize("spare_ct", [0.0, 17.6])
def test_a_full_car_is_not_in_fast(room_wh: float, spare_ct: float) -> None:
    """The last point of its energies lies above what it can take."""
    prices = [15.0] * 3 + [28.0] * 5 + [45.0, 45.0, 34.0, 33.0] + [28.0] * 16
    own = car(0.0, 6 * HOUR_S, room_wh=room_wh, spare=(SpareWorth(18_000.0, spare_ct),))
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=battery()), ())
    fast = [one.power_w for slot in schedule.slots for one in slot.cars.values() if one.mode == "fast"]
    assert all(power_w > 0.0 for power_w in fast)
    assert sum(fast) * 0.25 <= room_wh + 1.0
    if room_wh == 3000.0:  # less would not pay for the start
        assert bool(fast) is (spare_ct > 15.0)


@FEW
@given(problems(most_cars=1))
def test_a_car_that_takes_nothing_is_not_in_fast(problem: Problem) -> None:
    """In `fast` the car would really charge, because the rule claims the mode and no energy."""
    for slot in solve(problem).slots:
        for one in slot.cars.values():
            assert one.mode != "fast" or one.power_w > 0.0


def test_the_worth_of_energy_in_a_nearly_full_car_is_no_larger_than_what_it_replaces() -> None:
    """The last point of its energies lies above what it can take, and nothing may be gained there."""
    prices = [25.3] * 8 + [24.2] * 40
    own = car(0.0, 12 * HOUR_S, room_wh=8433.7, spare=(SpareWorth(2433.7, 24.0), SpareWorth(8433.7, 16.4)))
    for fields in ({}, {"energy_wh": 500.0}):
        house = battery(**fields)
        schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=house), ())
        worths = [slot.cars["carport"].worth_ct for slot in schedule.slots if slot.cars]
        assert max(worths) <= 25.0
        assert min(worths) >= -0.5


def test_the_worth_of_the_battery_is_that_of_the_import_that_it_replaces() -> None:
    schedule = solve(problem_of(steps_of([30.0] * 16, home_w=1000.0), battery=battery(3000.0, end_ct=5.0)))
    first = schedule.slots[0].battery
    assert first is not None
    assert first.worth_ct == pytest.approx((30.0 - 2.0) * 0.95, abs=1.5)


def test_the_planned_mode_stays_unless_another_is_clearly_better() -> None:
    prices = [25.0] * 8 + [24.5] * 8
    problem = problem_of(steps_of(prices), cars=(car(need_wh=2760.0, running="fast", planned="fast"),))
    assert car_modes_of(solve(problem))[0] == "fast"
    assert car_modes_of(solve(replace(problem, hysteresis_ct=0.0)))[0] == "surplus"


@pytest.mark.parametrize(("worth_ct", "bought"), [(23.9, False), (24.0, False), (24.5, True)])
def test_nothing_is_bought_beyond_the_need_at_its_worth(worth_ct: float, bought: bool) -> None:
    own = car(QUARTER_WH, 8 * HOUR_S, spare=(SpareWorth(12_000.0, worth_ct),))
    schedule = solve_modes(problem_of(steps_of([24.0] * 16 + [33.0] * 24), cars=(own,)))
    charged_wh = max(slot.cars["carport"].charged_wh for slot in schedule.slots if slot.cars)
    assert (charged_wh > QUARTER_WH + 1.0) is bought
