"""The figures of a schedule add up."""

from __future__ import annotations

import pytest
from hypothesis import given

from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.problem import Problem, clipped
from tests.schedule.problems import battery, car, problem_of, problems, steps_of


@given(problems())
def test_the_parts_add_up_to_the_cost(problem: Problem) -> None:
    for schedule in (solve_modes(*clipped(problem)), solve_greedily(*clipped(problem))):
        assert schedule.costs is not None
        assert schedule.costs.total_ct == pytest.approx(schedule.cost_ct, abs=1e-6)
        assert schedule.costs.changes_ct >= 0.0
        assert schedule.slots[0].best_ct == schedule.cost_ct


def test_an_interruption_is_part_of_the_cost() -> None:
    """Feed-in pays more than the car is worth, so a car that charges from the sun stops. It starts again later."""
    sunny = steps_of([30.0] * 8, pv_w=6000.0, feed_in_ct=50.0)
    for charging, changes_ct in ((True, 4.0), (False, 0.0)):
        schedule = solve_modes(problem_of(sunny, cars=(car(0.0, charging=charging),)))
        assert {slot.cars["carport"].mode for slot in schedule.slots} == {"off"}
        assert schedule.costs is not None
        assert schedule.costs.changes_ct == changes_ct
        assert schedule.cost_ct == pytest.approx(-8 * 0.25 * 5.6 * 50.0 + changes_ct)


@pytest.mark.parametrize(("running", "changes_ct"), [("auto", 1.0), ("hold", 0.0)])
def test_a_command_to_the_battery_is_part_of_the_cost(running: str, changes_ct: float) -> None:
    dear_later = steps_of([20.0] * 4 + [60.0] * 16, home_w=2000.0)
    problem = problem_of(dear_later, battery=battery(3000.0, running=running, may_charge_from_grid=False))
    schedule = solve_modes(problem)
    modes = [slot.battery.mode for slot in schedule.slots if slot.battery is not None]
    assert modes[0] == "hold"
    assert schedule.costs is not None
    starts = sum(one == "auto" != other for one, other in zip([running, *modes], modes, strict=False))
    assert schedule.costs.changes_ct == starts == changes_ct
