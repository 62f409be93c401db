"""Moves of PV and of the cars that the grid meter does not show, because a battery takes them.

A battery that follows the home keeps the grid power near zero. A car that follows the sun keeps it near zero too,
because it answers a load of the home. Therefore only a move counts that nothing in the meter has caused:

- The power of PV moves while the cars rest.
- The cars move after a rest with the meter near zero, and their own readings confirm it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.answers import ANSWERED, MOVE_W, RESTS_W
from optimizer.model.value import maker

NEAR_W = 150.0
"""A battery that follows the home keeps the grid power within this around zero, except while it follows a move."""
FOLLOWS_S = 30.0
"""Time in which a battery follows a move, and a car ends one."""
SHOWN_S = 10.0
"""A meter that shows a move for this long has no battery behind it that takes the move."""


class Powers(NamedTuple):
    """The powers of one moment, W."""

    at_s: float
    home_w: float
    """Power of the home by all readings."""
    grid_w: float
    pv_w: float
    drawn_w: float
    """Power of the cars."""
    read_w: float
    """Power of the cars by their last readings."""
    read_s: float
    """Time of the oldest of these readings."""
    changed_s: float
    """When the value of the grid meter last changed."""


class Moves(NamedTuple):
    """The moves of PV and cars since a moment with the meter near zero. Part of the memory."""

    at_s: float = math.inf
    """The moment. Infinite: there was none yet."""
    pv_w: float = 0.0
    drawn_w: float = 0.0
    read_w: float = 0.0
    """Power of the cars by their readings."""
    grid_w: float = 0.0
    left_s: float = math.inf
    """Since when the meter is not near zero. Infinite: it is."""
    moved_s: float = math.inf
    """Since when the cars do not draw the power of the moment. Infinite: they do."""
    hidden_s: float = math.inf
    """Since when a move is hidden. Infinite: none is."""
    shown_s: float = math.inf
    """Since when the meter shows a move. Infinite: it does not."""


NO_MOVES = Moves()
make_powers = maker(Powers)
make_moves = maker(Moves)


def begin(powers: Powers) -> Moves:
    """The moves from this moment on."""
    return make_moves(
        at_s=powers.at_s,
        pv_w=powers.pv_w,
        drawn_w=powers.drawn_w,
        read_w=powers.read_w,
        grid_w=powers.grid_w,
    )


def moved(before: Moves, powers: Powers) -> Moves:
    """The moves after one more moment."""
    at_s, _, grid_w, pv_w, drawn_w, read_w, read_s, _ = powers
    near = -NEAR_W <= grid_w <= NEAR_W
    if before.at_s == math.inf or at_s - before.left_s > FOLLOWS_S:
        return begin(powers) if near else NO_MOVES
    cars_w, sun_w = drawn_w - before.drawn_w, pv_w - before.pv_w
    move_w, rest = cars_w - sun_w, -RESTS_W < cars_w < RESTS_W
    moved_s = math.inf if rest else before.moved_s if before.moved_s < math.inf else at_s
    left_s, hidden_s, shown_s = math.inf, math.inf, math.inf
    if not near:
        # While the battery follows, the meter shows a part of the move. More than that is a load of the home.
        if not min(0.0, move_w) - NEAR_W <= grid_w - before.grid_w <= max(0.0, move_w) + NEAR_W:
            return NO_MOVES
        left_s = before.left_s if before.left_s < math.inf else at_s
        shown = move_w != 0.0 and abs(1.0 - (grid_w - before.grid_w) / move_w) <= ANSWERED
        shown_s = math.inf if not shown or -MOVE_W < move_w < MOVE_W else min(before.shown_s, at_s)
        if at_s - shown_s >= SHOWN_S:
            return NO_MOVES
    elif not -MOVE_W < move_w < MOVE_W:
        confirmed_w = read_w - before.read_w if read_s >= moved_s else 0.0
        if rest or (confirmed_w if cars_w > 0.0 else -confirmed_w) >= MOVE_W:
            hidden_s = before.hidden_s if before.hidden_s < math.inf else at_s
    elif at_s - moved_s > FOLLOWS_S:
        return begin(powers)  # a slow move can be the answer to a slow change of the home
    if left_s == before.left_s and moved_s == before.moved_s and hidden_s == before.hidden_s:
        return before if shown_s == before.shown_s else before._replace(shown_s=shown_s)
    return before._replace(left_s=left_s, moved_s=moved_s, hidden_s=hidden_s, shown_s=shown_s)
