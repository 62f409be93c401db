"""The worth of energy in a car beyond its need: the worth of one more kWh at its last visits.

Spare energy is still in the car when it comes the next time. There it replaces energy that would be bought, or taken
from the sun. The first schedule of each visit knows what that energy would have cost: it compares the best modes for
a car with more and with less energy. The mean of the last visits is the worth of spare energy now.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from optimizer.schedule.problem import SpareWorth

MOST_ARRIVALS = 20
"""So many of the last visits count, a month for most cars. The weather and the prices of a week say little about the
next one; the season does."""
LEAST_GAIN_CT = 1.0
"""Spare energy is worth at least this much more than the payment for feed-in, so that a car prefers the sun."""
PARTS_KWH = (0, 4, 8, 12, 18)
"""Borders of the spare energies with the same worth."""


class Arrival(NamedTuple):
    """One time that a car came."""

    worths_ct: tuple[float, ...]
    """Worth of each kWh that it could have had more: of the first, the second, and so on. Not empty."""
    spare_wh: float
    """Energy beyond its need that it had left with before. Without it, it would have needed so much more."""


class CarPast(NamedTuple):
    """The last visits of the car at a charger."""

    arrivals: tuple[Arrival, ...] = ()
    """The last visits, the newest last."""
    over_wh: float = 0.0
    """Energy at the wall that it has now beyond its need."""


def spare_worths(
    past: CarPast, usual_ct: float, feed_in_ct: float, room_wh: float, most_ct: float = math.inf
) -> tuple[SpareWorth, ...]:
    """The worth of energy beyond the need, in parts up to all that the car can take (`room_wh`, at the wall).

    `usual_ct`: the worth without visits. It counts as one more visit, so that the first ones do not decide alone.
    `feed_in_ct`: the usual payment for a kWh. `most_ct`: no kWh is worth more.
    """
    visits, least_ct, worth_ct = past.arrivals[-MOST_ARRIVALS:], feed_in_ct + LEAST_GAIN_CT, math.inf
    if not visits:
        return (SpareWorth(room_wh, usual_ct),)
    parts, before_wh = list[SpareWorth](), 0.0
    for low, high in pairwise(PARTS_KWH):
        mean_ct = (usual_ct + sum(_worth_ct(visit, low, high) for visit in visits)) / (len(visits) + 1)
        worth_ct = min(worth_ct, max(mean_ct, least_ct))
        up_to_wh = min(1000.0 * high - past.over_wh, room_wh)
        if up_to_wh > before_wh:
            parts.append(SpareWorth(up_to_wh, min(worth_ct, most_ct)))
            before_wh = up_to_wh
    if room_wh > before_wh:
        parts.append(SpareWorth(room_wh, min(least_ct, worth_ct, most_ct)))
    return tuple(parts)


def usual_worth_ct(lowest_ct: float, feed_in_ct: float, alternative_ct: float | None = None) -> float:
    """The worth of a kWh beyond the need while the past says nothing.

    It replaces energy that the owner would buy later: at the price elsewhere (`alternative_ct`) if that is set, and
    else at the lowest coming import price. It stays below that price, so that nothing is bought for it, and above the
    payment for surplus.
    """
    later_ct = lowest_ct if alternative_ct is None else min(alternative_ct, lowest_ct)
    return max(later_ct - LEAST_GAIN_CT, feed_in_ct + LEAST_GAIN_CT)


def _worth_ct(arrival: Arrival, low_kwh: int, high_kwh: int) -> float:
    """The mean worth of the spare energy between two borders, when the car came.

    A car that had left with spare energy needed less. Energy that it had already is worth as much as the first kWh
    more, and energy beyond the last one as much as that.
    """
    before, last = round(arrival.spare_wh / 1000.0), len(arrival.worths_ct) - 1
    places = (min(max(0, place - before), last) for place in range(low_kwh, high_kwh))
    return sum(arrival.worths_ct[place] for place in places) / (high_kwh - low_kwh)
