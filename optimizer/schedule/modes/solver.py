"""The entry: the best modes of one car and the battery."""

from __future__ import annotations

from optimizer.schedule.ends import Ends
from optimizer.schedule.modes.axes import NEAR_WH, axes_of
from optimizer.schedule.modes.backward import cost_to_go
from optimizer.schedule.modes.forward import Solution, follow
from optimizer.schedule.modes.stretch import stretch_of
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import has_left


def solve_one(problem: Problem, car: Car | None, ends: Ends) -> Solution:
    """The best modes of one car and the battery. Other cars are part of the conditions."""
    if car is not None and car.room_wh / car.efficiency < NEAR_WH:
        car = None  # a full car changes nothing
    here = len(problem.steps) if car is None else sum(not has_left(car, step) for step in problem.steps)
    axes = axes_of(problem, car)
    stretches = [
        stretch_of(problem, car, axes, 0, here if car is not None else 0),
        stretch_of(problem, None, axes, here if car is not None else 0, len(problem.steps)),
    ]
    values, costs = cost_to_go(problem, car, axes, stretches, ends)
    return follow(problem, car, axes, stretches, values, costs)
