"""The delay of the grid meter, from its answer to the car of a trial. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LONGEST_S = 60
"""Longest delay that is measured. It is also the longest one that the service can use."""
MOVES_W = 500.0
"""The power of the car must change by this much."""
EXPLAINED = 0.8
"""Part of the variance of the meter that the delayed car must explain."""
SMALLEST, LARGEST = 0.6, 1.4
"""The meter must show this part of the car. Another load changes it otherwise."""
LEAST_LOOKS = 5


class Moment(NamedTuple):
    """The powers at one moment, W."""

    t_s: float
    car_w: float
    supply_w: float
    """Grid + PV + battery."""


def delay_of(moments: Sequence[Moment]) -> float | None:
    """The delay in whole s with which `supply_w` follows `car_w`. None if it does not follow.

    For each delay it fits supply = home + part × car, and takes the delay with the smallest remaining error. A meter
    with the opposite sign has a negative part.
    """
    if not moments or max(one.car_w for one in moments) - min(one.car_w for one in moments) < MOVES_W:
        return None
    fits = [(fitted(moments, float(delay_s)), float(delay_s)) for delay_s in range(LONGEST_S + 1)]
    (explained, part), delay_s = max(fits, key=lambda fit: fit[0][0])
    return delay_s if explained >= EXPLAINED and SMALLEST <= abs(part) <= LARGEST else None


def fitted(moments: Sequence[Moment], delay_s: float) -> tuple[float, float]:
    """The part of the variance that this delay explains, 0 to 1, and the part of the car that the meter shows."""
    pairs = [
        (_car_at(moments, one.t_s - delay_s), one.supply_w) for one in moments if one.t_s - delay_s >= moments[0].t_s
    ]
    if len(pairs) < LEAST_LOOKS:
        return 0.0, 0.0
    car_mean = sum(car for car, _ in pairs) / len(pairs)
    supply_mean = sum(supply for _, supply in pairs) / len(pairs)
    car_square = sum((car - car_mean) ** 2 for car, _ in pairs)
    supply_square = sum((supply - supply_mean) ** 2 for _, supply in pairs)
    product = sum((car - car_mean) * (supply - supply_mean) for car, supply in pairs)
    if car_square < MOVES_W**2 or supply_square <= 0.0:
        return 0.0, 0.0
    return product**2 / (car_square * supply_square), product / car_square


def _car_at(moments: Sequence[Moment], t_s: float) -> float:
    """The power of the car between two moments."""
    before = moments[0]
    for after in moments:
        if after.t_s >= t_s:
            span_s = after.t_s - before.t_s
            weight = (t_s - before.t_s) / span_s if span_s > 0.0 else 1.0
            return before.car_w + weight * (after.car_w - before.car_w)
        before = after
    return before.car_w
