"""The backward pass: what the rest of the time costs from every state on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.schedule.ends import Ends
from optimizer.schedule.modes.axes import Axes, Floats, stops_wh
from optimizer.schedule.modes.interpolation import shift_of, shifted_rows
from optimizer.schedule.modes.starts import FLAGS
from optimizer.schedule.modes.stretch import Stretch
from optimizer.schedule.problem import Car, Problem

NEVER_CT = 1e4
"""Added to the cost of an action that cannot happen. It is finite, because costs are averaged between points."""


def cost_to_go(
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
            shift = shift_of(axes, float(charged_wh[0]), stops_early and bool(fast[first]) and not feeds[first])
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
            total[varying] = shifted_rows(total[varying], moves_wh[varying], axes)
        price_ct = stretch.price_ct[index, useful][:, :, None]
        stops = stops_wh(axes, axes.charged_wh, stretch.import_ct[index])
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
    return (best[None, :] + groups.starts_ct[:, groups.firsts, None, None]).min(axis=1), total
