"""A meter whose value stands still while its answers are fresh: a hub, a gateway, or a cloud that repeats a value."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.answers import MOVE_W, STEADY_W, UNKNOWN_LIMIT_S
from optimizer.model.value import maker
from optimizer.words.text import Text

INTERVALS = 3.0
"""A value may stand still for this many of its usual intervals."""
LEAST_PATIENCE_S, LONGEST_PATIENCE_S = 30.0, 120.0
"""A value that stands still for longer than three of its usual intervals, and these times, is tested: the cars move."""
TEST_W = 600.0
"""The move of a test. It must be larger than MOVE_W in spite of the steps of a charger."""
BALANCED_W = 150.0
"""A battery that brings the grid power to zero keeps the value within this."""
ACTIVE_W = 50.0
"""It does so if its power changes by this, and is not zero. A full, an empty, or a limited battery is constant."""
HELD_S, LONGEST_HELD_S = 10.0, 70.0
"""A meter with longer intervals holds its values, up to the second one. A value that is older tells too little."""
INTERVAL_WEIGHT = 0.05
"""Weight of a shorter interval in the usual interval. A longer one counts at once."""


class MeterTest(NamedTuple):
    """The test of a meter, or of a battery, whose value stands still: each car draws TEST_W less than when the value
    last changed, or TEST_W more if its least current is near."""

    moved_w: float
    """The move of the cars by their commands since the value last changed, W. From MOVE_W on they wait."""
    cause: str = "meter.test"
    """The code of the cause."""


class Standing(NamedTuple):
    """The value of the meter, and since when it is the same. Part of the memory."""

    value_w: float = math.nan
    at_s: float = -math.inf
    """Time of the last reading."""
    changed_s: float = -math.inf
    """Time of the reading that last changed the value."""
    drawn_w: float = 0.0
    """Power of the cars at that time."""
    discharge_w: float = 0.0
    """Power of the batteries at that time, + discharge."""
    pv_w: float = math.nan
    """PV power at that time. NaN: not measured."""
    sure: bool = True
    """False: cars or batteries were last read before the value changed, so their powers at that time are not sure."""
    active: bool = False
    """Whether the batteries follow something: their power has changed by ACTIVE_W between their last two readings."""
    battery_w: float = 0.0
    battery_s: float = -math.inf
    """The power of the batteries by their last readings, and the time of the oldest one."""
    interval_s: float = UNKNOWN_LIMIT_S
    """Longest usual time between two changes."""
    unseen_s: float = math.inf
    """Since when a move of the cars is missing in the value. Infinite: none is missing."""
    held_s: float = 0.0
    """How long it usually holds a value. 0: not longer than HELD_S, longer than LONGEST_HELD_S, or not known yet."""


make_standing = maker(Standing)


def with_value(
    before: Standing,
    value_w: float,
    at_s: float,
    drawn_w: float,
    discharge_w: float,
    pv_w: float = math.nan,
    read_s: float = math.inf,
    battery_s: float = -math.inf,
) -> Standing:
    """The memory after one more reading. The value of a live meter changes with nearly every reading. `read_s`: the
    time of the oldest reading of cars and batteries, infinite if the powers are sure without it. `battery_s`: the
    same of batteries alone."""
    (
        value_before_w, before_s, changed_s, drawn_then_w, discharge_then_w, pv_then_w, sure, active, battery_w,
        battery_then_s, usual_s, unseen_s, held_s,
    ) = before  # fmt: skip
    if at_s <= before_s:
        return before
    if battery_then_s < battery_s < math.inf:
        active = abs(discharge_w - battery_w) >= ACTIVE_W and abs(discharge_w) >= ACTIVE_W
        battery_w, battery_then_s = discharge_w, battery_s
    if value_w == value_before_w:
        return make_standing(
            value_w, at_s, changed_s, drawn_then_w, discharge_then_w, pv_then_w, sure, active, battery_w,
            battery_then_s, usual_s, unseen_s, held_s,
        )  # fmt: skip
    interval_s = at_s - changed_s
    if interval_s < math.inf:
        usual_s = interval_s if interval_s > usual_s else usual_s + INTERVAL_WEIGHT * (interval_s - usual_s)
        usual_s = usual_s if usual_s < UNKNOWN_LIMIT_S else UNKNOWN_LIMIT_S
        held_s = _held_s(held_s, interval_s)
    return make_standing(
        value_w,
        at_s,
        at_s,
        drawn_w,
        discharge_w,
        pv_w,
        read_s >= at_s,
        active,
        battery_w,
        battery_then_s,
        usual_s,
        math.inf,
        held_s,
    )


def _held_s(before_s: float, interval_s: float) -> float:
    """How long the meter holds a value, after one more interval."""
    if interval_s <= HELD_S and not before_s:
        return 0.0
    held_s = interval_s if interval_s > before_s else before_s + INTERVAL_WEIGHT * (interval_s - before_s)
    return held_s if HELD_S < held_s <= LONGEST_HELD_S else 0.0


def unseen_move(
    before: Standing,
    drawn_w: float,
    discharge_w: float,
    pv_w: float = math.nan,
    read_s: float = math.inf,
    read_w: float = 0.0,
) -> tuple[Standing, float]:
    """The move of the cars since the value last changed, W. 0 if the meter has nothing to show of it: batteries keep
    its value at zero, or have taken more than half of the move, alone or together with the change of the PV power.
    `read_w`: the power of the cars by their last readings, the oldest of which is of `read_s`."""
    if before.changed_s >= before.at_s:
        return before, 0.0
    moved_w, delivered_w, sun_w = drawn_w - before.drawn_w, discharge_w - before.discharge_w, pv_w - before.pv_w
    half = 0.5 * moved_w * moved_w
    taken = moved_w * delivered_w > half
    # A meter that misses a move makes the home seem to change by as much the other way. PV without a reading is NaN.
    taken = taken or (delivered_w != 0.0 and moved_w * (moved_w - delivered_w - sun_w) <= half)
    small = -MOVE_W < moved_w < MOVE_W
    # With the PV power, a large move that the batteries have taken is known without this.
    if taken or (kept_at_zero(before) and (small or math.isnan(sun_w))):
        return before if small else _from_here(before, drawn_w, discharge_w, pv_w, read_s), 0.0
    if before.sure or read_s < before.changed_s:
        return before, moved_w
    if before.battery_s > -math.inf or not small:
        # Now it is known what they drew. The estimate before was wrong if a car takes less than it is offered. Without
        # a battery a small correction counts for nothing: the reading may be of a car on its way.
        before = before._replace(drawn_w=read_w, discharge_w=discharge_w, pv_w=pv_w, sure=True, unseen_s=math.inf)
        return before, drawn_w - read_w
    if -STEADY_W < read_w - before.drawn_w < STEADY_W:
        before = before._replace(sure=True)  # the estimate was right, so a later reading is of a later move
    return before, moved_w


def _from_here(before: Standing, drawn_w: float, discharge_w: float, pv_w: float, read_s: float) -> Standing:
    """The memory when the meter has nothing to show of a move: the next move counts from now."""
    return before._replace(
        changed_s=before.at_s,
        drawn_w=drawn_w,
        discharge_w=discharge_w,
        pv_w=pv_w,
        sure=read_s >= before.at_s,
        unseen_s=math.inf,
    )


def kept_at_zero(standing: Standing) -> bool:
    """Whether batteries probably keep the value near zero. A surplus from a value of zero and from their power is true
    then."""
    near = -BALANCED_W <= standing.value_w <= BALANCED_W
    return near and standing.active


def with_move(before: Standing, unseen_w: float) -> Standing:
    """The memory after a look at the move of the cars that the value does not show."""
    if -MOVE_W < unseen_w < MOVE_W:
        return before if before.unseen_s == math.inf else before._replace(unseen_s=math.inf)
    return before._replace(unseen_s=before.at_s) if before.unseen_s == math.inf else before


def to_test(standing: Standing, balanced: bool) -> bool:
    """Whether the value stands still for so long that a move of the cars must show whether it is alive. `balanced`: a
    battery can hold the value, and PV is measured. Then only a fine meter is tested, because the value of a coarse one
    often stands still, and a value that is far too high or too low for the PV power is found without a test."""
    still_s = standing.at_s - standing.changed_s
    if still_s <= LEAST_PATIENCE_S:
        return False
    patience_s = INTERVALS * standing.interval_s
    if balanced:
        return patience_s <= LEAST_PATIENCE_S
    return still_s > patience_s or still_s > LONGEST_PATIENCE_S


def stands_still(standing: Standing, answer_limit_s: float, unseen_w: float, longest_s: float = UNKNOWN_LIMIT_S) -> str:
    """The reason why the value is implausible, or empty. `longest_s` is the time for an answer of a new meter."""
    limit_s = min(longest_s, max(answer_limit_s, INTERVALS * standing.interval_s))
    if standing.at_s - standing.unseen_s <= limit_s:
        return ""
    return Text(
        "implausible: the meter has shown {value_w} for {still_s}, while the cars changed by {change_w}",
        value_w=standing.value_w,
        still_s=standing.at_s - standing.changed_s,
        change_w=unseen_w,
    )
