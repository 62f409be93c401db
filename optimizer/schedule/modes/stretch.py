"""The costs and transitions of all actions, from every point of the battery, in consecutive steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.schedule.actions import actions_of
from optimizer.schedule.modes.axes import Axes, Floats
from optimizer.schedule.modes.groups import Groups, groups_of, order_of
from optimizer.schedule.modes.interpolation import weights_of
from optimizer.schedule.modes.starts import starts_ct_of
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import house_of
from optimizer.schedule.stage import Action, Weather, live, weather_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive steps with the same actions: while the car is there, or after it has left."""

    actions: tuple[Action, ...]
    useful: list[npt.NDArray[np.int64]]
    """By step: the actions that differ."""
    groups: dict[bytes, Groups]
    """By useful actions."""
    cost_ct: Floats
    """By step, action, and battery point. So are the next two."""
    charged_wh: Floats
    price_ct: Floats
    """Cost per Wh of the car."""
    import_ct: list[float]
    """By step."""
    weights: Floats
    """By step, action, battery point before, and battery point after."""


def stretch_of(problem: Problem, car: Car | None, axes: Axes, first: int, last: int) -> Stretch:
    """Live through all actions in all steps from `first` until before `last`."""
    actions = tuple(sorted(actions_of(car, problem.battery), key=order_of))
    weather, house = _weather(problem, first, last), house_of(problem)
    shape = (last - first, len(axes.stored_wh))
    stored_wh = axes.stored_wh[None, :]
    car_w, battery_w, cost_ct, after_wh = (np.empty((len(actions), *shape)) for _ in range(4))
    for index, action in enumerate(actions):
        flows = live(np, house, weather, car, action, stored_wh, np.inf)
        car_w[index], battery_w[index] = flows.car_w, flows.battery_w
        cost_ct[index], after_wh[index] = flows.cost_ct, flows.stored_wh
    idle = {(action.battery, action.battery_part): index for index, action in enumerate(actions) if action.car == "off"}
    charged_wh = car_w * weather.hours
    price_ct = np.zeros_like(cost_ct)
    for index, action in enumerate(actions):
        other = idle.get((action.battery, action.battery_part), 0)
        more_ct = cost_ct[index] - cost_ct[other]
        price_ct[index] = np.where(charged_wh[index] > 1.0, more_ct / np.maximum(charged_wh[index], 1.0), 0.0)
    useful, starts_ct = _useful(car_w, battery_w), starts_ct_of(problem, car)
    patterns = {one.tobytes() for one in useful}
    return Stretch(
        actions=actions,
        useful=useful,
        groups={key: groups_of(actions, np.frombuffer(key, dtype=np.int64), starts_ct) for key in patterns},
        cost_ct=np.swapaxes(cost_ct, 0, 1),
        charged_wh=np.swapaxes(charged_wh, 0, 1),
        price_ct=np.swapaxes(price_ct, 0, 1),
        import_ct=[step.import_ct for step in problem.steps[first:last]],
        weights=np.swapaxes(weights_of(axes.stored_wh, after_wh), 0, 1),
    )


def _weather(problem: Problem, first: int, last: int) -> Weather:
    """The conditions of many steps. An estimated price counts as lower, so that nothing is bought now because of it."""
    rows = [weather_of(step) for step in problem.steps[first:last]]
    columns = np.array(rows, dtype=float).reshape(len(rows), len(Weather._fields)).T[:, :, None]
    weather = Weather(*columns)
    guessed = np.array([not step.is_known for step in problem.steps[first:last]], dtype=bool)[:, None]
    return weather._replace(import_ct=weather.import_ct - problem.guess_ct * guessed)


def _useful(car_w: Floats, battery_w: Floats) -> list[npt.NDArray[np.int64]]:
    """By step: the actions that do something that no earlier action does."""
    count, steps, _ = car_w.shape
    useful = np.ones((count, steps), dtype=bool)
    for one in range(1, count):
        same = (np.abs(car_w[:one] - car_w[one]) < 1.0) & (np.abs(battery_w[:one] - battery_w[one]) < 1.0)
        useful[one] = ~same.all(axis=2).any(axis=0)
    return [np.flatnonzero(useful[:, step]) for step in range(steps)]
