"""Values between the points of the state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optimizer.schedule.modes.axes import NEAR_WH, Axes, Floats, Shift


def weights_of(points: Floats, after_wh: Floats) -> Floats:
    """The two battery points around each energy, as rows of weights."""
    weights = np.zeros((*after_wh.shape, len(points)))
    if len(points) == 1:
        weights[...] = 1.0
        return weights
    place = np.clip((after_wh - points[0]) / (points[1] - points[0]), 0.0, len(points) - 1.0)
    lower = np.minimum(place.astype(np.int64), len(points) - 2)
    part = place - lower
    cells = np.arange(0, weights.size, len(points)) + lower.ravel()
    weights.reshape(-1)[cells] = 1.0 - part.ravel()
    weights.reshape(-1)[cells + 1] = part.ravel()
    return weights


def shift_of(axes: Axes, charged_wh: float, stops_early: bool) -> Shift:
    """The move of a car along its axis when it charges this energy, until it is full or, if it stops early, until its
    need is covered."""
    shift = axes.shifts.get((charged_wh, stops_early))
    if shift is None:
        limit_wh = (
            np.maximum(axes.charged_wh, axes.need_wh) if stops_early else np.full(len(axes.charged_wh), axes.top_wh)
        )
        lower, part = _places(np.minimum(axes.charged_wh + charged_wh, limit_wh), axes)
        over_wh = np.clip(axes.charged_wh - limit_wh + charged_wh, 0.0, charged_wh)
        over_from = int((over_wh == 0.0).sum())
        shift = axes.shifts[charged_wh, stops_early] = Shift(
            lower=lower,
            part=part,
            stopped_from=int((limit_wh - axes.charged_wh >= NEAR_WH).sum()),
            over_from=over_from,
            over_wh=over_wh[over_from:],
        )
    return shift


def shifted(values: Floats, shift: Shift) -> Floats:
    """The values after a step in which the car charges. The points of the car are the last axis."""
    low = values.take(shift.lower, axis=-1)
    return np.asarray(low + (values.take(shift.lower + 1, axis=-1) - low) * shift.part)


def shifted_rows(values: Floats, charged_wh: Floats, axes: Axes) -> tuple[Floats, Floats]:
    """The same with an energy for each action and battery point, until the car is full. And how much less it takes."""
    wanted_wh = charged_wh[:, :, None]
    lower, part = _places(np.minimum(axes.charged_wh + wanted_wh, axes.top_wh), axes)
    low, high = np.take_along_axis(values, lower, 2), np.take_along_axis(values, lower + 1, 2)
    over_wh = np.clip(axes.charged_wh - axes.top_wh + wanted_wh, 0.0, wanted_wh)
    return np.asarray(low + (high - low) * part), over_wh


def _places(charged_wh: Floats, axes: Axes) -> tuple[npt.NDArray[np.int64], Floats]:
    """The points of the car below energies, and the parts of the distance to the next ones."""
    place = np.maximum((charged_wh - axes.charged_wh[0]) / axes.charged_step_wh, 0.0)
    lower = np.minimum(place.astype(np.int64), len(axes.charged_wh) - 2)
    return lower, place - lower


def place_of(points: Floats, at_wh: float) -> tuple[int, float]:
    """The point below an energy, and the part of the distance to the next one."""
    if len(points) == 1:
        return 0, 0.0
    place = min(max((at_wh - float(points[0])) / float(points[1] - points[0]), 0.0), len(points) - 1.0)
    lower = min(int(place), len(points) - 2)
    return lower, place - lower


def at(values: Floats, battery: tuple[int, float], car: tuple[int, float]) -> Floats:
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


def worths_of(value: Floats, axes: Axes, stored_wh: float, charged_wh: float) -> tuple[float, float]:
    """The fall of the cost with one more kWh in the battery, and in the car, ct."""
    row, row_part = place_of(axes.stored_wh, stored_wh)
    column, column_part = place_of(axes.charged_wh, charged_wh) if value.shape[1] > 1 else (0, 0.0)
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


def worths_of_more(value: Floats, axes: Axes, stored_wh: float) -> list[float]:
    """The fall of the cost with each further kWh in the car at the beginning, ct, up to all that it can take."""
    row, part = place_of(axes.stored_wh, stored_wh)
    costs_ct = value[row] if part <= 0.0 else value[row] * (1.0 - part) + value[row + 1] * part
    energies_wh = np.arange(0.0, axes.top_wh + NEAR_WH, 1000.0)
    found: list[float] = (-np.diff(np.interp(energies_wh, axes.charged_wh, costs_ct))).tolist()
    return found
