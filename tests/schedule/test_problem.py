"""A problem names its mistakes, and a start outside of a range is moved into it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from optimizer.model.schedule import Goal
from optimizer.schedule.problem import Problem, ProblemError, SpareWorth, clipped
from tests.schedule.problems import NIGHT, START_S, battery, car, problem_of, problems, steps_of

STEPS = steps_of(NIGHT)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"steps": ()}, "steps: 0 steps are not between 1 and 400"),
        ({"at_s": START_S - 1.0}, r"steps\[0\]: it does not contain at_s"),
        ({"steps": (STEPS[0], STEPS[2])}, r"steps\[1\]: it does not begin where the step before ends"),
        ({"steps": (replace(STEPS[0], pv_w=-1.0),)}, r"steps\[0\]: a power is negative"),
        (
            {"steps": (replace(STEPS[0], pv_w=100.0, pv_spread_w=101.0),)},
            r"steps\[0\]: pv_spread_w 101.0 is not between 0 and pv_w 100.0",
        ),
        (
            {"steps": (replace(STEPS[0], pv_w=100.0, pv_day_spread_w=-0.5),)},
            r"steps\[0\]: pv_day_spread_w -0.5 is not between 0 and pv_w 100.0",
        ),
        (
            {"steps": (replace(STEPS[0], home_spread_w=-1.0),)},
            r"steps\[0\]: home_spread_w -1.0 is not between 0 and home_w 400.0",
        ),
        ({"steps": (replace(STEPS[0], home_w=float("nan")),)}, r"steps\[0\]\.home_w: nan is not a number"),
        ({"steps": (replace(STEPS[0], end_s=START_S + 8000.0),)}, r"steps\[0\]: its length"),
        ({"cars": (car(), car())}, "cars: two of them have the same charger"),
        ({"cars": (car(phases=()),)}, r"cars\[0\]\.phases: \(\) is none of"),
        ({"cars": (car(phases=(3, 1)),)}, r"cars\[0\]\.phases"),
        ({"cars": (car(least_a=20.0),)}, r"cars\[0\]: least_a 20.0 and most_a 16.0 are no range"),
        ({"cars": (car(efficiency=0.0),)}, r"cars\[0\]\.efficiency"),
        ({"cars": (car(room_wh=-1.0),)}, r"cars\[0\]\.room_wh"),
        ({"cars": (car(need_wh=-1.0),)}, r"cars\[0\]: its goal is negative"),
        ({"cars": (car(goal=Goal(charger="x", ready_at_s=0.0, need_wh=1.0)),)}, r"cars\[0\]: its goal"),
        ({"cars": (car(spare=(SpareWorth(1.0, 5.0), SpareWorth(2.0, 6.0))),)}, r"cars\[0\]\.spare"),
        ({"cars": (car(start_ct=-1.0),)}, r"cars\[0\]: a cost or time is negative"),
        ({"battery": battery(floor_wh=20_000.0)}, "battery: floor_wh 20000.0 and capacity_wh 10000.0 are no range"),
        ({"battery": battery(charge_w=-1.0)}, "battery: a power or cost is negative"),
        ({"battery": battery(charge_efficiency=1.2)}, "battery.charge_efficiency: 1.2"),
    ],
)
def test_a_mistake_is_named_with_its_place(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        Problem(**{"at_s": START_S, "steps": STEPS, "prices_known_until_s": START_S, **fields})


def test_a_battery_below_its_reserve_starts_at_the_reserve() -> None:
    problem, notes = clipped(problem_of(STEPS, battery=battery(100.0)))
    assert problem.battery is not None
    assert problem.battery.energy_wh == 500.0
    assert notes == ("The battery is below its reserve: the schedule counts 0.5 kWh.",)


def test_a_goal_beyond_the_car_is_said() -> None:
    _, notes = clipped(problem_of(STEPS, cars=(car(need_wh=40_000.0),)))
    assert notes == ("carport can take 30.0 kWh, and its goal needs 40.0 kWh.",)


def test_a_car_that_is_late_charges_on() -> None:
    problem, notes = clipped(problem_of(STEPS, cars=(car(need_wh=5000.0, leaves_in_s=-60.0),)))
    goal = problem.cars[0].goal
    assert goal is not None
    assert goal.ready_at_s == pytest.approx(START_S + 5000.0 / 11_040.0 * 3600.0)
    assert notes == ("The time of the goal of carport has passed. It charges until the goal is reached.",)


def test_a_car_that_is_late_and_has_enough_has_no_goal() -> None:
    problem, notes = clipped(problem_of(STEPS, cars=(car(need_wh=0.0, leaves_in_s=-60.0),)))
    assert (problem.cars[0].goal, notes) == (None, ())


@given(problems())
def test_a_clipped_problem_begins_now_and_needs_no_second_clip(problem: Problem) -> None:
    once, _ = clipped(problem)
    assert once.steps[0].start_s == problem.at_s
    assert clipped(once)[0] == once
