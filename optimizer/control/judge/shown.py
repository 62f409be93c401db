"""The last surplus that the meter has shown with the cars at rest. It counts while their last move is not shown yet."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.value import maker

LONGEST_HOLD_S = 300.0
"""An earlier surplus counts no longer than this."""
STEP_W = 500.0
"""A fall by this between two readings is a load that was switched on. An average of a minute has no such steps."""


class ShownSurplus(NamedTuple):
    """The last surplus whose values show the last move of the cars. Part of the memory."""

    total_w: float = math.nan
    pv_w: float = 0.0
    """The PV power that the meter may have shown then: the largest one of the time by which it is late."""
    pv_s: float = -math.inf
    """The moment of this power."""
    at_s: float = -math.inf
    """The moment. -inf: none yet."""
    most_w: float = 0.0
    """The largest power of the cars since then."""
    least_pv_w: float = 0.0
    """The smallest PV power since then."""
    at_most_w: float = math.inf
    """The largest surplus that the last value of the meter allows."""


NOTHING_SHOWN = ShownSurplus()
make_shown_surplus = maker(ShownSurplus)


def shown(
    before: ShownSurplus, total_w: float, taken_w: float, pv_w: float, at_s: float, late_s: float
) -> ShownSurplus:
    """The memory after a moment at which the meter shows the last move of the cars. `total_w`, `taken_w`, and `pv_w`
    are as in `held`. The meter is late by `late_s`. It does not show yet that the sun has fallen in this time."""
    fallen = pv_w < before.pv_w and before.pv_s >= at_s - late_s
    return make_shown_surplus(
        total_w=total_w,
        pv_w=before.pv_w if fallen else pv_w,
        pv_s=before.pv_s if fallen else at_s,
        at_s=at_s,
        most_w=taken_w,
        least_pv_w=pv_w,
        at_most_w=total_w,
    )


def held(
    before: ShownSurplus, total_w: float, taken_w: float, pv_w: float, at_s: float, *, late: bool, starts: bool
) -> tuple[ShownSurplus, float]:
    """The memory after one more moment at which the surplus is held, and the surplus that counts, W: the last shown
    one, with the change of the PV power since. `total_w`, `taken_w`, and `pv_w` are the surplus, the power of the cars,
    and the PV power by the readings of now. With a `late` meter a rise of the PV power does not count, because its
    reading can be late by the same time.

    The value of a late meter is from some moment since the surplus was shown. The cars drew `most_w` at most then, and
    the PV gave `least_pv_w` at least. So a load that was switched on counts as soon as the meter shows it, although the
    cars have moved. While a car `starts`, its power is not known, and it would look like such a load.
    """
    most_w, least_pv_w = before.most_w, before.least_pv_w
    if taken_w > most_w or pv_w < least_pv_w:
        most_w, least_pv_w = max(most_w, taken_w), min(least_pv_w, pv_w)
        before = before._replace(most_w=most_w, least_pv_w=least_pv_w)
    if at_s - before.at_s > LONGEST_HOLD_S:
        return before, total_w
    change_w = pv_w - before.pv_w
    if not late:
        return before, before.total_w + change_w
    held_w = before.total_w + min(0.0, change_w)
    at_most_w = total_w - taken_w + most_w + pv_w - least_pv_w
    if starts or held_w <= at_most_w or before.at_most_w - at_most_w < STEP_W:
        return before._replace(at_most_w=at_most_w), held_w
    return before._replace(total_w=at_most_w, pv_w=pv_w, pv_s=at_s, at_most_w=at_most_w), at_most_w
