"""The window of an averaging meter: the moments whose average it shows.

Some meters show one moment, perhaps a late one. Others show the average of the last 15, 30, or 60 s. Such a meter shows
a load and each move of a car little by little. PV + grid − cars then looks like a home that changes while the cars
move. The average of cars − PV in the window removes that: home = grid − average.

The answers to the moves of the cars tell the window. With the right one the home is constant in the time of the answer.
An answer that no window explains tells nothing: an appliance was switched, or the car is not where its model is. A
meter of one moment is not corrected here.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import NamedTuple

from optimizer.model.value import maker

STEP_S, LONGEST_S = 5, 65
"""Windows begin and end at multiples of the first time ago, and reach back by the second one."""
WINDOWS = tuple(
    (end_s, begin_s)
    for end_s in range(0, LONGEST_S, STEP_S)
    for begin_s in range(end_s + STEP_S, LONGEST_S + STEP_S, STEP_S)
)
"""How long ago each window ends and begins, s."""
MOMENT_S = 10
"""Within the interval of ticks and readings, a window of this length is one moment."""
BEFORE_S = 10.0
"""The values from this time before a move on are compared."""
KEPT_S = 2.0 * LONGEST_S + 2.0 * BEFORE_S
"""An answer takes up to `LONGEST_S`, and the window at its begin reaches back by the same time."""
UNEXPLAINED = 0.05
"""A window explains an answer if no more than this part of the variance of the meter remains in the home."""
LEAST_ANSWERS, MOST_ANSWERS = 2, 5
"""Number of answers that must have the same window, and number of stored answers."""


class Moment(NamedTuple):
    """The powers of one moment, W."""

    at_s: float
    drawn_w: float
    """Cars − PV."""
    supplied_w: float
    """What the meter shows, and the discharge of the batteries."""


class Window(NamedTuple):
    """Part of the memory."""

    course: tuple[Moment, ...] = ()
    """The last moments, oldest first. Empty while the meter is not late."""
    answers: tuple[int, ...] = ()
    """The windows that explain each of the last answers, one bit for each of `WINDOWS`."""
    known: tuple[tuple[int, int], ...] = ()
    """The windows that explain most of the answers. Empty: the meter shows one moment, or it is not known yet."""
    drawn_w: float | None = None
    """The power of cars − PV that the meter shows now, W: the largest average of these windows. None while none is
    known."""


NO_WINDOW = Window()
make_moment = maker(Moment)
make_window = maker(Window)


def seen(before: Window, at_s: float, drawn_w: float, supplied_w: float, moved_s: float = math.inf) -> Window:
    """The memory after one more moment of a late meter. A move that began at `moved_s` has ended, because the meter has
    answered, or is at its end. Infinite: none."""
    course, answers, known, _ = before
    if course and at_s <= course[-1].at_s:
        return before
    oldest = 1 if course and course[0].at_s < at_s - KEPT_S else 0
    course = (*course[oldest:], make_moment(at_s, drawn_w, supplied_w))
    if course[0].at_s > at_s - LONGEST_S:
        return make_window(course, answers, known, None)
    sums = _sums(course)
    if (
        moved_s < at_s
        and course[0].at_s <= moved_s - BEFORE_S - LONGEST_S
        and (explain := _explain(course, sums, moved_s))
    ):
        answers = (*answers, explain)[-MOST_ANSWERS:]
        known = _known(answers)
    averages_w = (_mean_w(course, sums, at_s - begin_s, at_s - end_s) for end_s, begin_s in known)
    return make_window(course, answers, known, max(averages_w, default=None))


def _explain(course: tuple[Moment, ...], sums: list[float], moved_s: float) -> int:
    """The windows that explain the answer to the last move, one bit for each."""
    compared = [moment for moment in course if moment.at_s >= moved_s - BEFORE_S]
    unexplained, explain = UNEXPLAINED * _squares([moment.supplied_w for moment in compared]), 0
    for bit, (end_s, begin_s) in enumerate(WINDOWS):
        homes_w = [supplied_w - _mean_w(course, sums, at_s - begin_s, at_s - end_s) for at_s, _, supplied_w in compared]
        if _squares(homes_w) <= unexplained:
            explain |= 1 << bit
    return explain


def _known(answers: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The windows that explain the most answers, and more than half of them. None if one of them is a moment."""
    votes = [sum(explains >> bit & 1 for explains in answers) for bit in range(len(WINDOWS))]
    most = max(votes)
    if most < LEAST_ANSWERS or 2 * most <= len(answers):
        return ()
    best = tuple(window for window, number in zip(WINDOWS, votes, strict=True) if number == most)
    return best if all(begin_s - end_s > MOMENT_S for end_s, begin_s in best) else ()


def _sums(course: tuple[Moment, ...]) -> list[float]:
    """The energy of cars − PV until each moment, Ws. Between two moments the power changes evenly."""
    areas = (0.5 * (a.drawn_w + b.drawn_w) * (b.at_s - a.at_s) for a, b in pairwise(course))
    return list(accumulate(areas, initial=0.0))


def _mean_w(course: tuple[Moment, ...], sums: list[float], begin_s: float, end_s: float) -> float:
    """The average of cars − PV between two times of the course, W."""
    return (_sum_at(course, sums, end_s) - _sum_at(course, sums, begin_s)) / (end_s - begin_s)


def _sum_at(course: tuple[Moment, ...], sums: list[float], at_s: float) -> float:
    """The energy until a time of the course, Ws."""
    after = max(1, bisect_left(course, (at_s,)))
    first, then = course[after - 1], course[after]
    passed_s, part = at_s - first.at_s, (at_s - first.at_s) / (then.at_s - first.at_s)
    return sums[after - 1] + passed_s * (first.drawn_w + 0.5 * part * (then.drawn_w - first.drawn_w))


def _squares(powers_w: list[float]) -> float:
    """The sum of the squared differences from the mean, W²."""
    mean_w = sum(powers_w) / len(powers_w)
    return sum((power_w - mean_w) ** 2 for power_w in powers_w)


def without_average(window: Window) -> Window:
    """The window while the average that the meter shows is not known."""
    return window if window.drawn_w is None else window._replace(drawn_w=None)
