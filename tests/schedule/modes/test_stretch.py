"""Of the actions that do the same, one is compared, and actions that stand together do the same to the car."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings

from optimizer.schedule.modes.axes import axes_of
from optimizer.schedule.modes.kinds import kinds_of
from optimizer.schedule.modes.starts import flags_of
from optimizer.schedule.modes.stretch import stretch_of
from optimizer.schedule.problem import Problem, clipped
from optimizer.schedule.simulate import house_of
from optimizer.schedule.stage import NUMBERS, expect, weather_of
from tests.examples import one_in
from tests.schedule.problems import problems


@settings(max_examples=one_in(2), deadline=None)
@given(problems(most_cars=1))
def test_an_action_that_is_left_out_does_what_another_one_does(problem: Problem) -> None:
    problem, _ = clipped(problem)
    car, house = problem.cars[0] if problem.cars else None, house_of(problem)
    axes = axes_of(problem, car)
    stretch = stretch_of(problem, car, axes, 0, len(problem.steps))
    for step, useful in zip(problem.steps, stretch.useful, strict=True):
        powers = [
            [
                expect(NUMBERS, house, weather, car, action, float(stored_wh), math.inf)[:2]
                for weather in kinds_of(weather_of(step))
                for stored_wh in axes.stored_wh
            ]
            for action in stretch.actions
        ]
        kept = [np.array(powers[index]) for index in useful]
        for one in powers:
            assert any(np.abs(np.array(one) - other).max() <= 1.0 + 1e-6 for other in kept)


@settings(max_examples=one_in(2), deadline=None)
@given(problems(most_cars=1))
def test_actions_that_stand_together_do_the_same_to_the_car(problem: Problem) -> None:
    problem, _ = clipped(problem)
    car = problem.cars[0] if problem.cars else None
    stretch = stretch_of(problem, car, axes_of(problem, car), 0, len(problem.steps))
    rows = [(table, useful) for tables, useful in zip(stretch.tables, stretch.useful, strict=True) for table in tables]
    for table, useful in rows:
        groups = table.groups
        places = [place for group in groups.alike for part in group.parts for place in range(part.start, part.stop)]
        assert places == list(range(len(useful)))
        for group in groups.alike:
            for flags, part in enumerate(group.parts, group.flags):
                found = [stretch.actions[place] for place in useful[part]]
                charges = {action.car == "surplus" and not action.battery_first for action in found} == {True}
                assert flags in {flags_of(found[0]), flags_of(found[0], follows=charges)}
                assert len({flags_of(action) for action in found}) == 1
            if not group.varies:
                charged_wh = table.charged_wh[group.places]
                assert (charged_wh == charged_wh[0, 0]).all()
