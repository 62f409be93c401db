"""Rests: moments at which the cars drew the same power, to know the home before a move.

A fast meter shows the start of a car before its charger does. Until then the car seems to rest, and the home seems to
have risen. Therefore a rest is sure only after a later reading of every car has shown it. When a reading shows a move
that no command explains, the last sure rest is the one before it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.value import maker

FORGOTTEN_S, FORGOTTEN_READINGS, LONGEST_S = 45.0, 3.0, 120.0
"""A rest that is older than the first time and this number of readings says nothing about the home before a move. The
last time counts for a charger that reports only changes."""


class Rest(NamedTuple):
    """The values of one moment."""

    drawn_w: float = math.nan
    """Power of the cars."""
    home_w: float = 0.0
    """Power of the home."""
    at_s: float = math.inf
    """The moment, monotonic s. Infinite: none."""


NO_REST = Rest()
make_rest = maker(Rest)


class Rests(NamedTuple):
    """The last rests. Part of the memory."""

    unsure: Rest = NO_REST
    """A rest that no later reading has shown yet."""
    sure: Rest = NO_REST
    """The last rest that later readings of all cars have shown."""
    read_s: float = -math.inf
    """Time of the oldest reading of a car at the last look."""


NO_RESTS = Rests()
make_rests = maker(Rests)


def resting(before: Rests, drawn_w: float, home_w: float, at_s: float, read_s: float) -> Rests:
    """The rests after one more. `read_s` is the time of the oldest reading of a car."""
    rest = make_rest(drawn_w, home_w, at_s)
    if at_s <= read_s:
        return make_rests(NO_REST, rest, read_s)
    unsure, sure, _ = before
    if unsure.at_s <= read_s:
        unsure, sure = NO_REST, unsure
    return make_rests(rest if unsure.at_s == math.inf else unsure, sure, read_s)


def moving(before: Rests, read_s: float) -> Rests:
    """The rests while a car moves."""
    return make_rests(NO_REST, before.sure, read_s)


def denied(drawn_w: float, home_w: float, read_s: float) -> Rests:
    """The rests after a reading has denied a move that the commands told. The cars still rest as before, with
    `drawn_w` and `home_w`."""
    return make_rests(NO_REST, make_rest(drawn_w, home_w, read_s), read_s)


def before_reading(rests: Rests, at_s: float, read_s: float) -> Rest:
    """The sure rest before a move that is seen at `at_s`, if a new reading has shown it. Otherwise none."""
    if read_s <= rests.read_s:
        return NO_REST
    forgotten_s = min(LONGEST_S, max(FORGOTTEN_S, FORGOTTEN_READINGS * (read_s - rests.read_s)))
    return rests.sure if 0.0 <= at_s - rests.sure.at_s < forgotten_s else NO_REST
