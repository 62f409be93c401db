"""Readings of one instant: what a car draws at the moment the grid was measured.

A charger polled every ten seconds and a grid meter read every second do not describe the same moment. Subtracting
one from the other swings wildly. So the car is modelled from what it was told (dead time, then a first-order lag; a
start and a switch of phases take longer), and each reading of the car corrects the model *at the reading's own time*:
how much of it the car takes (`take`), and whether it is a quick or a slow car (`pace`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import DISCONNECTED, Ev

DEAD_S = 3.0
"""From a write until the meter shows the car moving."""
LAG_S = 2.5
"""Time constant of its first-order approach."""
START_S = 5.0
"""A start takes this much longer: contactor, pilot handshake."""
SWITCH_S = 15.0
"""A switch of phases under charge: stop, pause, start."""
STOP_S = 2.0
"""A pause takes effect after this, and at once."""
PACES = (0.5, 1.0, 2.0)
"""How much slower than these figures a car may be."""
MISFIT_WEIGHT = 0.2
PACE_MARGIN = 0.1
"""A pace must fit better than the present one by this part before it replaces it."""
SPREAD_W = 100.0
"""Where the paces disagree by more than this, a reading tells them apart; where by less, it tells `take`."""
MOST_TAKEN = 1.15
SETTLED = 0.05
"""The car has settled when it is within this part of its target."""
LIMITED = 0.9
"""A settled car that takes less than this part of what it is offered is at a limit of its own."""
SAME_INSTANT_S = 0.5
STEPS = 3
"""Writes that may still matter: a car has settled on older ones."""
OFF_SETTLE_S = 10.0
LONG_SETTLED_S = 120.0
"""After this even the slowest car has followed."""


class Step(NamedTuple):
    """From `at_s` + `delay_s` on the car approaches `power_w`."""

    at_s: float
    delay_s: float
    power_w: float
    blank: bool = False
    """Nothing flows while it is pending: a switch of phases."""
    phases: int = 3


class CarModel(NamedTuple):
    """What is known of how one car follows."""

    base_w: float = 0.0
    """What it was told before the steps."""
    steps: tuple[Step, ...] = ()
    """Oldest first, at most STEPS."""
    pace: int = 1
    misfits: tuple[float, float, float] = (1.0, 0.5, 1.0)
    take: float = 1.0
    """What the car takes of what it was told: less with a car that is slower, fuller or on fewer phases."""
    off_w: float = 0.0
    """What it draws although it is paused."""
    judged_at_s: float = -math.inf
    """Time of the last reading that the model was held against."""
    most_w: float = math.inf
    """What the car took although it was settled and offered more; infinite until it has been seen to."""

    @property
    def target_w(self) -> float:
        """What it was told last."""
        return self.steps[-1].power_w if self.steps else self.base_w


def learn(model: CarModel, ev: Ev) -> CarModel:
    """The model after what the charger was told and what it last measured."""
    if ev.status.value is DISCONNECTED and model.most_w < math.inf:
        model = model._replace(most_w=math.inf)
    return _judge(_remember(model, ev), ev)


def power_at_w(model: CarModel, ev: Ev, at_s: float) -> float | None:
    """What the car draws at `at_s`, in W ≥ 0; None while its power is unknown."""
    reading = ev.power_w
    if reading.value is None:
        return None
    if not model.steps or abs(at_s - reading.at_s) < SAME_INSTANT_S:
        return reading.value if reading.value > 0.0 else 0.0
    power_w = modelled_w(model, at_s, PACES[model.pace]) * model.take + model.off_w
    return power_w if power_w > 0.0 else 0.0


def settled(model: CarModel, at_s: float) -> bool:
    """Whether the car has had time to follow the last step."""
    target_w = model.target_w
    return abs(modelled_w(model, at_s, PACES[model.pace]) - target_w) <= SETTLED * target_w


def modelled_w(model: CarModel, at_s: float, pace: float) -> float:
    """What a car that follows in full draws at `at_s`, in W, if it is `pace` times as slow as the figures above."""
    steps = model.steps
    if steps and at_s - steps[-1].at_s > LONG_SETTLED_S:
        return steps[-1].power_w
    lag_s = pace * LAG_S
    power_w = target_w = model.base_w
    since_s = -math.inf
    for step in steps:
        acts_s = step.at_s + pace * step.delay_s
        if step.blank and at_s >= step.at_s + pace * DEAD_S:
            power_w = target_w = 0.0
            since_s = min(at_s, acts_s)
        acts_s = max(acts_s, since_s)  # told while a start is still pending
        if acts_s > at_s:
            break
        if power_w != target_w:
            power_w = target_w + (power_w - target_w) * math.exp((since_s - acts_s) / lag_s)
        target_w, since_s = step.power_w, acts_s
        if target_w == 0.0:
            power_w = 0.0
    if power_w != target_w:
        power_w = target_w + (power_w - target_w) * math.exp((since_s - at_s) / lag_s)
    return power_w


def _remember(model: CarModel, ev: Ev) -> CarModel:
    """The steps including what the charger was last told."""
    commanded = ev.commanded
    if commanded is None or (model.steps and model.steps[-1].at_s >= commanded.at_s):
        return model
    power_w = commanded.offer_a * commanded.phases * NOMINAL_VOLTAGE_V
    if not model.steps:
        before_w = ev.power_w.value or 0.0
        return model._replace(
            base_w=before_w,
            steps=(Step(at_s=commanded.at_s, delay_s=DEAD_S, power_w=power_w, blank=False, phases=commanded.phases),),
        )
    last = model.steps[-1]
    if last.power_w == power_w:
        return model
    blank = False
    if power_w == 0.0:
        delay_s = STOP_S
    elif last.power_w == 0.0:
        delay_s = DEAD_S + START_S
    elif last.phases != commanded.phases:
        delay_s, blank = DEAD_S + SWITCH_S, True
    else:
        delay_s = DEAD_S
    steps = (
        *model.steps,
        Step(at_s=commanded.at_s, delay_s=delay_s, power_w=power_w, blank=blank, phases=commanded.phases),
    )
    if len(steps) > STEPS:
        model = model._replace(base_w=steps[0].power_w)
        steps = steps[1:]
    if last.power_w == 0.0 and model.take <= 0.5:
        model = model._replace(take=1.0)  # another session, perhaps another car
    return model._replace(steps=steps, off_w=0.0 if power_w > 0.0 else model.off_w)


def _judge(model: CarModel, ev: Ev) -> CarModel:
    """Holds the model against a new reading of the car, at the time of that reading."""
    base_w, steps, pace, misfits, take, off_w, judged_at_s, most_w = model
    drawn_w, at_s = ev.power_w.value, ev.power_w.at_s
    if drawn_w is None or at_s <= judged_at_s or not steps:
        return model
    last = steps[-1]
    if last.power_w == 0.0:
        off_w = drawn_w if at_s > last.at_s + OFF_SETTLE_S else off_w
        return CarModel(base_w, steps, pace, misfits, take, off_w, at_s, most_w)
    if at_s - last.at_s > LONG_SETTLED_S:
        spread_w, usual_w = 0.0, take * last.power_w
    else:
        by_pace = [take * modelled_w(model, at_s, slowness) for slowness in PACES]
        spread_w, usual_w = abs(by_pace[0] - by_pace[1]) + abs(by_pace[1] - by_pace[2]), by_pace[1]
    if spread_w > SPREAD_W:
        if take > 0.5 and drawn_w > 0.0:
            quick, usual, slow = (
                old + MISFIT_WEIGHT * (abs(drawn_w - expected_w) / spread_w - old)
                for old, expected_w in zip(misfits, by_pace, strict=True)
            )
            misfits = (quick, usual, slow)
            pace = _best_pace(misfits, pace)
        return CarModel(base_w, steps, pace, misfits, take, off_w, at_s, most_w)
    if take > 0.0 and usual_w > 0.0:
        take = drawn_w * take / usual_w
    elif take == 0.0:
        take = drawn_w / max(base_w, last.power_w, 1.0)
    else:
        return CarModel(base_w, steps, pace, misfits, take, off_w, at_s, most_w)
    take = min(take, MOST_TAKEN)
    return CarModel(base_w, steps, pace, misfits, take, off_w, at_s, _most_w(last.power_w, most_w, drawn_w))


def _most_w(target_w: float, most_w: float, drawn_w: float) -> float:
    """The car's own limit, as a settled reading shows it."""
    if 0.0 < drawn_w < LIMITED * target_w:
        return drawn_w
    return most_w if drawn_w <= most_w + SPREAD_W else math.inf


def _best_pace(misfits: tuple[float, ...], pace: int) -> int:
    best = min(range(len(misfits)), key=misfits.__getitem__)
    return best if misfits[best] < misfits[pace] - PACE_MARGIN else pace
