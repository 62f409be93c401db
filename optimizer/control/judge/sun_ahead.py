"""The sun ahead of a late meter: the surplus of now by the PV power of now.

A late meter shows the house of some moment ago. The control waits until the cars have been steady for that time, so it
is slow. If PV is read with less delay, nothing has to wait: the home of then is PV + grid − cars of that moment, and a
home changes less than the sun. The surplus is the PV power of now minus this home.

Some houses read PV from the same late device. There the PV of now belongs to the grid power of now. The service finds
out which is true: with the right moments the home is calm, with the wrong ones each cloud and each move of a car
appears in it. Until the difference is clear, the control waits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.value import maker

STEP_S, LONGEST_S = 5, 60
DELAYS_S = tuple(range(0, LONGEST_S + STEP_S, STEP_S))
"""The delays of the meter that are compared, s."""
PV_STEPS = 2
"""PV itself is read up to this many steps late."""
PAIRS = tuple(
    (cars, fed) for cars in range(len(DELAYS_S)) for fed in sorted({0, *range(max(0, cars - PV_STEPS), cars + 1)})
)
"""How late the meter is against cars and PV, as indices of `DELAYS_S`. The first pair: it is not late. 0 for PV: PV is
read from the same late device."""
REMEMBERED_S = 600.0
"""Time constant of the comparison."""
CALM = 0.25
"""With the right delays, the home changes by less than this part of what it does without a delay, as a sum of
squares."""
TOLD_W = 1000.0
"""The moves of sun and cars tell the delays only if they are larger than this in total."""
SURE_S = 30.0
"""The same delay of the cars must be the best for this long."""
HOME_S = 10.0
"""Time constant of the home, s. It evens out small errors of the delays."""
LOAD_W = 500.0
"""A home that is larger by more than this counts at once: a load was switched on."""
LONGEST_STEP_S = 15.0
"""After a longer gap the course starts again."""


class Moment(NamedTuple):
    """The powers of one moment, W."""

    at_s: float
    drawn_w: float
    fed_w: float
    """PV and the discharge of batteries."""


class SunAhead(NamedTuple):
    """Part of the memory."""

    course: tuple[Moment, ...] = ()
    """Oldest first. Empty while the meter is not late, or PV is not measured."""
    homes_w: tuple[float, ...] = ()
    """The home for each of `PAIRS`. Empty while the course is too short."""
    changes_w2: tuple[float, ...] = (0.0,) * len(PAIRS)
    """The recent changes of these homes, squared."""
    best: int = -1
    """The pair with the calmest home. -1: none is much calmer than without a delay."""
    since_s: float = math.inf
    """Since when it has been the best one, or one with nearly the same delay of the cars."""
    home_w: float | None = None
    """The home by this pair. None if it is not known."""

    @property
    def delay_s(self) -> float:
        """How late the meter is against the cars, by this pair."""
        return float(DELAYS_S[PAIRS[self.best][0]])


NO_SUN_AHEAD = SunAhead()
make_sun_ahead = maker(SunAhead)


def seen(before: SunAhead, at_s: float, drawn_w: float, fed_w: float, grid_w: float, *, sure: bool = True) -> SunAhead:
    """The memory after one more reading of a late meter. `sure`: each car moves as its model does."""
    course, last_w, changes_w2, last, since_s, home_w = before
    if course and at_s <= course[-1].at_s:
        return before
    gap_s = at_s - course[-1].at_s if course else 0.0
    if gap_s > LONGEST_STEP_S:
        course = ()
    oldest = 1 if len(course) > 1 and course[1].at_s < at_s - LONGEST_S else 0
    course = (*course[oldest:], Moment(at_s, drawn_w, fed_w))
    if course[0].at_s > at_s - LONGEST_S:
        return make_sun_ahead(course, (), changes_w2, -1, math.inf, None)
    if not sure:
        return make_sun_ahead(course, (), changes_w2, last, since_s, None)
    drawn, fed = _past(course, at_s)
    homes_w = tuple([grid_w + fed[then] - drawn[cars] for cars, then in PAIRS])
    if not last_w:
        return make_sun_ahead(course, homes_w, changes_w2, last, since_s, None)
    kept = math.exp(-gap_s / REMEMBERED_S)
    changes_w2 = tuple(
        [kept * w2 + (new - old) * (new - old) for w2, new, old in zip(changes_w2, homes_w, last_w, strict=True)]
    )
    calmest_w2, prompt_w2 = min(changes_w2), changes_w2[0]
    if prompt_w2 < TOLD_W * TOLD_W or calmest_w2 > CALM * prompt_w2:
        return make_sun_ahead(course, homes_w, changes_w2, -1, math.inf, None)
    best = changes_w2.index(calmest_w2)
    if last < 0 or abs(PAIRS[best][0] - PAIRS[last][0]) > 1:
        return make_sun_ahead(course, homes_w, changes_w2, best, at_s, None)
    if at_s - since_s < SURE_S:
        return make_sun_ahead(course, homes_w, changes_w2, best, since_s, None)
    if home_w is None or best != last or homes_w[best] > home_w + LOAD_W:
        home_w = homes_w[best]
    else:
        home_w += (1.0 - math.exp(-gap_s / HOME_S)) * (homes_w[best] - home_w)
    return make_sun_ahead(course, homes_w, changes_w2, best, since_s, home_w)


def without_home(before: SunAhead) -> SunAhead:
    """The memory while PV is not known. What was learned stays."""
    return before if before.home_w is None and not before.homes_w else before._replace(homes_w=(), home_w=None)


def _past(course: tuple[Moment, ...], at_s: float) -> tuple[list[float], list[float]]:
    """The power of the cars, and the one of PV and batteries, at each of `DELAYS_S` ago, W. Between two moments it
    changes evenly."""
    drawn, fed = [], []
    index = len(course) - 1
    for delay_s in DELAYS_S:
        then_s = at_s - delay_s
        while course[index].at_s > then_s:
            index -= 1
        first_s, drawn_w, fed_w = course[index]
        if first_s < then_s:
            after_s, after_drawn_w, after_fed_w = course[index + 1]
            part = (then_s - first_s) / (after_s - first_s)
            drawn_w += part * (after_drawn_w - drawn_w)
            fed_w += part * (after_fed_w - fed_w)
        drawn.append(drawn_w)
        fed.append(fed_w)
    return drawn, fed
