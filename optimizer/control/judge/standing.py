"""A meter whose value stands still while its answers are fresh: a hub, a gateway, or a cloud that repeats a value."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.judge.answers import MOVE_W, UNKNOWN_LIMIT_S
from optimizer.model.value import maker
from optimizer.words.text import Text

INTERVALS = 3.0
"""A value may stand still for this many of its usual intervals."""
LEAST_PATIENCE_S, LONGEST_PATIENCE_S = 30.0, 120.0
"""A value that stands still for longer than three of its usual intervals, and these times, is tested: the cars move."""
TEST_W = 600.0
"""The move of a test. It must be larger than MOVE_W in spite of the steps of a charger."""
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
    interval_s: float = UNKNOWN_LIMIT_S
    """Longest usual time between two changes."""
    unseen_s: float = math.inf
    """Since when a move of the cars is missing in the value. Infinite: none is missing."""


make_standing = maker(Standing)


def with_value(
    before: Standing, value_w: float, at_s: float, drawn_w: float, discharge_w: float, pv_w: float = math.nan
) -> Standing:
    """The memory after one more reading. The value of a live meter changes with nearly every reading."""
    value_before_w, read_s, changed_s, drawn_then_w, discharge_then_w, pv_then_w, usual_s, unseen_s = before
    if at_s <= read_s:
        return before
    if value_w == value_before_w:
        return make_standing(value_w, at_s, changed_s, drawn_then_w, discharge_then_w, pv_then_w, usual_s, unseen_s)
    interval_s = at_s - changed_s
    if interval_s < math.inf:
        usual_s = interval_s if interval_s > usual_s else usual_s + INTERVAL_WEIGHT * (interval_s - usual_s)
        usual_s = usual_s if usual_s < UNKNOWN_LIMIT_S else UNKNOWN_LIMIT_S
    return make_standing(value_w, at_s, at_s, drawn_w, discharge_w, pv_w, usual_s, math.inf)


def unseen_move(before: Standing, drawn_w: float, discharge_w: float, pv_w: float = math.nan) -> tuple[Standing, float]:
    """The move of the cars since the value last changed, W. 0 if the meter has nothing to show of it: batteries have
    taken more than half of it, alone or together with the change of the PV power."""
    if before.changed_s >= before.at_s:
        return before, 0.0
    moved_w, delivered_w, sun_w = drawn_w - before.drawn_w, discharge_w - before.discharge_w, pv_w - before.pv_w
    half = 0.5 * moved_w * moved_w
    # A meter that misses a move makes the home seem to change by as much the other way. PV without a reading is NaN.
    by_sun = delivered_w != 0.0 and moved_w * (moved_w - delivered_w - sun_w) <= half
    if moved_w * delivered_w <= half and not by_sun:
        return before, moved_w
    if not -MOVE_W < moved_w < MOVE_W:
        before = before._replace(
            changed_s=before.at_s, drawn_w=drawn_w, discharge_w=discharge_w, pv_w=pv_w, unseen_s=math.inf
        )
    return before, 0.0


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
