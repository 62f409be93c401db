"""Phase currents that come late: what the cars drew at the moment that the meter shows.

The load of the house is what the meter shows less the cars. If the meter shows a moment 20 s ago, the cars of that
moment count. With the cars of now, each reduction of a car would look like a rise of the house, and the guard would
reduce it again.

What the meter shows is a bound: the house does not export more on a phase than PV and batteries give.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

FOLLOWS_S = 5.0
"""A car follows its command up to this later than the guard counts it."""
PhaseAmps = tuple[float, float, float]
ANY_A: PhaseAmps = (math.inf, math.inf, math.inf)


class Lateness(NamedTuple):
    """The delay of a meter, s."""

    least_s: float
    most_s: float
    windows: tuple[tuple[float, float], ...] = ()
    """How long ago the average of an averaging meter may end and begin, s. Empty: it shows one moment, or it is not
    known yet."""


class Moment(NamedTuple):
    """The current of all cars on L1..L3 from one moment on, A."""

    at_s: float
    amps: PhaseAmps
    since_s: float
    """The reading before, after which the cars may have risen to this current."""


Course = tuple[Moment, ...]
"""Oldest first. Empty while the meter is not late."""
NO_COURSE: Course = ()


def with_cars(course: Course, at_s: float, amps: PhaseAmps, since_s: float, late: Lateness) -> Course:
    """The course with the cars of now. `since_s` is the time of the oldest reading of a charger before this one."""
    if course and course[-1].amps == amps:
        return course
    first_s = at_s - late.most_s - FOLLOWS_S
    kept = [one for one, after in pairwise(course) if after.at_s > first_s]
    return (*kept, *course[-1:], Moment(at_s, amps, min(at_s, since_s)))


def shown_cars(course: Course, at_s: float, late: Lateness, most_a: PhaseAmps = ANY_A) -> PhaseAmps:
    """The largest current of the cars that a meter read at `at_s` may show, A. So the load of the house can be taken
    for too small for some seconds. Its peak is held for longer than that.

    `most_a`: the cars that the meter shows did not have more on any phase. They count in proportion if they had, but
    not with less than in the moment with the smallest current that it may show.
    """
    found = _shown(course, at_s, late)
    if not found:
        return (0.0, 0.0, 0.0)
    largest = (max(one for one, _, _ in found), max(two for _, two, _ in found), max(three for _, _, three in found))
    part = min((most / amps for amps, most in zip(largest, most_a, strict=True) if amps > max(0.0, most)), default=1.0)
    if part == 1.0:
        return largest
    least, part = min(found, key=sum), max(0.0, part)
    return (
        max(least[0], part * largest[0]),
        max(least[1], part * largest[1]),
        max(least[2], part * largest[2]),
    )


def _shown(course: Course, at_s: float, late: Lateness) -> list[PhaseAmps]:
    """The currents of the cars that the meter may show."""
    if late.windows:
        return [_average(course, at_s - begin_s, at_s - end_s) for end_s, begin_s in late.windows]
    first_s, last_s = at_s - late.most_s - FOLLOWS_S, at_s - late.least_s
    until_s = [one.at_s for one in course[1:]] + [at_s]
    shown = [one.amps for one, end_s in zip(course, until_s, strict=True) if one.since_s <= last_s and end_s >= first_s]
    return shown or [one.amps for one in course[:1]]


def _average(course: Course, begin_s: float, end_s: float) -> PhaseAmps:
    """The average current of the cars between two times, A. Before the first moment they drew as at it."""
    sums = [0.0, 0.0, 0.0]
    for index, one in enumerate(course):
        from_s = begin_s if index == 0 else max(begin_s, one.at_s)
        until_s = min(end_s, course[index + 1].at_s) if index + 1 < len(course) else end_s
        if until_s > from_s:
            sums = [total + amps * (until_s - from_s) for total, amps in zip(sums, one.amps, strict=True)]
    first, second, third = (total / (end_s - begin_s) for total in sums)
    return (first, second, third)
