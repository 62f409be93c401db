"""Several cars one after the other: each is solved beside the plans of the others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from optimizer.model.schedule import Schedule
from optimizer.schedule.ends import LACK_FACTOR, ends_of
from optimizer.schedule.modes.forward import Solution
from optimizer.schedule.modes.solver import solve_one
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.result import Figures, schedule_of
from optimizer.schedule.simulate import Plan, live_through, with_other_car
from optimizer.schedule.stage import Action

ROUNDS = 2
"""How often several cars are solved against each other."""
SMALL_LACK_WH = 100.0
"""A larger lack misses a goal."""


def solve_modes(problem: Problem, notes: tuple[str, ...] = ()) -> Schedule:
    """The schedule by dynamic programming. The car that leaves first chooses first."""
    ordered = sorted(problem.cars, key=lambda car: math.inf if car.goal is None else car.goal.ready_at_s)
    problem = replace(problem, cars=tuple(ordered))
    drawn_w: dict[str, list[float]] = {}
    solutions: dict[str, Solution] = {}
    last = None if ordered else solve_one(problem, None, ends_of(problem, None))
    for _ in range(ROUNDS if len(ordered) > 1 else 1):
        for car in ordered:
            alone = _beside(problem, car, drawn_w)
            last = solutions[car.charger] = _solved(alone, car)
            if len(ordered) > 1:
                moments = live_through(alone, Plan(cars={car.charger: last.actions}, battery=last.actions))
                drawn_w[car.charger] = [moment.car_w.get(car.charger, 0.0) for moment in moments]
    assert last is not None
    figures = Figures(
        battery_ct=last.battery_ct,
        car_ct={charger: solution.car_ct for charger, solution in solutions.items()},
        margin_ct=last.margin_ct,
        second=tuple(_named(action, bool(ordered)) for action in last.second),
        interruptions_ct={charger: solution.interruptions_ct for charger, solution in solutions.items()},
        more_ct={charger: solution.more_ct for charger, solution in solutions.items()},
        battery_end_ct=None if problem.battery is None else ends_of(problem, None).battery_ct,
        notes=notes,
    )
    cars = {charger: solution.actions for charger, solution in solutions.items()}
    return schedule_of(problem, Plan(cars=cars, battery=last.actions), figures, "modes")


def _solved(problem: Problem, car: Car) -> Solution:
    """The best modes of one car and the battery.

    Fast charging is bought by whole steps. So the last few hundred Wh can cost more than their lack, and the cheapest
    modes miss the goal. Then they are solved once more. Now a small lack costs more than the most expensive step.
    """
    solution = solve_one(problem, car, ends_of(problem, car))
    if car.goal is None or car.goal.ready_at_s > problem.end_s or solution.charged_wh >= car.need_wh - SMALL_LACK_WH:
        return solution
    step_ct = max(step.import_ct * step.hours for step in problem.steps) * car.most_w / 1000.0
    urgent = replace(car, lack_ct=max(car.lack_ct, LACK_FACTOR * step_ct * 1000.0 / SMALL_LACK_WH))
    return solve_one(problem, urgent, ends_of(problem, urgent))


def _beside(problem: Problem, car: Car, drawn_w: Mapping[str, list[float]]) -> Problem:
    """The problem of one car. The others take the power of their plans."""
    steps = list(problem.steps)
    for charger, powers in drawn_w.items():
        if charger != car.charger:
            steps = [with_other_car(step, power_w) for step, power_w in zip(steps, powers, strict=True)]
    return replace(problem, steps=tuple(steps), cars=(car,))


def _named(action: Action | None, has_car: bool) -> str:
    if action is None:
        return ""
    return f"car {action.car}, battery {action.battery}" if has_car else f"battery {action.battery}"
