"""The backward pass: what the rest of the time costs from every state on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.schedule.ends import Curve, Ends
from optimizer.schedule.modes.axes import Axes, Floats, stops_early
from optimizer.schedule.modes.interpolation import shift_of, shifted, shifted_rows
from optimizer.schedule.modes.starts import FLAGS
from optimizer.schedule.modes.stretch import Stretch, Table
from optimizer.schedule.problem import Car, Problem

NEVER_CT = 1e4
"""Added to the cost of an action that cannot happen. It is finite, because costs are averaged between points."""


def cost_to_go(
    problem: Problem, car: Car | None, axes: Axes, stretches: Sequence[Stretch], ends: Ends
) -> tuple[list[Floats], list[Floats]]:
    """The cost from every step on, by flags and state, and the cost of every action: means over the kinds of day."""
    values: list[Floats] = [np.empty(0)] * (len(problem.steps) + 1)
    costs: list[Floats] = [np.empty(0)] * len(problem.steps)
    present, gone = stretches
    left = len(present.useful)
    value = np.broadcast_to(-np.interp(axes.stored_wh, *ends.battery)[None, :, None], (FLAGS, len(axes.stored_wh), 1))
    kinds: tuple[Floats, ...] = (value,)
    values[-1] = value
    for index in range(len(problem.steps) - 1, left - 1, -1):
        kinds, costs[index] = _back(gone.tables[index - left], kinds, axes)
        values[index] = _mean(kinds)
    if car is None:
        return values, costs
    kinds = _each_with(kinds, ends.car, axes)
    values[left] = _mean(kinds)
    for index in range(left - 1, -1, -1):
        if index + 1 == ends.reserve_from:
            kinds = _each_with(kinds, ends.reserve, axes)
            values[index + 1] = _mean(kinds)
        kinds, costs[index] = _back(present.tables[index], kinds, axes)
        values[index] = _mean(kinds)
    return values, costs


def _back(tables: Sequence[Table], after: Sequence[Floats], axes: Axes) -> tuple[tuple[Floats, ...], Floats]:
    """The cost from one step on by kind of day, and the mean cost of each useful action.

    A day whose kind is not known costs the mean of what its kinds cost afterwards. After the sun of a day, and after a
    step with one kind only, both kinds go on alike.
    """
    if len(after) != len(tables):
        after = (_mean(after),) * len(tables)
    found = [_step_back(table, value, axes) for table, value in zip(tables, after, strict=True)]
    return tuple(value for value, _ in found), _mean([total for _, total in found])


def _mean(kinds: Sequence[Floats]) -> Floats:
    return kinds[0] if len(kinds) == 1 else np.asarray((kinds[0] + kinds[1]) * 0.5)


def _each_with(kinds: Sequence[Floats], curve: Curve, axes: Axes) -> tuple[Floats, ...]:
    """The costs with what the energy in the car costs by a curve."""
    more = np.interp(axes.charged_wh, *curve)[None, None, :]
    return tuple(value + more for value in kinds)


def _step_back(table: Table, value: Floats, axes: Axes) -> tuple[Floats, Floats]:
    """The cost from one step on, and that of each useful action."""
    groups, charged_wh, weights = table.groups, table.charged_wh, table.weights
    price_ct = table.price_ct[:, :, None]
    points, width = len(axes.stored_wh), value.shape[2]
    early = stops_early(axes, table.import_ct)
    total = np.empty((len(charged_wh), points, width))
    for group in groups.alike:
        places, count = group.places, len(group.parts)
        after, out = value[group.flags : group.flags + count], total[places]
        moved_wh = 0.0 if width == 1 or group.varies else float(charged_wh[group.first, 0])
        shift = shift_of(axes, moved_wh, early and group.may_stop) if moved_wh > 0.0 else None
        if shift is not None:
            after = shifted(after, shift)
            if group.charges:  # a car that charges nothing has stopped
                first = group.flags % 2
                after[:, :, shift.stopped_from :] = value[first : first + count, :, shift.stopped_from :]
        for part, rows in enumerate(group.parts):
            np.matmul(weights[rows], after[part], out=total[rows])
        if width > 1 and group.varies:
            out[...], over_wh = shifted_rows(out, charged_wh[places], axes)
            out -= over_wh * price_ct[places]
        elif shift is not None:  # a car that is nearly full takes less, and pays less
            out[:, :, shift.over_from :] -= shift.over_wh * price_ct[places]
        if width > 1 and group.feeds:  # a full car cannot take the energy of the battery
            out[:, :, axes.full_from :] += NEVER_CT
    total += table.cost_ct[:, :, None]
    best = np.minimum.reduceat(total, groups.firsts, axis=0)
    starts_ct = groups.starts_ct[:, groups.firsts, None, None]
    found = best[0] + starts_ct[:, 0]
    for place in range(1, len(best)):
        np.minimum(found, best[place] + starts_ct[:, place], out=found)
    return found, total
