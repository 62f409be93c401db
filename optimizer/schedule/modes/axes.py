"""The points of the state: energies in the battery and in the car."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import has_left

Floats = npt.NDArray[np.float64]
BATTERY_POINTS = 17
CAR_STEP_WH = 1000.0
"""Largest distance of two car energies. A quarter hour at full power is a multiple of it."""
MOST_CAR_POINTS = 80
NEAR_WH = 1.0
"""A smaller lack is none."""
NEAR_CT = 0.01
"""Prices whose difference is smaller are equal."""


class Shift(NamedTuple):
    """From each point of the car to the energy after a step."""

    lower: npt.NDArray[np.int64]
    """The point below the energy."""
    part: Floats
    """The part of the distance to the next point."""
    stopped_from: int
    """The first point from which it charges nothing."""
    over_from: int
    """The first point from which it charges less."""
    over_wh: Floats
    """By point from there on: how much less."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """The points of the state, with equal distances."""

    stored_wh: Floats
    """Energy in the battery."""
    charged_wh: Floats
    """Energy at the wall since the beginning. The need of the goal is one of the points."""
    top_wh: float
    """Largest energy that the car can take."""
    need_wh: float
    """Energy that its goal needs."""
    spare_ct: float
    """Worth of a kWh beyond the need. A car that buys at this price or above stops at the need."""
    shifts: dict[tuple[float, bool], Shift] = field(default_factory=dict)
    """By energy at the wall, and whether it stops at the need: where a car comes that charges fast. A few entries."""

    @cached_property
    def stored_step_wh(self) -> float:
        """Distance of two points of the battery."""
        return float(self.stored_wh[1] - self.stored_wh[0])

    @cached_property
    def charged_step_wh(self) -> float:
        """Distance of two points of the car."""
        return float(self.charged_wh[1] - self.charged_wh[0])

    @cached_property
    def full_from(self) -> int:
        """The first point of the car at which it is full."""
        return int(np.searchsorted(self.charged_wh, self.top_wh - NEAR_WH, side="right"))


def axes_of(problem: Problem, car: Car | None) -> Axes:
    """The points for a problem. Without a battery, or without a car, its axis has one point."""
    battery = problem.battery
    stored_wh = np.zeros(1)
    if battery is not None:
        count = BATTERY_POINTS if battery.capacity_wh > battery.floor_wh else 1
        stored_wh = np.linspace(battery.floor_wh, battery.capacity_wh, count)
    if car is None:
        return Axes(stored_wh=stored_wh, charged_wh=np.zeros(1), top_wh=0.0, need_wh=0.0, spare_ct=0.0)
    quarter_wh = car.most_w * 0.25
    hours = sum(step.hours for step in problem.steps if not has_left(car, step))
    spare_wh = car.spare[-1].up_to_wh if car.spare else 0.0
    top_wh = min(car.room_wh / car.efficiency, car.need_wh + spare_wh + quarter_wh, hours * car.most_w)
    step_wh = quarter_wh / math.ceil(quarter_wh / CAR_STEP_WH)
    step_wh *= max(1, math.ceil(top_wh / step_wh / MOST_CAR_POINTS))
    first_wh = -(-car.need_wh % step_wh)
    count = math.ceil((top_wh - first_wh) / step_wh - 1e-9) + 1
    charged_wh = first_wh + np.arange(count) * np.float64(step_wh)
    return Axes(
        stored_wh=stored_wh,
        charged_wh=charged_wh,
        top_wh=top_wh,
        need_wh=car.need_wh,
        spare_ct=car.spare[0].worth_ct if car.spare else 0.0,
    )


def stops_early(axes: Axes, import_ct: float) -> bool:
    """Whether a car that charges fast, not from the battery, stops at its need. More energy is bought only below its
    worth: at its worth nothing is gained, and the sun may still bring it."""
    return import_ct > axes.spare_ct - NEAR_CT


def stops_wh(axes: Axes, charged_wh: float, import_ct: float) -> float:
    """The energy at which such a car stops."""
    return float(max(charged_wh, axes.need_wh) if stops_early(axes, import_ct) else axes.top_wh)
