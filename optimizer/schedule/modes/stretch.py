"""The costs and transitions of all actions, from every point of the battery, in consecutive steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.schedule.actions import actions_of
from optimizer.schedule.modes.axes import Axes, Floats
from optimizer.schedule.modes.groups import Groups, groups_of, is_car_first, order_of
from optimizer.schedule.modes.interpolation import weights_of
from optimizer.schedule.modes.starts import starts_of
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import house_of
from optimizer.schedule.stage import Action, Weather, expect, live, weather_of

NEAR_W = 1.0
"""Powers whose difference is smaller are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive steps with the same actions: while the car is there, or after it has left."""

    actions: tuple[Action, ...]
    useful: list[npt.NDArray[np.int64]]
    """By step: the actions that differ."""
    groups: list[Groups]
    """By step: the useful actions in groups."""
    cost_ct: Floats
    """By step, action, and battery point. So are the next two."""
    charged_wh: Floats
    price_ct: Floats
    """Cost per Wh of the car."""
    weather: list[Weather]
    """By step."""
    weights: Floats
    """By step, action, battery point before, and battery point after."""


def stretch_of(problem: Problem, car: Car | None, axes: Axes, first: int, last: int) -> Stretch:
    """Live through all actions in all steps from `first` until before `last`."""
    actions = tuple(sorted(actions_of(car, problem.battery), key=order_of))
    rows = [weather_of(step) for step in problem.steps[first:last]]
    weather, house = _columns(problem, rows, first), house_of(problem)
    shape = (last - first, len(axes.stored_wh))
    stored_wh = axes.stored_wh[None, :]
    car_w, battery_w, cost_ct, after_wh = (np.empty((len(actions), *shape)) for _ in range(4))
    is_certain = not np.any((weather.pv_spread_w, weather.home_spread_w))
    for index, action in enumerate(actions):
        flows = (live if is_certain else expect)(np, house, weather, car, action, stored_wh, np.inf)
        car_w[index], battery_w[index] = flows.car_w, flows.battery_w
        cost_ct[index], after_wh[index] = flows.cost_ct, flows.stored_wh
    idle = {(action.battery, action.battery_part): index for index, action in enumerate(actions) if action.car == "off"}
    charged_wh = car_w * weather.hours
    more_ct = cost_ct - cost_ct[[idle.get((action.battery, action.battery_part), 0) for action in actions]]
    price_ct = np.where(charged_wh > 1.0, more_ct / np.maximum(charged_wh, 1.0), 0.0)
    useful, starts, carries = _useful(car_w, battery_w), starts_of(problem, car), _carries(actions, car_w)
    patterns = [(one.tobytes(), carried) for one, carried in zip(useful, carries, strict=True)]
    groups = {
        (key, carried): groups_of(actions, np.frombuffer(key, dtype=np.int64), carries=carried, starts=starts)
        for key, carried in set(patterns)
    }
    return Stretch(
        actions=actions,
        useful=useful,
        groups=[groups[pattern] for pattern in patterns],
        cost_ct=_by_step(cost_ct),
        charged_wh=_by_step(charged_wh),
        price_ct=_by_step(price_ct),
        weather=rows,
        weights=weights_of(axes.stored_wh, _by_step(after_wh)),
    )


def _columns(problem: Problem, rows: list[Weather], first: int) -> Weather:
    """The conditions of many steps. An estimated price counts as lower, so that nothing is bought now because of it."""
    columns = np.array(rows, dtype=float).reshape(len(rows), len(Weather._fields)).T[:, :, None]
    weather = Weather(*columns)
    guessed = np.array([not step.is_known for step in problem.steps[first : first + len(rows)]], dtype=bool)[:, None]
    return weather._replace(import_ct=weather.import_ct - problem.guess_ct * guessed)


def _carries(actions: tuple[Action, ...], car_w: Floats) -> list[bool]:
    """By step: whether the surplus lets the car charge."""
    place = next((place for place, action in enumerate(actions) if is_car_first(action)), None)
    return [False] * car_w.shape[1] if place is None else (car_w[place, :, 0] > NEAR_W).tolist()


def _by_step(values: Floats) -> Floats:
    """From action, step, and battery point to step, action, and battery point, next to each other in memory."""
    return np.ascontiguousarray(np.swapaxes(values, 0, 1))


def _useful(car_w: Floats, battery_w: Floats) -> list[npt.NDArray[np.int64]]:
    """By step: the actions that do something that no earlier action does."""
    count, steps, points = car_w.shape
    later, earlier = np.tril_indices(count, -1)
    one = points // 2  # few actions do the same there, and only these are compared at all points
    similar = _are_equal(car_w[later, :, one], car_w[earlier, :, one])
    similar &= _are_equal(battery_w[later, :, one], battery_w[earlier, :, one])
    pair, step = np.nonzero(similar)
    later, earlier = later[pair], earlier[pair]
    same = _are_equal(car_w[later, step], car_w[earlier, step]).all(axis=1)
    same &= _are_equal(battery_w[later, step], battery_w[earlier, step]).all(axis=1)
    useful = np.ones((steps, count), dtype=bool)
    useful[step[same], later[same]] = False
    return [np.flatnonzero(row) for row in useful]


def _are_equal(one_w: Floats, other_w: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(one_w - other_w) < NEAR_W)
