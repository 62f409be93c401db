"""The forward pass: the best actions from the present state on, and the figures of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from optimizer.schedule.modes.axes import NEAR_WH, Axes, Floats, stops_wh
from optimizer.schedule.modes.backward import NEVER_CT
from optimizer.schedule.modes.groups import battery_feeds
from optimizer.schedule.modes.interpolation import at, place_of, worths_of, worths_of_more
from optimizer.schedule.modes.starts import first_flags, flags_of, starts_of
from optimizer.schedule.modes.stretch import Stretch
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import house_of
from optimizer.schedule.stage import NUMBERS, Action, live

NOTHING_W = 1.0
"""A car with less power does not charge."""
TIE_CT = 0.02
"""Actions whose costs differ by less are equal. The first one is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The plan for one car and the battery, with the figures of each step."""

    actions: tuple[Action, ...]
    charged_wh: float
    """Energy at the wall that the car has at its end."""
    car_ct: tuple[float, ...]
    """Worth of a kWh at the wall."""
    battery_ct: tuple[float, ...]
    margin_ct: tuple[float | None, ...]
    second: tuple[Action | None, ...]
    interruptions_ct: tuple[float, ...] = ()
    """By step: what the interruption of a car that the surplus would carry on counts."""
    more_ct: tuple[float, ...] = ()
    """Worth of each kWh at the wall that the car could have more at the beginning."""


def follow(
    problem: Problem,
    car: Car | None,
    axes: Axes,
    stretches: Sequence[Stretch],
    values: Sequence[Floats],
    costs: Sequence[Floats],
) -> Solution:
    """Follow the best actions from the present state."""
    present, gone = stretches
    left, house, battery = len(present.useful), house_of(problem), problem.battery
    stored_wh = 0.0 if battery is None else battery.energy_wh
    charged_wh, flags = 0.0, first_flags(problem, car)
    most_ct = max(step.import_ct for step in problem.steps)
    more_ct = tuple(min(worth_ct, most_ct) for worth_ct in worths_of_more(values[0][flags], axes, stored_wh))
    chosen: list[Action] = []
    begin_ct, interruptions_ct = starts_of(problem, car).begin_ct, list[float]()
    car_ct, battery_ct = list[float](), list[float]()
    margin_ct, second = list[float | None](), list[Action | None]()
    for index, step in enumerate(problem.steps):
        here = index < left
        stretch, offset = (present, index) if here else (gone, index - left)
        useful = stretch.useful[offset]
        tables = stretch.tables[offset]
        groups = tables[0].groups
        state = (place_of(axes.stored_wh, stored_wh), place_of(axes.charged_wh, charged_wh) if here else (0, 0.0))
        starts_ct = sum(table.groups.starts_ct[flags] for table in tables) / len(tables)
        total = at(costs[index], *state) + starts_ct
        limit_wh = stops_wh(axes, charged_wh, step.import_ct)
        for group in groups.alike:  # `fast` does not occur where the car would charge nothing
            stop_wh = limit_wh if group.may_stop else axes.top_wh
            if group.is_fast and stop_wh - charged_wh < NEAR_WH:
                total[group.places] += NEVER_CT
        if index == 0:
            total = total - problem.hysteresis_ct * _as_planned(problem, car, stretch, useful)
        ranked = total.tolist()
        least_ct = min(ranked) + TIE_CT
        best = next(place for place, cost_ct in enumerate(ranked) if cost_ct <= least_ct)
        action = stretch.actions[useful[best]]
        interruptions_ct.append(float(starts_ct[best] - begin_ct[flags, flags_of(action)]))
        other, other_ct = _second(ranked, best, groups.modes)
        second.append(None if other is None else stretch.actions[useful[other]])
        margin_ct.append(other_ct)
        stops = action.car == "fast" and not battery_feeds(action)
        room_wh = max(0.0, (limit_wh if stops else axes.top_wh) - charged_wh)
        if action.car == "fast":
            action = replace(action, car_most_w=room_wh / step.hours)
        flows = live(NUMBERS, house, stretch.weather[offset], car if here else None, action, stored_wh, room_wh)
        chosen.append(action)
        stored_wh = flows.stored_wh
        charged_wh += flows.car_w * step.hours
        follows = action.car == "surplus" and flows.car_w > NOTHING_W
        flags = flags_of(action, follows=follows)
        after = values[index + 1][flags if index + 1 != left else flags % 2]
        worths = worths_of(after, axes, stored_wh, charged_wh)
        battery_ct.append(worths[0])
        car_ct.append(worths[1] if here else 0.0)
    return Solution(
        actions=tuple(chosen),
        charged_wh=charged_wh,
        car_ct=tuple(car_ct),
        battery_ct=tuple(battery_ct),
        margin_ct=tuple(margin_ct),
        second=tuple(second),
        interruptions_ct=tuple(interruptions_ct),
        more_ct=more_ct,
    )


def _as_planned(problem: Problem, car: Car | None, stretch: Stretch, useful: npt.NDArray[np.int64]) -> Floats:
    """1 for the actions of the schedule before, by action."""
    car_mode = None if car is None else car.planned
    battery_mode = None if problem.battery is None else problem.battery.planned
    if car_mode is None and battery_mode is None:
        return np.zeros(len(useful))
    return np.array(
        [
            float(
                (car_mode is None or stretch.actions[index].car == car_mode)
                and (battery_mode is None or stretch.actions[index].battery == battery_mode)
            )
            for index in useful
        ]
    )


def _second(costs_ct: list[float], best: int, modes: list[int]) -> tuple[int | None, float | None]:
    """The place of the best action with other modes, and how much more it costs."""
    others = [
        (cost_ct, place)
        for place, cost_ct in enumerate(costs_ct)
        if modes[place] != modes[best] and cost_ct - costs_ct[best] < NEVER_CT
    ]
    if not others:
        return None, None
    cost_ct, place = min(others)
    return place, max(0.0, cost_ct - costs_ct[best])
