"""The part of the state on which starts depend, and the cost of starts."""

from __future__ import annotations

import numpy as np

from optimizer.schedule.modes.axes import Floats
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import fast_phases
from optimizer.schedule.stage import Action

FLAGS = 6
"""Car fast on several phases (2) or on one (4), and battery commanded (1), in the step before."""


def flags_of(action: Action) -> int:
    """What the next step has to know of this action."""
    return 2 * _car_flag(action.phases if action.car == "fast" else 0) + (action.battery != "auto")


def _car_flag(phases: int) -> int:
    """0: not fast, 1: fast on several phases, 2: fast on one."""
    return 2 if phases == 1 else 1 if phases else 0


def first_flags(problem: Problem, car: Car | None) -> int:
    """The flags before the first step."""
    fast = 0 if car is None else _car_flag(fast_phases(car, car.running, car.running_phases))
    commanded = problem.battery is not None and problem.battery.running not in (None, "auto")
    return 2 * fast + commanded


def starts_ct_of(problem: Problem, car: Car | None) -> Floats:
    """By flags before and after: the cost of starts."""
    fast_ct = 0.0 if car is None else car.start_ct
    command_ct = 0.0 if problem.battery is None else problem.battery.start_ct
    flags = np.arange(FLAGS)
    fast, commanded = flags // 2, flags % 2
    begins = (fast[None, :] > 0) & (fast[None, :] != fast[:, None])
    return np.asarray(fast_ct * begins + command_ct * (commanded[None, :] > commanded[:, None]))
