"""The last surplus that the meter has shown with the cars at rest. It counts while their last move is not shown yet."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.value import maker

LONGEST_HOLD_S = 300.0
"""An earlier surplus counts no longer than this."""
Drawn = tuple[tuple[float, float], ...]
"""Moments and their powers. Each power is larger than those of the later moments."""
NOTHING_DRAWN: Drawn = ()


class ShownSurplus(NamedTuple):
    """The last surplus whose values show the last move of the cars. Part of the memory."""

    total_w: float = math.nan
    pv_w: float = 0.0
    """The PV power that the meter may have shown then: the largest one of the time by which it is late."""
    pv_s: float = -math.inf
    """The moment of this power."""
    at_s: float = -math.inf
    """The moment. -inf: none yet."""
    drawn: Drawn = NOTHING_DRAWN
    """The power of the cars minus the PV power, in the time by which the meter is late."""


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
        drawn=with_drawn(before.drawn, at_s, taken_w - pv_w, late_s) if late_s else NOTHING_DRAWN,
    )


def held(
    before: ShownSurplus,
    total_w: float,
    taken_w: float,
    pv_w: float,
    at_s: float,
    late_s: float,
    averaged_w: float | None = None,
    *,
    starts: bool,
) -> tuple[ShownSurplus, float]:
    """The memory after one more moment at which the surplus is held, and the surplus that counts, W: the last shown
    one, with the change of the PV power since. `total_w`, `taken_w`, and `pv_w` are the surplus, the power of the cars,
    and the PV power by the readings of now. The meter is late by `late_s`. With a late meter a rise of the PV power
    does not count, because its reading can be late by the same time.

    The value of a late meter is from some moment of this time, or an average of it. So the surplus is at most the one
    of the moment at which the cars drew most, compared with the PV. A load that was switched on counts as soon as the
    meter shows it, although the cars have moved. While a car `starts`, its power is not known, and it would look like
    such a load. `averaged_w` is the power of cars − PV that an averaging meter shows. It gives the surplus of each
    moment.
    """
    if late_s:
        before = before._replace(drawn=with_drawn(before.drawn, at_s, taken_w - pv_w, late_s))
    if at_s - before.at_s > LONGEST_HOLD_S:
        return before, total_w
    change_w = pv_w - before.pv_w
    if not late_s:
        return before, before.total_w + change_w
    held_w = before.total_w + min(0.0, change_w)
    shown_w = before.drawn[0][1] if averaged_w is None else averaged_w
    at_most_w = total_w - taken_w + pv_w + shown_w
    if starts or held_w <= at_most_w:
        return before, held_w
    if averaged_w is not None:
        return before, at_most_w
    return before._replace(total_w=at_most_w, pv_w=pv_w, pv_s=at_s), at_most_w


def with_drawn(before: Drawn, at_s: float, drawn_w: float, late_s: float) -> Drawn:
    """The moments after one more. The first one has the largest power of the last `late_s` seconds."""
    first_s = at_s - late_s
    return (*(one for one in before if one[0] >= first_s and one[1] > drawn_w), (at_s, drawn_w))
