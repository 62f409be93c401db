"""The entry: the schedule of a problem, with the best solver that this installation has."""

from __future__ import annotations

from importlib.util import find_spec

from optimizer.model.schedule import Schedule
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import Problem, clipped


def solve(problem: Problem) -> Schedule:
    """The schedule of a problem. A goal that cannot be reached gives full power and what will be missing."""
    problem, notes = clipped(problem)
    if find_spec("numpy") is None:
        return solve_greedily(problem, notes)
    from optimizer.schedule.in_turn import solve_modes  # noqa: PLC0415 - it needs numpy

    return solve_modes(problem, notes)
