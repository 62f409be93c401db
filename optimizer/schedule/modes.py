"""Dynamic programming over the modes that rules can set. This is the only module of the schedule that needs numpy.

State: the energy in the battery, the energy charged into the car, and for the step before, on how many phases the car
charged fast, and whether the battery had a command. The stage lives through every action, so nothing is translated
afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.schedule.actions import actions_of
from optimizer.schedule.ends import Ends
from optimizer.schedule.problem import Car, Problem
from optimizer.schedule.simulate import fast_phases, has_left, house_of
from optimizer.schedule.stage import NUMBERS, Action, Weather, live, weather_of

Floats = npt.NDArray[np.float64]

BATTERY_POINTS = 17
CAR_STEP_WH = 1000.0
"""Largest distance of two car energies. A quarter hour at full power is a multiple of it."""
MOST_CAR_POINTS = 80
NEAR_WH = 1.0
"""A smaller lack is none."""
TIE_CT = 0.02
"""Actions whose costs differ by less are equal. The first one is taken."""
NEVER_CT = 1e4
"""Added to the cost of an action that cannot happen. It is finite, because costs are averaged between points."""
FLAGS = 6
"""Car fast on several phases (2) or on one (4), and battery commanded (1), in the step before."""


class Shift(NamedTuple):
    """From each point of the car to the energy after a step."""

    lower: npt.NDArray[np.int64]
    """The point below the energy."""
    part: Floats
    """The part of the distance to the next point."""
    stopped: npt.NDArray[np.int64]
    """The points from which it charges nothing."""


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
    """Worth of a kWh beyond the need. Energy at a higher price stops at the need."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The useful actions of a step in groups."""

    alike: list[tuple[int, int, int]]
    """Flags after it, first, and last place of actions with the same mode of the car."""
    classes: npt.NDArray[np.int64]
    """The flags that occur."""
    firsts: npt.NDArray[np.int64]
    """The first place of each."""
    after: npt.NDArray[np.int64]
    """By action: the flags after it."""
    feeds: npt.NDArray[np.bool_]
    """By action: whether the battery discharges into a car that charges fast."""
    fast: npt.NDArray[np.bool_]
    """By action: whether the car charges fast."""
    varying: npt.NDArray[np.int64]
    """The places at which the power of the car depends on the battery."""
    until_full: npt.NDArray[np.int64]
    """The places at which only a full car stops charging."""
    until_need: npt.NDArray[np.int64]
    """The places at which the car stops earlier if energy is too dear."""
    modes: npt.NDArray[np.int64]
    """By action: a number for its modes of car and battery."""
    starts_ct: Floats
    """By flags before and action: the cost of starts."""


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
    starts_ct: Floats
    """By flags before and after: the cost of starts."""


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


def solve_one(problem: Problem, car: Car | None, ends: Ends) -> Solution:
    """The best modes of one car and the battery. Other cars are part of the conditions."""
    here = len(problem.steps) if car is None else sum(not has_left(car, step) for step in problem.steps)
    axes = _axes(problem, car)
    stretches = [
        _stretch(problem, car, axes, 0, here if car is not None else 0),
        _stretch(problem, None, axes, here if car is not None else 0, len(problem.steps)),
    ]
    values, costs = _backward(problem, car, axes, stretches, ends)
    return _forward(problem, car, axes, stretches, values, costs)


def _axes(problem: Problem, car: Car | None) -> Axes:
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


def _stretch(problem: Problem, car: Car | None, axes: Axes, first: int, last: int) -> Stretch:
    """Live through all actions in all steps from `first` until before `last`."""
    actions = tuple(sorted(actions_of(car, problem.battery), key=_order))
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
    useful, starts_ct = _useful(car_w, battery_w), _starts_ct(problem, car)
    patterns = {one.tobytes() for one in useful}
    return Stretch(
        actions=actions,
        useful=useful,
        groups={key: _groups(actions, np.frombuffer(key, dtype=np.int64), starts_ct) for key in patterns},
        cost_ct=np.swapaxes(cost_ct, 0, 1),
        charged_wh=np.swapaxes(charged_wh, 0, 1),
        price_ct=np.swapaxes(price_ct, 0, 1),
        import_ct=[step.import_ct for step in problem.steps[first:last]],
        weights=np.swapaxes(_weights(axes.stored_wh, after_wh), 0, 1),
        starts_ct=starts_ct,
    )


def _flags(action: Action) -> int:
    return 2 * _car_flag(action.phases if action.car == "fast" else 0) + (action.battery != "auto")


def _car_flag(phases: int) -> int:
    """0: not fast, 1: fast on several phases, 2: fast on one."""
    return 2 if phases == 1 else 1 if phases else 0


def _feeds(action: Action) -> bool:
    """Whether the battery discharges into a car that charges fast."""
    return action.car == "fast" and action.battery == "discharge"


def _order(action: Action) -> tuple[int, bool, bool, str, int]:
    """Actions with the same flags, mode of the car, and limit stand together. The first one wins a tie."""
    return _flags(action), _feeds(action), action.car == "off", f"{action.car} {action.battery_first}", -action.phases


def _groups(actions: tuple[Action, ...], useful: npt.NDArray[np.int64], starts_ct: Floats) -> Groups:
    orders = [_order(actions[index]) for index in useful]
    begins = [place for place, order in enumerate(orders) if place == 0 or order != orders[place - 1]]
    alike = [(orders[a][0], a, b) for a, b in zip(begins, [*begins[1:], len(orders)], strict=True)]
    after = np.array([order[0] for order in orders])
    classes, firsts = np.unique(after, return_index=True)
    modes = [(action.car, action.battery) for action in actions]
    feeds = np.array([_feeds(actions[index]) for index in useful])
    fast = after > 1
    return Groups(
        alike=alike,
        classes=classes,
        firsts=firsts,
        after=after,
        feeds=feeds,
        fast=fast,
        varying=np.flatnonzero([actions[index].car == "surplus" and actions[index].battery_first for index in useful]),
        until_full=np.flatnonzero(~fast | feeds),
        until_need=np.flatnonzero(fast & ~feeds),
        modes=np.array([modes.index(modes[index]) for index in useful]),
        starts_ct=starts_ct[:, after],
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


def _weights(points: Floats, after_wh: Floats) -> Floats:
    """The two battery points around each energy, as rows of weights."""
    weights = np.zeros((*after_wh.shape, len(points)))
    if len(points) == 1:
        weights[...] = 1.0
        return weights
    place = np.clip((after_wh - points[0]) / (points[1] - points[0]), 0.0, len(points) - 1.0)
    lower = np.minimum(place.astype(np.int64), len(points) - 2)
    part = place - lower
    np.put_along_axis(weights, lower[..., None], (1.0 - part)[..., None], axis=-1)
    np.put_along_axis(weights, lower[..., None] + 1, part[..., None], axis=-1)
    return weights


def _starts_ct(problem: Problem, car: Car | None) -> Floats:
    fast_ct = 0.0 if car is None else car.start_ct
    command_ct = 0.0 if problem.battery is None else problem.battery.start_ct
    flags = np.arange(FLAGS)
    fast, commanded = flags // 2, flags % 2
    begins = (fast[None, :] > 0) & (fast[None, :] != fast[:, None])
    return np.asarray(fast_ct * begins + command_ct * (commanded[None, :] > commanded[:, None]))


def _backward(
    problem: Problem, car: Car | None, axes: Axes, stretches: Sequence[Stretch], ends: Ends
) -> tuple[list[Floats], list[Floats]]:
    """The cost from every step on, by flags and state, and the cost of every action."""
    values: list[Floats] = [np.empty(0)] * (len(problem.steps) + 1)
    costs: list[Floats] = [np.empty(0)] * len(problem.steps)
    present, gone = stretches
    left = len(present.useful)
    value = np.broadcast_to(-np.interp(axes.stored_wh, *ends.battery)[None, :, None], (FLAGS, len(axes.stored_wh), 1))
    values[-1] = value
    for index in range(len(problem.steps) - 1, left - 1, -1):
        value, costs[index] = _step_back(gone, index - left, value, axes, charges=False)
        values[index] = value
    if car is None:
        return values, costs
    value = value + np.interp(axes.charged_wh, *ends.car)[None, None, :]
    values[left] = value
    for index in range(left - 1, -1, -1):
        if index + 1 == ends.reserve_from:
            value = value + np.interp(axes.charged_wh, *ends.reserve)[None, None, :]
            values[index + 1] = value
        value, costs[index] = _step_back(present, index, value, axes, charges=True)
        values[index] = value
    return values, costs


def _step_back(stretch: Stretch, index: int, value: Floats, axes: Axes, *, charges: bool) -> tuple[Floats, Floats]:
    """The cost from one step on, and that of each useful action."""
    useful, points, width = stretch.useful[index], len(axes.stored_wh), value.shape[2]
    charges = charges and width > 1
    groups = stretch.groups[useful.tobytes()]
    feeds, fast, varying = groups.feeds, groups.fast, groups.varying
    stops_early = stretch.import_ct[index] > axes.spare_ct
    total = np.empty((len(useful), points, width))
    for flags, first, last in groups.alike:
        after = value[flags]
        charged_wh = stretch.charged_wh[index, useful[first]]
        if charges and charged_wh[0] > 0.0 and first not in varying:
            shift = _shift(axes, float(charged_wh[0]), stops_early and bool(fast[first]) and not feeds[first])
            low = after.take(shift.lower, axis=1)
            after = low + (after.take(shift.lower + 1, axis=1) - low) * shift.part
            if fast[first]:  # a car that charges nothing has stopped
                after[:, shift.stopped] = value[flags % 2][:, shift.stopped]
        weights = stretch.weights[index, useful[first:last]]
        np.matmul(weights.reshape(-1, points), after, out=total[first:last].reshape(-1, width))
    cost = stretch.cost_ct[index, useful][:, :, None]
    if charges:
        moves_wh = stretch.charged_wh[index, useful]
        if len(varying):
            total[varying] = _shifted_rows(total[varying], moves_wh[varying], axes)
        price_ct = stretch.price_ct[index, useful][:, :, None]
        stops = _stops_wh(axes, axes.charged_wh, stretch.import_ct[index])
        for rows, limit in ((groups.until_full, axes.top_wh), (groups.until_need, stops)):
            most_wh = float(moves_wh[rows].max()) if len(rows) else 0.0
            near = np.flatnonzero(axes.charged_wh - limit + most_wh > 0.0)
            if most_wh > 0.0 and len(near):  # only a car that is nearly full takes less
                wanted_wh, first = moves_wh[rows, :, None], int(near[0])
                over_wh = np.clip((axes.charged_wh - limit)[first:] + wanted_wh, 0.0, wanted_wh)
                total[rows, :, first:] -= over_wh * price_ct[rows]
        if axes.full_from < width:  # a full car cannot take the energy of the battery
            total[feeds, :, axes.full_from :] += NEVER_CT
    total += cost
    best = np.minimum.reduceat(total, groups.firsts, axis=0)
    return (best[None, :] + stretch.starts_ct[:, groups.classes, None, None]).min(axis=1), total


def _stops_wh(axes: Axes, charged_wh: Any, import_ct: float) -> Any:
    """The energy at which a car stops that charges fast, not from the battery. It does not buy more than it needs above
    the worth of more."""
    if import_ct <= axes.spare_ct:
        return axes.top_wh
    return np.maximum(charged_wh, axes.need_wh)


def _shift(axes: Axes, charged_wh: float, stops_early: bool) -> Shift:
    """Where a car comes that charges this energy. It takes no more than until it is full or, if it stops early, until
    its need is covered."""
    shift = axes.shifts.get((charged_wh, stops_early))
    if shift is None:
        limit_wh = (
            np.maximum(axes.charged_wh, axes.need_wh) if stops_early else np.full(len(axes.charged_wh), axes.top_wh)
        )
        after_wh = np.minimum(axes.charged_wh + charged_wh, limit_wh)
        place = np.maximum((after_wh - axes.charged_wh[0]) / axes.charged_step_wh, 0.0)
        lower = np.minimum(place.astype(np.int64), len(axes.charged_wh) - 2)
        stopped = np.flatnonzero(limit_wh - axes.charged_wh < NEAR_WH)
        shift = axes.shifts[charged_wh, stops_early] = Shift(lower, place - lower, stopped)
    return shift


def _shifted_rows(values: Floats, charged_wh: Floats, axes: Axes) -> Floats:
    """The same with an energy for each action and battery point."""
    after_wh = np.minimum(axes.charged_wh + charged_wh[:, :, None], axes.top_wh)
    place = np.maximum((after_wh - axes.charged_wh[0]) / axes.charged_step_wh, 0.0)
    lower = np.minimum(place.astype(np.int64), len(axes.charged_wh) - 2)
    low, high = np.take_along_axis(values, lower, 2), np.take_along_axis(values, lower + 1, 2)
    return np.asarray(low + (high - low) * (place - lower))


def _forward(
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
    charged_wh, flags = 0.0, _first_flags(problem, car)
    chosen: list[Action] = []
    car_ct, battery_ct = list[float](), list[float]()
    margin_ct, second = list[float | None](), list[Action | None]()
    for index, step in enumerate(problem.steps):
        here = index < left
        stretch, offset = (present, index) if here else (gone, index - left)
        useful = stretch.useful[offset]
        groups = stretch.groups[useful.tobytes()]
        place = (_place(axes.stored_wh, stored_wh), _place(axes.charged_wh, charged_wh) if here else (0, 0.0))
        total = _at(costs[index], *place) + groups.starts_ct[flags]
        stops_wh = float(_stops_wh(axes, charged_wh, step.import_ct))
        # `fast` does not occur where the car would charge nothing.
        if stops_wh - charged_wh < NEAR_WH:
            total[groups.until_need] += NEVER_CT
        if axes.top_wh - charged_wh < NEAR_WH:
            total[groups.feeds] += NEVER_CT
        if index == 0:
            total = total - problem.hysteresis_ct * _as_planned(problem, car, stretch, useful)
        best = int((total <= total.min() + TIE_CT).argmax())
        action = stretch.actions[useful[best]]
        other, other_ct = _second(stretch, groups, useful, total, best)
        second.append(other)
        margin_ct.append(other_ct)
        stops = action.car == "fast" and not _feeds(action)
        room_wh = max(0.0, (stops_wh if stops else axes.top_wh) - charged_wh)
        if action.car == "fast":
            action = replace(action, car_most_w=room_wh / step.hours)
        flows = live(NUMBERS, house, weather_of(step), car if here else None, action, stored_wh, room_wh)
        chosen.append(action)
        stored_wh = flows.stored_wh
        charged_wh += flows.car_w * step.hours
        flags = int(groups.after[best])
        after = values[index + 1][flags if index + 1 != left else flags % 2]
        worths = _worths(after, axes, stored_wh, charged_wh)
        battery_ct.append(worths[0])
        car_ct.append(worths[1] if here else 0.0)
    return Solution(
        actions=tuple(chosen),
        charged_wh=charged_wh,
        car_ct=tuple(car_ct),
        battery_ct=tuple(battery_ct),
        margin_ct=tuple(margin_ct),
        second=tuple(second),
    )


def _first_flags(problem: Problem, car: Car | None) -> int:
    fast = 0 if car is None else _car_flag(fast_phases(car, car.running, car.running_phases))
    commanded = problem.battery is not None and problem.battery.running not in (None, "auto")
    return 2 * fast + commanded


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


def _second(
    stretch: Stretch, groups: Groups, useful: npt.NDArray[np.int64], total: Floats, best: int
) -> tuple[Action | None, float | None]:
    """The best action with other modes, and how much more it costs."""
    others = np.flatnonzero((groups.modes != groups.modes[best]) & (total - total[best] < NEVER_CT))
    if not len(others):
        return None, None
    place = others[total[others].argmin()]
    return stretch.actions[useful[place]], max(0.0, float(total[place] - total[best]))


def _place(points: Floats, at_wh: float) -> tuple[int, float]:
    """The point below an energy, and the part of the distance to the next one."""
    if len(points) == 1:
        return 0, 0.0
    place = min(max((at_wh - float(points[0])) / float(points[1] - points[0]), 0.0), len(points) - 1.0)
    lower = min(int(place), len(points) - 2)
    return lower, place - lower


def _at(values: Floats, battery: tuple[int, float], car: tuple[int, float]) -> Floats:
    """Values by battery and car points (the last two axes), between the points."""
    (row, row_part), (column, column_part) = battery, car
    near = values[..., row : row + 2, column : column + 2]
    one = near[..., 0, :]
    if row_part > 0.0:
        one = one * (1.0 - row_part) + near[..., 1, :] * row_part
    found = one[..., 0]
    if column_part > 0.0:
        found = found * (1.0 - column_part) + one[..., 1] * column_part
    return found


def _worths(value: Floats, axes: Axes, stored_wh: float, charged_wh: float) -> tuple[float, float]:
    """How much the cost falls with one more kWh in the battery, and in the car, ct."""
    row, row_part = _place(axes.stored_wh, stored_wh)
    column, column_part = _place(axes.charged_wh, charged_wh) if value.shape[1] > 1 else (0, 0.0)
    near = value[row : row + 2, column : column + 2].tolist()
    battery_ct = car_ct = 0.0
    if len(near) > 1:
        fall = [one - other for one, other in zip(near[0], near[1], strict=True)]
        battery_ct = _between(fall, column_part) / axes.stored_step_wh * 1000.0
    if len(near[0]) > 1:
        car_ct = _between([one[0] - one[1] for one in near], row_part) / axes.charged_step_wh * 1000.0
    return battery_ct, car_ct


def _between(values: list[float], part: float) -> float:
    return values[0] + (values[-1] - values[0]) * part
