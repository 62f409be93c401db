"""Readings of one instant: what a car draws at the moment the grid was measured.

A charger polled every ten seconds and a grid meter read every second do not describe the same moment. The car's
response to what it was told is known well enough (dead time, then a first-order lag), so its last reading is
carried forward: model(at the grid's time) + what the reading differed from the model at its own time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev

DEAD_S = 4.0
"""From a write until the car begins to move."""
LAG_S = 3.0
"""Time constant of its first-order approach: 95 % after 13 s."""
START_S = 6.0
"""A start takes this much longer: contactor, pilot handshake."""
STOP_S = 2.0
"""A pause takes effect after this, and at once."""
MAX_STEPS = 6
"""Steps that may still matter: older ones have decayed to nothing."""
FORGET_S = 60.0


class Step(NamedTuple):
    """From `at_s` on the car was told to draw `power_w`."""

    at_s: float
    power_w: float


Steps = tuple[Step, ...]


def remember(steps: Steps, ev: Ev) -> Steps:
    """The steps including what the charger was last told, oldest first."""
    told = ev.told
    if told is None:
        return steps
    power_w = told.offer_a * told.phases * NOMINAL_VOLTAGE_V
    if steps and steps[-1].at_s >= told.at_s:
        return steps
    if steps and steps[-1].power_w == power_w:
        return steps
    kept = (*steps, Step(told.at_s, power_w))
    while len(kept) > MAX_STEPS or (len(kept) > 2 and told.at_s - kept[1].at_s > FORGET_S):
        kept = kept[1:]
    return kept


def modelled_w(steps: Steps, at_s: float) -> float:
    """What a car that follows draws at `at_s`, in W: the superposition of its responses."""
    if not steps:
        return 0.0
    power_w = before_w = steps[0].power_w
    for step in steps[1:]:
        since_s = at_s - step.at_s
        if step.power_w == 0.0:
            if since_s >= STOP_S:
                power_w = 0.0
        else:
            since_s -= DEAD_S if before_w > 0.0 else DEAD_S + START_S
            if since_s > 0.0:
                power_w += (step.power_w - before_w) * (1.0 - math.exp(-since_s / LAG_S))
        before_w = step.power_w
    return power_w


def power_at_w(steps: Steps, ev: Ev, at_s: float) -> float | None:
    """What the car draws at `at_s`, in W ≥ 0; None while its power is unknown."""
    reading = ev.power_w
    if reading.value is None:
        return None
    if not steps or at_s == reading.at_s:
        return max(0.0, reading.value)
    moved_w = modelled_w(steps, at_s) - modelled_w(steps, reading.at_s)
    return max(0.0, reading.value + moved_w)


def settled(steps: Steps, at_s: float) -> bool:
    """Whether the car has had time to follow the last step."""
    return not steps or at_s - steps[-1].at_s >= DEAD_S + 3.0 * LAG_S
