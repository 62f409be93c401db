"""The costs and transitions of all actions, from every point of the battery, in consecutive steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from optimizer.schedule.actions import actions_of
from optimizer.schedule.modes.axes import Axes, Floats
from optimizer.schedule.modes.groups import Groups, groups_of, is_car_first, order_of
from optimizer.schedule.modes.interpolation import weights_of
from optimizer.schedule.modes.kinds import kinds_of
from optimizer.schedule.modes.starts import starts_of
from optimizer.schedule.problem import Car, Problem, Step
from optimizer.schedule.simulate import house_of
from optimizer.schedule.stage import Action, Weather, expect, live, weather_of

NEAR_W = 1.0
"""Powers whose difference is smaller are equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The useful actions of one step on one kind of day."""

    groups: Groups
    cost_ct: Floats
    """By action and battery point. So are the next two."""
    charged_wh: Floats
    price_ct: Floats
    """Cost per Wh of the car."""
    weights: Floats
    """By action, battery point before, and battery point after."""
    import_ct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive steps with the same actions: while the car is there, or after it has left."""

    actions: tuple[Action, ...]
    useful: list[npt.NDArray[np.int64]]
    """By step: the actions that differ on any kind of day."""
    weather: list[Weather]
    """By step: what is expected."""
    tables: list[tuple[Table, ...]]
    """By step: one for each kind of day, in the order of `kinds_of`."""


def stretch_of(problem: Problem, car: Car | None, axes: Axes, first: int, last: int) -> Stretch:
    """Live through all actions in all steps from `first` until before `last`, on each kind of day."""
    actions = tuple(sorted(actions_of(car, problem.battery), key=order_of))
    steps = problem.steps[first:last]
    rows = [weather_of(step) for step in steps]
    kinds = [kinds_of(row) for row in rows]
    borders = [0, *accumulate(map(len, kinds))]
    steps_by_row = [step for step, found in zip(steps, kinds, strict=True) for _ in found]
    weather = _columns(problem, [row for found in kinds for row in found], steps_by_row)
    house, stored_wh = house_of(problem), axes.stored_wh[None, :]
    shape = (len(steps_by_row), len(axes.stored_wh))
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
    weights = weights_of(axes.stored_wh, _by_step(after_wh))
    cost_ct, charged_wh, price_ct = (_by_step(values) for values in (cost_ct, charged_wh, price_ct))
    useful, starts, carries = _useful(car_w, battery_w, borders), starts_of(problem, car), _carries(actions, car_w)
    groups: dict[tuple[bytes, bool], Groups] = {}

    def table(row: int, chosen: npt.NDArray[np.int64]) -> Table:
        pattern = (chosen.tobytes(), carries[row])
        if pattern not in groups:
            groups[pattern] = groups_of(actions, chosen, carries=carries[row], starts=starts)
        return Table(
            groups=groups[pattern],
            cost_ct=cost_ct[row].take(chosen, axis=0),
            charged_wh=charged_wh[row].take(chosen, axis=0),
            price_ct=price_ct[row].take(chosen, axis=0),
            weights=weights[row].take(chosen, axis=0),
            import_ct=steps_by_row[row].import_ct,
        )

    return Stretch(
        actions=actions,
        useful=useful,
        weather=rows,
        tables=[
            tuple(table(row, chosen) for row in range(*border))
            for border, chosen in zip(pairwise(borders), useful, strict=True)
        ],
    )


def _columns(problem: Problem, rows: Sequence[Weather], steps: Sequence[Step]) -> Weather:
    """The conditions of many steps. An estimated price counts as lower, so that nothing is bought now because of it."""
    columns = np.array(rows, dtype=float).reshape(len(rows), len(Weather._fields)).T[:, :, None]
    weather = Weather(*columns)
    guessed = np.array([not step.is_known for step in steps], dtype=bool)[:, None]
    return weather._replace(import_ct=weather.import_ct - problem.guess_ct * guessed)


def _carries(actions: tuple[Action, ...], car_w: Floats) -> list[bool]:
    """By row: whether the surplus lets the car charge."""
    place = next((place for place, action in enumerate(actions) if is_car_first(action)), None)
    return [False] * car_w.shape[1] if place is None else (car_w[place, :, 0] > NEAR_W).tolist()


def _by_step(values: Floats) -> Floats:
    """From action, row, and battery point to row, action, and battery point, next to each other in memory."""
    return np.ascontiguousarray(np.swapaxes(values, 0, 1))


def _useful(car_w: Floats, battery_w: Floats, borders: Sequence[int]) -> list[npt.NDArray[np.int64]]:
    """By step: the actions without an earlier one that does the same on each kind of day. `borders`: the first row of
    each step, and the end."""
    count, _, points = car_w.shape
    if len(borders) == 1:
        return []
    later, earlier = np.tril_indices(count, -1)
    middle = points // 2  # few actions do the same there, and only these are compared at all points
    same = _are_equal(car_w[later, :, middle], car_w[earlier, :, middle])
    same &= _are_equal(battery_w[later, :, middle], battery_w[earlier, :, middle])
    pair, row = np.nonzero(same)
    one, other = later[pair], earlier[pair]
    same[pair, row] = _are_equal(car_w[one, row], car_w[other, row]).all(axis=1)
    same[pair, row] &= _are_equal(battery_w[one, row], battery_w[other, row]).all(axis=1)
    pair, step = np.nonzero(np.logical_and.reduceat(same, borders[:-1], axis=1))
    useful = np.ones((len(borders) - 1, count), dtype=bool)
    useful[step, later[pair]] = False
    return [np.flatnonzero(row) for row in useful]


def _are_equal(one_w: Floats, other_w: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(one_w - other_w) < NEAR_W)
