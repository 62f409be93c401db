"""The part of the state on which starts depend, and the cost of starts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optimizer.schedule.modes.axes import Floats
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import fast_phases
from optimizer.schedule.stage import Action

FLAGS = 8
"""Car fast on several phases (2) or on one (4), or following the surplus (6), and battery commanded (1), in the step
before."""
FOLLOWS = 3
"""The car follows the surplus, and charges."""


class Starts(NamedTuple):
    """The costs of starts."""

    begin_ct: Floats
    """By flags before and after."""
    interrupt_ct: Floats
    """By flags before: the cost of stopping a car that the surplus would carry on, because it starts again later."""


def flags_of(action: Action, *, follows: bool = False) -> int:
    """The flags of this action for the next step. `follows`: the car follows the surplus, and charges."""
    car = FOLLOWS if follows else _car_flag(action.phases if action.car == "fast" else 0)
    return 2 * car + (action.battery != "auto")


def _car_flag(phases: int) -> int:
    """0: it is not in `fast`, 1: fast on several phases, 2: fast on one."""
    return 2 if phases == 1 else 1 if phases else 0


def first_flags(problem: Problem, car: Car | None) -> int:
    """The flags before the first step."""
    before = 0
    if car is not None:
        before = _car_flag(fast_phases(car, car.running, car.running_phases))
        before = FOLLOWS if not before and car.charging else before
    commanded = problem.battery is not None and problem.battery.running not in (None, "auto")
    return 2 * before + commanded


def starts_of(problem: Problem, car: Car | None) -> Starts:
    """The costs of starts of a car and of commands to the battery."""
    start_ct = 0.0 if car is None else car.start_ct
    command_ct = 0.0 if problem.battery is None else problem.battery.start_ct
    flags = np.arange(FLAGS)
    before, after = (flags // 2)[:, None], (flags // 2)[None, :]
    begins = (after > 0) & (after < FOLLOWS) & (after != before)
    commands = (flags % 2)[None, :] > (flags % 2)[:, None]
    return Starts(
        begin_ct=np.asarray(start_ct * begins + command_ct * commands, dtype=np.float64),
        interrupt_ct=np.asarray(start_ct * (flags // 2 > 0), dtype=np.float64),
    )
