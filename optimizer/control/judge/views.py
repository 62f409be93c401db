"""What a grid meter may show: a late moment, or the average of some time.

The home of that moment, or of that time, is PV + grid + discharge − cars of the same moment or time. PV is read from a
device of its own, perhaps a little late, or from the late device itself. Then the PV of now belongs to the value of
now. Each of these views gives another home, and `sun_ahead` finds out which one is true.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import NamedTuple

STEP_S, LONGEST_S = 5, 60
TIMES_S = tuple(range(0, LONGEST_S + STEP_S, STEP_S))
"""How long ago the moments are that are compared, s."""
PV_STEPS = 2
"""PV itself is read up to this many steps late."""
MOMENTS = tuple(
    (cars, fed) for cars in range(len(TIMES_S)) for fed in sorted({0, *range(max(0, cars - PV_STEPS), cars + 1)})
)
"""A meter of one moment: how late it is against cars and PV, as indices of `TIMES_S`. 0 for PV: PV is read from the
same late device."""
WINDOWS = (*((0, begin) for begin in (2, 3, 4, 5, 6, 7, 8, 10, 12)), (2, 5), (2, 8), (2, 11), (4, 10))
"""An averaging meter: when its time ends and begins. Between two of these windows the average changes little."""
LATE_STEPS = (*(float(cars) for cars, _ in MOMENTS), *[(end + begin) / 2.0 for end, begin in WINDOWS] * 2)
"""How late the meter is against the cars, on average, for each view."""
VIEWS = len(LATE_STEPS)
SHOWN_STEPS = (*(cars for cars, _ in MOMENTS), *[begin for _, begin in WINDOWS] * 2)
"""After how many steps it shows a move of the cars completely."""


class Moment(NamedTuple):
    """The powers of one moment, W."""

    at_s: float
    drawn_w: float
    fed_w: float
    """PV and the discharge of batteries."""
    shown_w: float
    """What the meter shows, + import."""

    @property
    def home_w(self) -> float:
        """The power of the home if the meter is not late."""
        return self.shown_w + self.fed_w - self.drawn_w


NEVER = Moment(-math.inf, 0.0, 0.0, math.nan)


def homes_of(course: tuple[Moment, ...], at_s: float) -> tuple[float, ...]:
    """The home for each view, W, and then the average home of each window if the meter were not late. `course` has the
    moments of the last `LONGEST_S` and of now, oldest first."""
    drawn, fed, shown = _past(course, at_s)
    now_w = shown[0]
    homes_w = [now_w + fed[then] - drawn[cars] for cars, then in MOMENTS]
    means_w = list(zip(_means(drawn), _means(fed), _means(shown), strict=True))
    homes_w += [now_w + fed_w - drawn_w for drawn_w, fed_w, _ in means_w]
    homes_w += [now_w + fed[0] - drawn_w for drawn_w, _, _ in means_w]
    homes_w += [shown_w + fed_w - drawn_w for drawn_w, fed_w, shown_w in means_w]
    return tuple(homes_w)


def _means(powers_w: list[float]) -> list[float]:
    """The average of each of `WINDOWS`, by the powers at `TIMES_S`. Between two of them the power changes evenly."""
    sums = list(accumulate((0.5 * (after_w + before_w) for after_w, before_w in pairwise(powers_w)), initial=0.0))
    return [(sums[begin] - sums[end]) / (begin - end) for end, begin in WINDOWS]


def _past(course: tuple[Moment, ...], at_s: float) -> tuple[list[float], list[float], list[float]]:
    """The power of the cars, the one of PV and batteries, and the value of the meter at each of `TIMES_S`, W. Between
    two moments it changes evenly."""
    drawn, fed, shown = [], [], []
    index = len(course) - 1
    for ago_s in TIMES_S:
        then_s = at_s - ago_s
        while course[index].at_s > then_s:
            index -= 1
        first_s, drawn_w, fed_w, shown_w = course[index]
        if first_s < then_s:
            after_s, after_drawn_w, after_fed_w, after_shown_w = course[index + 1]
            part = (then_s - first_s) / (after_s - first_s)
            drawn_w += part * (after_drawn_w - drawn_w)
            fed_w += part * (after_fed_w - fed_w)
            shown_w += part * (after_shown_w - shown_w)
        drawn.append(drawn_w)
        fed.append(fed_w)
        shown.append(shown_w)
    return drawn, fed, shown
