"""The sun ahead of a late meter: the surplus of now by the PV power of now.

A late or averaging meter shows the house of some time ago, and some meters hold each value for a minute. The control
waits until the cars have been steady for that time, so it is slow. If PV is read with less delay, nothing has to wait:
the home of then is PV + grid − cars of then, and a home changes less than the sun. The surplus is the PV power of now
minus this home.

What the meter shows is found out: with the right view (see `views`) the home is calm from value to value, with the
wrong ones each cloud and each move of a car appears in it. Until the difference is clear, the control waits.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.views import (
    LATE_STEPS,
    LONGEST_S,
    MOMENTS,
    NEVER,
    SHOWN_STEPS,
    STEP_S,
    VIEWS,
    WINDOWS,
    Moment,
    homes_of,
)
from optimizer.model.value import maker

REMEMBERED_S = 600.0
"""Time constant of the comparison."""
CALM = 0.25
"""With the right view, the home changes by less than this part of what it seems to change without one, as a sum of
squares."""
TOLD_W = 1000.0
"""The moves of sun and cars tell the view only if they are larger than this in total."""
SURE_S = 30.0
"""The same view, or one that is as late, must be the best for this long."""
HOME_S = 10.0
"""Time constant of the home, s. It evens out small errors of the view."""
LOAD_W = 500.0
"""A home that is larger by more than this counts at once: a load was switched on."""
LONGEST_STEP_S = 15.0
"""After a longer gap the course starts again."""
KEPT_S = 75.0
"""A meter may hold its value for this long. After that neither the home nor the view is known."""


class SunAhead(NamedTuple):
    """Part of the memory."""

    course: tuple[Moment, ...] = ()
    """Oldest first. Empty while the meter is not late, or PV is not measured."""
    value_s: float = -math.inf
    """Since when the value of the meter is the same."""
    homes_w: tuple[float, ...] = ()
    """The home for each view when the value came. Empty while the course is too short, or a car is not sure."""
    changes_w2: tuple[float, ...] = (0.0,) * (VIEWS + len(WINDOWS))
    """The recent changes of these homes, squared."""
    seeming_w2: float = 0.0
    """The same of the home if the meter were not late."""
    best: int = -1
    """The view with the calmest home. -1: none is much calmer than the home seems to be without it."""
    since_s: float = math.inf
    """Since when it has been the best one, or one that is as late."""
    home_w: float | None = None
    """The home by this view. None if it is not known."""

    @property
    def delay_s(self) -> float:
        """The time until the meter shows a move of the cars completely, by this view."""
        return float(STEP_S * SHOWN_STEPS[self.best])


NO_SUN_AHEAD = SunAhead()
make_sun_ahead = maker(SunAhead)


def seen(before: SunAhead, at_s: float, drawn_w: float, fed_w: float, grid_w: float, *, sure: bool = True) -> SunAhead:
    """The memory after one more reading of a late meter. `sure`: each car moves as its model does."""
    course, value_s, last_w, changes_w2, seeming_w2, last, since_s, home_w = before
    now, then = Moment(at_s, drawn_w, fed_w, grid_w), course[-1] if course else NEVER
    gap_s, held_s, held = at_s - then.at_s, at_s - value_s, grid_w == then.shown_w
    if gap_s <= 0.0:
        return before
    value_s = value_s if held else at_s
    course = _longer(course, now)
    if course[0].at_s > at_s - LONGEST_S:
        return make_sun_ahead(course, value_s, (), changes_w2, seeming_w2, -1, math.inf, None)
    if not sure:
        return make_sun_ahead(course, value_s, (), changes_w2, seeming_w2, last, since_s, None)
    if last_w:
        seeming_w2 = math.exp(-gap_s / REMEMBERED_S) * seeming_w2 + (now.home_w - then.home_w) ** 2
    if held:
        if held_s > KEPT_S:
            return make_sun_ahead(course, value_s, last_w, changes_w2, seeming_w2, -1, math.inf, None)
        return make_sun_ahead(course, value_s, last_w, changes_w2, seeming_w2, last, since_s, home_w)
    homes_w = homes_of(course, at_s)
    if not last_w:
        return make_sun_ahead(course, value_s, homes_w, changes_w2, seeming_w2, last, since_s, None)
    kept = math.exp(-held_s / REMEMBERED_S)
    changes_w2 = tuple(
        [kept * w2 + (new - old) * (new - old) for w2, new, old in zip(changes_w2, homes_w, last_w, strict=True)]
    )
    best = _calmest(changes_w2, seeming_w2, last)
    if best < 0:
        return make_sun_ahead(course, value_s, homes_w, changes_w2, seeming_w2, -1, math.inf, None)
    since_s = since_s if _as_late(best, last) else at_s
    if at_s - since_s < SURE_S:
        home_w = None
    elif home_w is None or best != last or homes_w[best] > home_w + LOAD_W:
        home_w = homes_w[best]
    else:
        home_w += (1.0 - math.exp(-held_s / HOME_S)) * (homes_w[best] - home_w)
    return make_sun_ahead(course, value_s, homes_w, changes_w2, seeming_w2, best, since_s, home_w)


def _longer(course: tuple[Moment, ...], now: Moment) -> tuple[Moment, ...]:
    """The course with one more moment, and without those before `LONGEST_S` ago. After a gap it starts again."""
    if course and now.at_s - course[-1].at_s > LONGEST_STEP_S:
        return (now,)
    oldest = 1 if len(course) > 1 and course[1].at_s < now.at_s - LONGEST_S else 0
    return (*course[oldest:], now)


def _calmest(changes_w2: tuple[float, ...], seeming_w2: float, last: int) -> int:
    """The view with the calmest home, or -1 if it is not much calmer than the home seems to be without it. The last
    one stays while little moves, or while loads hide the difference."""
    if seeming_w2 < TOLD_W * TOLD_W:
        return last
    calmest_w2, rival_w2 = min(changes_w2[:VIEWS]), seeming_w2
    best = changes_w2.index(calmest_w2)
    if best >= len(MOMENTS):
        # An average is calm by itself. So it must also be calmer than the average of the home without a delay.
        window = (best - len(MOMENTS)) % len(WINDOWS)
        end, begin = WINDOWS[window]
        rival_w2 = max(changes_w2[VIEWS + window], seeming_w2 / (begin - end) ** 2)
    if last >= 0 and not _as_late(best, last):
        rival_w2 = min(rival_w2, changes_w2[last])
    if calmest_w2 <= CALM * rival_w2:
        return best
    return last if last >= 0 and changes_w2[last] <= seeming_w2 else -1


def _as_late(view: int, last: int) -> bool:
    """Whether the meter is as late by this view as by the last one. -1: none."""
    return last >= 0 and -1.0 <= LATE_STEPS[view] - LATE_STEPS[last] <= 1.0


def without_home(before: SunAhead) -> SunAhead:
    """The memory while PV is not known. What was learned stays."""
    return before if before.home_w is None and not before.homes_w else before._replace(homes_w=(), home_w=None)
