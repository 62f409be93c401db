"""What more energy in a car than it needs is worth: what it has cost lately to charge what the car needed.

The past is cut into blocks of three days, because a car stores about so much. In each block the car could have taken
surplus, at the payment for feed-in, and energy from the grid, at its price, while it was there. The cheapest of this
energy that covers the need has a last, most expensive kWh. Spare energy replaces this kWh first, then cheaper ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from optimizer.schedule.problem import SpareWorth

DAY_S = 86_400.0
BLOCK_S = 3 * DAY_S
PAST_S = 4 * BLOCK_S
"""How far the past reaches that counts."""
LEAST_GAIN_CT = 1.0
"""Spare energy is worth at least this much more than the payment for feed-in, so that a car prefers the sun."""
PARTS_WH = (0.0, 4000.0, 8000.0, 12_000.0, 18_000.0)
"""Borders of the spare energies with the same worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One time of the past."""

    start_s: float
    end_s: float
    import_ct: float
    feed_in_ct: float
    surplus_w: float
    """PV power beyond the consumption of the home."""
    here: bool
    """Whether the car was plugged in."""
    needed_wh: float = 0.0
    """Energy that the car needed when it came in this time, at the wall. Otherwise 0."""


def spare_worths(
    past: Sequence[Past], *, most_w: float, feed_in_ct: float, battery_wh: float = 0.0
) -> tuple[SpareWorth, ...]:
    """The worth of energy beyond the need, in parts. Empty: the past says nothing.

    `past`: without overlaps, the oldest first. `most_w`: the largest power of the car. `feed_in_ct`: the usual payment
    for a kWh. `battery_wh`: capacity of the house battery, which takes the surplus of each day before the car.
    """
    curves = [curve for block in _blocks(_beside_battery(past, battery_wh)) if (curve := _curve(block, most_w))]
    if not curves:
        return ()
    means = [sum(curve[index] for curve in curves) / len(curves) for index in range(len(PARTS_WH))]
    worths = [max((one + other) / 2.0, feed_in_ct + LEAST_GAIN_CT) for one, other in pairwise(means)]
    return tuple(SpareWorth(up_to_wh, min(worths[: index + 1])) for index, up_to_wh in enumerate(PARTS_WH[1:]))


def usual_worth_ct(lowest_ct: float, feed_in_ct: float, alternative_ct: float | None = None) -> float:
    """The worth of a kWh beyond the need while the past says nothing.

    It replaces energy that the owner would buy later: at the price elsewhere (`alternative_ct`) if that is set, and
    else at the lowest coming import price. It stays below that price, so that nothing is bought for it, and above the
    payment for surplus.
    """
    later_ct = lowest_ct if alternative_ct is None else min(alternative_ct, lowest_ct)
    return max(later_ct - LEAST_GAIN_CT, feed_in_ct + LEAST_GAIN_CT)


def _beside_battery(past: Sequence[Past], battery_wh: float) -> list[Past]:
    """The past with the surplus that an empty battery of this capacity leaves each day."""
    left, day, room_wh = list[Past](), -1, 0.0
    for moment in past:
        days_before = int((past[-1].end_s - moment.end_s) // DAY_S)
        if days_before != day:
            day, room_wh = days_before, battery_wh
        hours = (moment.end_s - moment.start_s) / 3600.0
        stored_wh = min(room_wh, moment.surplus_w * hours)
        room_wh -= stored_wh
        left.append(replace(moment, surplus_w=moment.surplus_w - stored_wh / hours))
    return left


def _blocks(past: Sequence[Past]) -> Iterator[list[Past]]:
    """Blocks of three days, the newest first. An incomplete one is left out."""
    block: list[Past] = []
    for moment in reversed(past):
        if block and block[0].end_s - moment.start_s > BLOCK_S:
            yield block
            block = []
        block.append(moment)
    if block and block[0].end_s - block[-1].start_s >= BLOCK_S:
        yield block


def _curve(block: Sequence[Past], most_w: float) -> list[float] | None:
    """The price of the last kWh of the need, less each spare energy. None: the car was not there or needed nothing."""
    need_wh = sum(moment.needed_wh for moment in block)
    offers: list[tuple[float, float]] = []
    for moment in block:
        if moment.here:
            hours = (moment.end_s - moment.start_s) / 3600.0
            sun_wh = min(most_w, max(0.0, moment.surplus_w)) * hours
            offers.append((moment.feed_in_ct, sun_wh))
            offers.append((moment.import_ct, most_w * hours - sun_wh))
    if need_wh <= 0.0 or not offers:
        return None
    offers.sort()
    return [_price_at(offers, need_wh - spare_wh) for spare_wh in PARTS_WH]


def _price_at(offers: Sequence[tuple[float, float]], energy_wh: float) -> float:
    """The price of the last Wh of this energy, from the cheapest offers."""
    for price_ct, offered_wh in offers:
        energy_wh -= offered_wh
        if energy_wh <= 0.0 and offered_wh > 0.0:
            return price_ct
    return offers[-1][0]
