"""Import and export that are swapped at the grid meter, found by the PV systems. No car has to charge for it.

If PV gives 1 kW more, the surplus of the house rises by 1 kW. With a meter that counts the other way, it seems to fall
by 1 kW. Loads that follow the sun make the rise smaller, but they do not make it a fall. A PV value with a wrong factor
changes the size and not the sign. A PV value with the opposite sign looks the same as a swapped meter: the reason names
both.

Every half hour the change of PV and the change of the surplus are compared. The times are fixed: a comparison at the
moment of a cloud would mislead with a late meter. The other loads of the house are noise. The line through all changes
must be certain enough in spite of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.words.text import Text

SAMPLE_S = 1800.0
LATEST_S = 2.0 * SAMPLE_S
"""After a longer time the change is not counted."""
LEAST_W = 100.0
"""A smaller change of PV says nothing."""
KEPT = 0.95
"""Weight of the earlier comparisons at each new one."""
LEAST_MOVES = 6.0
SWAPPED = -0.5
"""Below this rise of the surplus per rise of PV, the meter counts the other way. 1 is right, -1 is swapped."""
SURE = 5.0
"""The slope must be as surely below zero as a normal value that is this many standard deviations away. With loads that
follow the sun, the slope of a right meter is zero. The slope of a right meter without them, 1, must be as far from
`SWAPPED`."""
LEAST_NOISE_W = 100.0
"""The loads of a house are never steadier than this."""
WHY = Text("implausible: the sign of the meter or of PV is wrong: when PV gives more, the meter shows more import")


class BySun(NamedTuple):
    """The comparisons up to now. Part of the memory. The sums fade."""

    next_s: float = -math.inf
    """When the next one is due, monotonic s."""
    pv_w: float = 0.0
    surplus_w: float = 0.0
    """The values of the last one."""
    moves: float = 0.0
    """Number of comparisons."""
    pv_squares: float = 0.0
    """Sum of the squared changes of PV, W²."""
    surplus_squares: float = 0.0
    products: float = 0.0


def compared(before: BySun, at_s: float, pv_w: float, surplus_w: float) -> BySun:
    """The comparisons after one more moment that is due."""
    pv_change_w, change_w = pv_w - before.pv_w, surplus_w - before.surplus_w
    after = before._replace(next_s=at_s + SAMPLE_S, pv_w=pv_w, surplus_w=surplus_w)
    if at_s - before.next_s > LATEST_S - SAMPLE_S or abs(pv_change_w) < LEAST_W:
        return after
    return after._replace(
        moves=KEPT * before.moves + 1.0,
        pv_squares=KEPT * before.pv_squares + pv_change_w * pv_change_w,
        surplus_squares=KEPT * before.surplus_squares + change_w * change_w,
        products=KEPT * before.products + pv_change_w * change_w,
    )


def swapped(by_sun: BySun) -> str:
    """The reason why the meter is not believed, or empty."""
    pv_squares, products, moves = by_sun.pv_squares, by_sun.products, by_sun.moves
    if moves < LEAST_MOVES or products > SWAPPED * pv_squares:
        return ""
    rest = (by_sun.surplus_squares - products * products / pv_squares) / (moves - 1.0)
    least = max(squared_distance(moves - 1.0) * rest, SURE * SURE * LEAST_NOISE_W * LEAST_NOISE_W)
    known = (1.0 - SWAPPED) ** 2 * pv_squares > least
    negative = products * products > least * pv_squares
    return WHY if known and negative else ""


def squared_distance(freedom: float) -> float:
    """The squared distance of a slope, in its estimated variances, that is as rare as `SURE` standard deviations.

    The noise is estimated from few moves, so this is Student's distribution with that many degrees of freedom and not
    the normal one (Wallace, Bounds on normal approximations to Student's and the chi-square distributions, 1959).
    """
    return freedom * math.expm1(SURE * SURE / freedom)
