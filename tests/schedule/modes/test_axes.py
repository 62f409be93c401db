"""The points of the state reach from the present energies to the largest ones, with the need among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from optimizer.schedule.modes.axes import MOST_CAR_POINTS, NEAR_WH, axes_of
from optimizer.schedule.problem import Problem, clipped
from tests.schedule.problems import problems


@given(problems(most_cars=1))
def test_the_points_have_equal_distances_and_hold_every_energy(problem: Problem) -> None:
    problem, _ = clipped(problem)
    car = problem.cars[0] if problem.cars else None
    axes = axes_of(problem, car)
    for points in (axes.stored_wh, axes.charged_wh):
        distances = np.diff(points)
        assert (distances > 0.0).all()
        assert distances == pytest.approx(distances[:1].repeat(len(distances)))
    if problem.battery is not None:
        assert axes.stored_wh[0] <= problem.battery.energy_wh <= axes.stored_wh[-1]
    if car is not None:
        assert len(axes.charged_wh) <= MOST_CAR_POINTS + 2
        assert axes.charged_wh[0] <= 0.0
        assert axes.top_wh <= axes.charged_wh[-1] + NEAR_WH
        if car.need_wh <= axes.charged_wh[-1]:
            assert np.abs(axes.charged_wh - car.need_wh).min() <= NEAR_WH
