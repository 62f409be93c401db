"""The sign of the home: PV + grid + discharge − cars is never far below zero.

It is negative with a meter that counts the other way, that does not see the charger, or whose value stands still. It
is also negative in a house with PV that is not measured. There it is negative without a car too, or the meter shows the
pause of the car.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.answers import MOVE_W
from optimizer.model.value import maker
from optimizer.words.text import Text

BELOW_ZERO_W = 200.0
BELOW_ZERO_PART = 0.06
"""A home below zero by this power and this part of load and PV is impossible. Every meter has an error."""
IDLE_W = 100.0
"""Below this the cars draw nothing."""
FALL_WEIGHT, RISE_WEIGHT = 0.3, 0.01
"""Weights of a new value of the home without cars. It falls quickly and rises slowly."""


WIDER = 3.0
"""After a doubt that the meter has disproved, the home may fall by this factor further, because the sun can rise."""


class Sign(NamedTuple):
    """Part of the memory."""

    at_s: float = -math.inf
    """The moment of the last look."""
    idle_w: float = 0.0
    """Power of the home while the cars draw nothing, W ≤ 0. Negative in a house with PV that is not measured."""
    negative_s: float = math.inf
    """Since when the home is impossibly low. Infinite: it is not."""
    home_w: float = 0.0
    """Power of the home at the last look."""


make_sign = maker(Sign)


def looked_at(
    before: Sign,
    at_s: float,
    drawn_w: float,
    charging_w: float,
    home_w: float,
    pv_w: float,
    unshown_w: float = 0.0,
) -> Sign:
    """The memory after one more moment: power of the cars, of the batteries (+ charge), of the home, and of the PV, W.
    If PV or discharge has fallen by `unshown_w` and the meter does not show it yet, the home seems to be lower by
    that."""
    last_s, idle_w, negative_s, _ = before
    if at_s <= last_s:
        return before
    load_w = drawn_w + charging_w if charging_w > 0.0 else drawn_w
    if drawn_w < IDLE_W:
        idle_w = _idle_w(idle_w, home_w, unshown_w)
        negative_s = math.inf
    elif load_w < MOVE_W or home_w > idle_w - BELOW_ZERO_W - BELOW_ZERO_PART * (load_w + pv_w):
        negative_s = math.inf
    elif negative_s == math.inf:
        negative_s = at_s
    return make_sign(at_s, idle_w, negative_s, home_w)


def _idle_w(idle_w: float, home_w: float, unshown_w: float) -> float:
    """The power of the home without cars after one more value."""
    if home_w + unshown_w < idle_w:
        return idle_w + FALL_WEIGHT * (home_w + unshown_w - idle_w)
    if idle_w < home_w and idle_w < 0.0:
        return min(0.0, idle_w + RISE_WEIGHT * (home_w - idle_w))
    return idle_w


def below_zero(sign: Sign, limit_s: float) -> str:
    """The contradiction between the readings in words, or empty. A late meter may show it for `limit_s` (s)."""
    if sign.at_s - sign.negative_s <= limit_s:
        return ""
    return Text("implausible: PV, grid, batteries, and cars leave {home_w} for the home", home_w=sign.home_w)


def anew(before: Sign) -> Sign:
    """The memory when the meter is believed again."""
    return before._replace(negative_s=math.inf)


def unmeasured(before: Sign) -> Sign:
    """The memory when the meter has shown a pause although the home was below zero: PV that is not measured."""
    return anew(before)._replace(idle_w=min(before.idle_w, WIDER * before.home_w))
