"""A battery whose charge is read as discharge, found by the moves of cars and PV.

If the cars take 1 kW more, a battery that follows the home gives 1 kW more, unless the meter shows it. A battery with
the opposite sign seems to give 1 kW less. The surplus then rises by 2 kW, the cars take more, and empty the battery.

Every half minute the change of the battery is compared with the changes of what moves it: the cars without what the
meter shows on one side, and PV on the other. These two sides count separately, because a roof that is not measured
looks like the opposite sign while the car follows the sun. A battery of constant power changes with neither. The other
loads of the house are noise. The plane through all changes must be certain enough in spite of them. Several batteries
share each move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.judge.swapped import LEAST_NOISE_W, SURE, squared_distance
from optimizer.model.reading import Reading
from optimizer.model.state import State
from optimizer.model.value import changed, maker
from optimizer.words.text import Text

SAMPLE_S = 30.0
"""A battery follows the home within this time."""
LATEST_S = 2.0 * SAMPLE_S
"""After a longer time the change is not counted."""
LEAST_W = 100.0
"""A smaller change of the battery, or of what it has to give, says nothing. A full or empty battery takes no part."""
KEPT = 0.95
"""Weight of the earlier comparisons at each new one."""
LEAST_MOVES = 6.0
TURNED = -0.5
"""Below this change of the battery per change of its part of the move, its sign is wrong. 1 is right, -1 is turned."""
WHY = Text("implausible: the sign of the battery is wrong: when the cars take more, it shows less discharge")


class Turn(NamedTuple):
    """The comparisons of one battery up to now. Part of the memory. The sums fade."""

    needed_w: float
    """Power of the cars, minus grid import."""
    pv_w: float
    discharge_w: float
    """The values of the last comparison."""
    moves: float = 0.0
    """Number of comparisons."""
    needed_squares: float = 0.0
    """Sum of the squared changes, W²."""
    pv_squares: float = 0.0
    discharge_squares: float = 0.0
    needed_pv: float = 0.0
    """Sum of the products of two changes."""
    needed_discharge: float = 0.0
    pv_discharge: float = 0.0


class Turns(NamedTuple):
    """What the judge knows about the signs of the batteries. Part of the memory."""

    next_s: float = -math.inf
    """When the next comparison is due, monotonic s."""
    batteries: Mapping[str, Turn] = MappingProxyType({})
    names: tuple[str, ...] = ()
    """The batteries with the wrong sign."""


NO_TURNS = Turns()
make_turn = maker(Turn)
make_turns = maker(Turns)


def compared(
    before: Turns, at_s: float, drawn_w: float, grid_w: float, pv_w: float, powers: Mapping[str, float]
) -> Turns:
    """The memory after one more moment that is due: power of the cars, of the meter, of PV, and of each battery, W."""
    late, needed_w, part = at_s - before.next_s > LATEST_S - SAMPLE_S, drawn_w - grid_w, 1.0 / len(powers)
    batteries, names = {}, []
    for name, discharge_w in powers.items():
        last, doubted = before.batteries.get(name), name in before.names
        if last is None:
            batteries[name] = Turn(needed_w, pv_w, discharge_w)
        elif late:
            batteries[name] = last._replace(needed_w=needed_w, pv_w=pv_w, discharge_w=discharge_w)
        else:
            batteries[name] = _moved(last, needed_w, pv_w, discharge_w)
        if doubted and _right(batteries[name], part):
            doubted = False
        elif not doubted and _turned(batteries[name], part):
            doubted, batteries[name] = True, Turn(needed_w, pv_w, discharge_w)
        if doubted:
            names.append(name)
    return make_turns(at_s + SAMPLE_S, batteries, tuple(names))


def without_turned(state: State, turns: Turns) -> State:
    """The snapshot without the powers of the batteries with the wrong sign."""
    if not turns.names:
        return state
    batteries = dict(state.batteries)
    for name in turns.names:
        if (battery := batteries.get(name)) is not None and battery.power_w.value is not None:
            missing: Reading[float] = Reading(None, battery.power_w.at_s, WHY)
            batteries[name] = changed(battery, power_w=missing)
    return changed(state, batteries=batteries)


def _moved(before: Turn, needed_w: float, pv_w: float, discharge_w: float) -> Turn:
    """The comparisons after one more."""
    needed, sun, given = needed_w - before.needed_w, pv_w - before.pv_w, discharge_w - before.discharge_w
    if -LEAST_W < needed - sun < LEAST_W or -LEAST_W < given < LEAST_W:
        return before._replace(needed_w=needed_w, pv_w=pv_w, discharge_w=discharge_w)
    return make_turn(
        needed_w=needed_w,
        pv_w=pv_w,
        discharge_w=discharge_w,
        moves=KEPT * before.moves + 1.0,
        needed_squares=KEPT * before.needed_squares + needed * needed,
        pv_squares=KEPT * before.pv_squares + sun * sun,
        discharge_squares=KEPT * before.discharge_squares + given * given,
        needed_pv=KEPT * before.needed_pv + needed * sun,
        needed_discharge=KEPT * before.needed_discharge + needed * given,
        pv_discharge=KEPT * before.pv_discharge + sun * given,
    )


def _turned(turn: Turn, part: float) -> bool:
    """Whether the battery, which takes about this part of a move, surely moves against the cars and with PV. One of
    them is not enough: a PV reading that stands still looks like a turned battery while the car follows the sun."""
    if turn.moves < LEAST_MOVES:
        return False
    by_needed, by_sun = _slopes(turn)
    if not (by_needed.negative(part) and by_sun.negative(part)):
        return False
    least = _least(turn, by_needed)
    return by_needed.sure(part, least) and by_sun.sure(part, least)


def _right(turn: Turn, part: float) -> bool:
    """Whether the battery surely moves with the cars, or with PV."""
    if turn.moves < LEAST_MOVES:
        return False
    slopes = by_needed, _ = _slopes(turn)
    least = _least(turn, by_needed)
    return any(slope.positive(part) and slope.sure(part, least) for slope in slopes)


class Slope(NamedTuple):
    """The change of the battery per change of one side, while the other side rests."""

    squares: float
    """Sum of the squared changes of this side that the other side does not explain, W²."""
    products: float

    def negative(self, part: float) -> bool:
        """Whether the slope is that of a turned battery."""
        return self.products < TURNED * part * self.squares

    def positive(self, part: float) -> bool:
        """Whether the slope is that of a right battery."""
        return self.products > -TURNED * part * self.squares

    def sure(self, part: float, least: float) -> bool:
        """Whether this is certain: the slopes of a right battery and of a turned one can be told apart, and this one
        from none. `least` is the sum of squares from which a slope of 1 is certain."""
        known = ((1.0 - TURNED) * part) ** 2 * self.squares > least
        return known and self.products * self.products > least * self.squares


def _slopes(turn: Turn) -> tuple[Slope, Slope]:
    """The slopes by what is needed, and by PV. More PV means less discharge."""
    _, _, _, _, needed2, sun2, _, needed_sun, needed_given, sun_given = turn
    needed_left = needed2 - needed_sun * needed_sun / sun2 if sun2 > 0.0 else needed2
    needed_product = needed_given - needed_sun * sun_given / sun2 if sun2 > 0.0 else needed_given
    sun_left = sun2 - needed_sun * needed_sun / needed2 if needed2 > 0.0 else sun2
    sun_product = sun_given - needed_sun * needed_given / needed2 if needed2 > 0.0 else sun_given
    return Slope(needed_left, needed_product), Slope(sun_left, -sun_product)


def _least(turn: Turn, by_needed: Slope) -> float:
    """The sum of squares from which a slope of 1 is certain, in spite of the changes that neither side explains, W²."""
    _, _, _, moves, _, sun2, given2, _, _, sun_given = turn
    needed_left, needed_product = by_needed
    explained = needed_product * needed_product / needed_left if needed_left > 0.0 else 0.0
    rest = max(0.0, given2 - (sun_given * sun_given / sun2 if sun2 > 0.0 else 0.0) - explained) / (moves - 2.0)
    return max(squared_distance(moves - 2.0) * rest, SURE * SURE * LEAST_NOISE_W * LEAST_NOISE_W)
