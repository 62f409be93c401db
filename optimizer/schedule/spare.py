"""What more energy in a car than it needs is worth: what it has cost lately to charge what the car needed.

The past is cut into blocks of three days, because a car stores about so much. In each block the car could have taken
surplus, at the payment for feed-in, and energy from the grid, at its price, while it was there. The cheapest of this
energy that covers the need has a last, most expensive kWh. Spare energy replaces this kWh first, then cheaper ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimizer.schedule.problem import SpareWorth

BLOCK_S = 3 * 86_400.0
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
    """PV power that neither the home nor the battery took."""
    here: bool
    """Whether the car was plugged in."""
    needed_wh: float = 0.0
    """Energy that the car needed when it came in this time, at the wall. Otherwise 0."""


def spare_worths(past: Sequence[Past], most_w: float, usual: tuple[float, float]) -> tuple[SpareWorth, ...]:
    """The worth of energy beyond the need, in parts. `most_w` is the largest power of the car.

    `usual` has the lowest known import price and the usual payment for feed-in, ct/kWh. Without a past, half of the
    needed energy is assumed to come from the sun.
    """
    lowest_ct, feed_in_ct = usual
    curves = [curve for block in _blocks(past) if (curve := _curve(block, most_w))]
    if not curves:
        worth_ct = max((lowest_ct + feed_in_ct) / 2.0, feed_in_ct + LEAST_GAIN_CT)
        return (SpareWorth(PARTS_WH[-1], worth_ct),)
    means = [sum(curve[index] for curve in curves) / len(curves) for index in range(len(PARTS_WH))]
    worths = [max((one + other) / 2.0, feed_in_ct + LEAST_GAIN_CT) for one, other in pairwise(means)]
    return tuple(SpareWorth(up_to_wh, min(worths[: index + 1])) for index, up_to_wh in enumerate(PARTS_WH[1:]))


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
