"""The car model: the power of a car at the time of the grid reading.

A charger with a poll every ten seconds and a meter with a reading every second do not describe the same time. Their
difference varies widely. Therefore a model follows the commands: a dead time, then a first-order lag. A start and a
phase switch take longer. Each reading of the car corrects the model *at the time of that reading*: the part of the
commanded power that the car draws (`take`), and its speed (`pace`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from optimizer.control.estimate.own_limit import NO_LIMIT, SAME_CURRENT, OwnLimit, after_settled
from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import DISCONNECTED, Ev
from optimizer.model.value import maker

DEAD_S = 3.0
"""Time from a write until the meter shows a change."""
LAG_S = 2.5
"""Time constant of the first-order lag."""
START_S = 5.0
"""Additional time of a start: contactor and pilot handshake."""
SWITCH_S = 15.0
"""Additional time of a phase switch during charging: stop, pause, and start."""
STOP_S = 2.0
"""A pause takes effect after this time, in one step."""
PACES = (0.5, 1.0, 2.0)
"""Factors on these times for a fast, a usual, and a slow car."""
MISFIT_WEIGHT = 0.2
PACE_MARGIN = 0.1
"""Another pace replaces the present one if its misfit is smaller by this."""
SPREAD_W = 100.0
"""If the paces differ by more than this, a reading corrects the pace. Otherwise it corrects `take`."""
WEAK_PART = 0.4
"""A car that draws less than this part of what even the slowest one would draw takes less than the offer. It takes more
again if even the quickest one would draw less than this part of its power."""
MOST_TAKEN = 1.15
LEAST_USUAL = 0.85
"""A car that draws a smaller part of its offer is nearly full, has a limit of its own, or uses fewer phases."""
USUAL_STEP = 0.01
"""A smaller change of the usual part does not count. Otherwise the noise of the readings would cause writes."""
EXPLAINED_WEIGHT = 0.5
"""Weight of a reading on the way that no pace explains."""
MORE_S, LESS_S = 60.0, 120.0
"""Time constants of the usual part. A larger one counts sooner: if it is missed, the car imports."""
SETTLED = 0.05
"""The car has settled if it is within this part of its target."""
SETTLED_PART = 0.99
FOLLOWED_S = 2.0 * DEAD_S
"""Time after a write until the car is on its way, s. A reading before that shows the offer before."""
SAME_INSTANT_S = 0.5
NEAR_S = 6.0
"""Two readings that are not farther apart contain the course of the power between them."""
STEPS, MOST_STEPS = 3, 12
"""Number of stored writes. A car has settled on older ones. With a late meter more of them are needed."""
OFF_SETTLE_S = 10.0
SLOW_START_S = PACES[-1] * (DEAD_S + START_S)
"""No pace covers a slower start. Its time is learned."""
NOTHING_W = 30.0
"""A car that draws less draws nothing."""
LONG_SETTLED_S = 120.0
"""After this time even the slowest car has followed."""


class Step(NamedTuple):
    """From `at_s` + `delay_s` on the car approaches `power_w`."""

    at_s: float
    delay_s: float
    power_w: float
    blank: bool = False
    """Whether the power is 0 while the step is pending (a phase switch)."""
    phases: int = 3


class CarModel(NamedTuple):
    """The model of one car."""

    base_w: float = 0.0
    """The commanded power before the steps."""
    steps: tuple[Step, ...] = ()
    """Oldest first, at most STEPS."""
    pace: int = 1
    misfits: tuple[float, float, float] = (1.0, 0.5, 1.0)
    take: float = 1.0
    """The part of the commanded power that the car draws. It is lower for a nearly full car or one on fewer phases."""
    off_w: float = 0.0
    """The power that it draws while it is paused."""
    judged_at_s: float = -math.inf
    """Time of the last reading that corrected the model."""
    limit: OwnLimit = NO_LIMIT
    usual_take: float = 1.0
    """The part that it usually draws, 0.85 to 1.15. The offer counts at 230 V. At a higher voltage a car draws more. A
    car that stays some tenths of an ampere below its offer draws less."""

    @property
    def target_w(self) -> float:
        """The last commanded power."""
        return self.steps[-1].power_w if self.steps else self.base_w


make_step = maker(Step)
make_car_model = maker(CarModel)


def learn(model: CarModel, ev: Ev, since_s: float = math.inf, waits: bool = False) -> CarModel:
    """The model after the last command and the last reading. It stays valid for times after `since_s`. `waits`: the car
    starts late or perhaps not at all, so a start counts only after a reading shows it."""
    if ev.status.value is DISCONNECTED and model.limit is not NO_LIMIT:
        model = model._replace(limit=NO_LIMIT)
    return _judge(_remember(model, ev, since_s, waits), ev)


def power_at_w(model: CarModel, ev: Ev, at_s: float) -> float | None:
    """The power of the car at `at_s`, W ≥ 0. None while its power is unknown."""
    read_w, read_at_s, _ = ev.power_w
    if read_w is None:
        return None
    if not model.steps or abs(at_s - read_at_s) < SAME_INSTANT_S:
        return read_w if read_w > 0.0 else 0.0
    power_w = _drawn_w(model, at_s)
    return power_w if power_w > 0.0 else 0.0


def power_between_w(model: CarModel, ev: Ev, latest_first: Iterable[Reading[float]], at_s: float) -> float | None:
    """The power of the car at an earlier moment `at_s`, W ≥ 0, by its readings before and after it. Between them it has
    the course of the model. None while its power is unknown."""
    after: Reading[float] | None = None
    for reading in latest_first:
        if reading.value is None:
            continue
        if reading.at_s <= at_s:
            break
        after = reading
    else:
        return power_at_w(model, ev, at_s)
    if after is None or after.value is None:
        return power_at_w(model, ev, at_s)
    near = after.at_s - reading.at_s <= NEAR_S
    missed_w = _missed_w(model, reading.value, reading.at_s, near or at_s - reading.at_s < SAME_INSTANT_S)
    missed_after_w = _missed_w(model, after.value, after.at_s, near)
    if missed_w is None:
        missed_w = 0.0 if missed_after_w is None else missed_after_w
    elif missed_after_w is not None:
        missed_w += (missed_after_w - missed_w) * (at_s - reading.at_s) / (after.at_s - reading.at_s)
    power_w = _drawn_w(model, at_s) + missed_w
    return power_w if power_w > 0.0 else 0.0


def _missed_w(model: CarModel, read_w: float, at_s: float, near: bool) -> float | None:
    """The part of a reading that the model does not know, W. None if the reading is not `near`, and the model does not
    reach back to it or the car was on its way: the difference is one of seconds then, and says nothing about later."""
    if not near:
        if model.steps and at_s < model.steps[0].at_s and model.steps[0].power_w != model.base_w:
            return None
        by_pace = _by_pace(model, at_s, model.take)
        if max(by_pace) - min(by_pace) > SPREAD_W:
            return None
    return read_w - _drawn_w(model, at_s)


def settled(model: CarModel, at_s: float) -> bool:
    """Whether the car has had time to follow the last step."""
    target_w = model.target_w
    return abs(modelled_w(model, at_s, PACES[model.pace]) - target_w) <= SETTLED * target_w


def coming_w(model: CarModel, at_s: float) -> float:
    """The power that the car will draw when a write at `at_s` takes effect, W ≥ 0. 0 while a start or a phase switch is
    pending."""
    pace = PACES[model.pace]
    return modelled_w(model, at_s + pace * DEAD_S, pace) * model.take


def modelled_w(model: CarModel, at_s: float, pace: float) -> float:
    """The power at `at_s` of a car that draws the full commanded power, W. `pace` multiplies the times above."""
    steps = model.steps
    if steps and at_s - steps[-1].at_s > LONG_SETTLED_S:
        return steps[-1].power_w
    lag_s = pace * LAG_S
    power_w = target_w = model.base_w
    since_s = -math.inf
    for written_s, delay_s, offer_w, blank, _ in steps:
        acts_s = written_s + pace * delay_s
        if blank and at_s >= written_s + pace * DEAD_S:
            power_w = target_w = 0.0
            since_s = min(at_s, acts_s)
        if acts_s < since_s:  # commanded while a start is still pending
            acts_s = since_s
        if acts_s > at_s:
            break
        if power_w != target_w:
            power_w = target_w + (power_w - target_w) * math.exp((since_s - acts_s) / lag_s)
        target_w, since_s = offer_w, acts_s
        if target_w == 0.0:
            power_w = 0.0
    if power_w != target_w:
        power_w = target_w + (power_w - target_w) * math.exp((since_s - at_s) / lag_s)
    return power_w


def _by_pace(model: CarModel, at_s: float, take: float) -> tuple[float, float, float]:
    """The power at `at_s` of a quick, a usual, and a slow car that draws this part of the commanded power, W."""
    quick, usual, slow = PACES
    return (
        take * modelled_w(model, at_s, quick),
        take * modelled_w(model, at_s, usual),
        take * modelled_w(model, at_s, slow),
    )


def _drawn_w(model: CarModel, at_s: float) -> float:
    """The power at `at_s` by the model alone, W."""
    return modelled_w(model, at_s, PACES[model.pace]) * model.take + model.off_w


def _remember(model: CarModel, ev: Ev, since_s: float, waits: bool) -> CarModel:
    """The model with the last command as a step."""
    commanded, steps = ev.commanded, model.steps
    if commanded is None or (steps and steps[-1].at_s >= commanded.at_s):
        return model
    base_w, _, pace, misfits, take, off_w, judged_at_s, limit, usual_take = model
    power_w = min(commanded.offer_a, limit.limit_a) * commanded.phases * NOMINAL_VOLTAGE_V
    if not steps:
        first = make_step(commanded.at_s, DEAD_S, power_w, phases=commanded.phases)
        return model._replace(base_w=ev.power_w.value or 0.0, steps=(first,))
    last = steps[-1]
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
    step = make_step(at_s=commanded.at_s, delay_s=delay_s, power_w=power_w, blank=blank, phases=commanded.phases)
    steps = (*steps, step)
    while len(steps) > STEPS and (steps[1].at_s < since_s or len(steps) > MOST_STEPS):
        base_w, steps = steps[0].power_w, steps[1:]
    if last.power_w == 0.0 and waits:
        take = 0.0
    elif last.power_w == 0.0 and take <= 0.5:
        take = usual_take  # another session, perhaps another car
    off_w = 0.0 if power_w > 0.0 else off_w
    return make_car_model(base_w, steps, pace, misfits, take, off_w, judged_at_s, limit, usual_take)


def _judge(model: CarModel, ev: Ev) -> CarModel:
    """The model after a correction by a new reading of the car, at the time of that reading."""
    base_w, steps, pace, misfits, take, off_w, judged_at_s, limit, usual_take = model
    drawn_w, at_s, _ = ev.power_w
    if drawn_w is None or at_s <= judged_at_s or not steps:
        return model
    if drawn_w < 0.0:
        drawn_w = 0.0  # a false reading must not turn the sign of `take`
    last = steps[-1]
    if last.power_w == 0.0:
        off_w = drawn_w if at_s > last.at_s + OFF_SETTLE_S else off_w
        return model._replace(off_w=off_w, judged_at_s=at_s)
    if at_s - last.at_s > LONG_SETTLED_S:
        spread_w, usual_w = 0.0, take * last.power_w
    else:
        by_pace = quick_w, usual_w, slow_w = _by_pace(model, at_s, take)
        spread_w = abs(quick_w - usual_w) + abs(usual_w - slow_w)
        # After a switch of phases the car has charged before, so its own pace tells when it is late.
        if drawn_w < NOTHING_W and (by_pace[pace] if any(step.blank for step in steps) else min(by_pace)) > SPREAD_W:
            return model._replace(take=0.0, judged_at_s=at_s)  # it has not started
        if NOTHING_W < drawn_w < WEAK_PART * min(by_pace) or (take < 1.0 and WEAK_PART * drawn_w > max(by_pace) > 0.0):
            take = min(1.0, take * drawn_w / by_pace[pace]) if by_pace[pace] > 0.0 else 1.0
            return model._replace(take=take, judged_at_s=at_s)
        if limit.drawn_a < limit.limit_a == math.inf and _at_limit(model, drawn_w, at_s, by_pace):
            limit = limit._replace(limit_a=limit.drawn_a)
            return _capped(model, limit.limit_a)._replace(take=1.0, judged_at_s=at_s, limit=limit)
    if spread_w > SPREAD_W:
        if take > 0.5 and drawn_w > 0.0:
            quick, usual, slow = (
                old + MISFIT_WEIGHT * (abs(drawn_w - expected_w) / spread_w - old)
                for old, expected_w in zip(misfits, by_pace, strict=True)
            )
            misfits = (quick, usual, slow)
            pace = _best_pace(misfits, pace)
            take = _explained(take, drawn_w, by_pace)
            usual_take = _usual(usual_take, take, at_s - judged_at_s)
        return make_car_model(base_w, steps, pace, misfits, take, off_w, at_s, limit, usual_take)
    if take > 0.0 and usual_w > 0.0:
        take = drawn_w * take / usual_w
    elif take == 0.0 and drawn_w > NOTHING_W:
        return _just_started(model, drawn_w, at_s)
    else:
        return model._replace(judged_at_s=at_s)
    take = min(take, MOST_TAKEN)
    one_a = last.phases * NOMINAL_VOLTAGE_V
    offered_a = _offered_a(ev, last)
    if steps[0].at_s < at_s - FOLLOWED_S:  # otherwise it may follow an offer that nobody knows
        least_a, largest_a = _followed_a(steps, offered_a, at_s)
        limit = after_settled(limit, drawn_w / one_a, least_a, largest_a, SPREAD_W / one_a)
    capped_w = min(offered_a, limit.limit_a) * one_a
    if capped_w != last.power_w:
        take, steps = take * last.power_w / capped_w, (*steps[:-1], last._replace(power_w=capped_w))
    usual_take = _usual(usual_take, take, at_s - judged_at_s)
    return make_car_model(base_w, steps, pace, misfits, take, off_w, at_s, limit, usual_take)


def _at_limit(model: CarModel, drawn_w: float, at_s: float, by_pace: Iterable[float]) -> bool:
    """Whether a reading shows the largest current that the car has drawn of an offer, where a car of any pace that
    takes a part of each offer would draw another one."""
    steps = model.steps
    if any(step.phases != steps[-1].phases or step.power_w == 0.0 for step in steps):
        return False  # a start or a switch of phases may last longer than the model knows
    if any(abs(drawn_w - expected_w) < SPREAD_W + SAME_CURRENT * drawn_w for expected_w in by_pace):
        return False
    capped = _capped(model, model.limit.drawn_a)
    return abs(drawn_w - modelled_w(capped, at_s, PACES[model.pace])) < SAME_CURRENT * drawn_w


def _capped(model: CarModel, limit_a: float) -> CarModel:
    """The model of a car that draws at most `limit_a`."""
    steps = tuple(
        step._replace(power_w=min(step.power_w, limit_a * step.phases * NOMINAL_VOLTAGE_V)) for step in model.steps
    )
    base_w = min(model.base_w, limit_a * steps[0].phases * NOMINAL_VOLTAGE_V)
    return model._replace(base_w=base_w, steps=steps)


def _offered_a(ev: Ev, last: Step) -> float:
    """The current that the last step offers, A: more than its own if the car has a limit."""
    commanded = ev.commanded
    if commanded is None or commanded.phases != last.phases or (offer_a := commanded.offer_a) == 0.0:
        return last.power_w / (last.phases * NOMINAL_VOLTAGE_V)
    return offer_a


def _followed_a(steps: tuple[Step, ...], offered_a: float, at_s: float) -> tuple[float, float]:
    """The smallest and the largest current that the car may follow at `at_s`, A, with `offered_a` as the last offer."""
    least_a = largest_a = offered_a
    for after, step in pairwise(reversed(steps)):
        if after.at_s < at_s - FOLLOWED_S:
            break
        step_a = step.power_w / (step.phases * NOMINAL_VOLTAGE_V)
        if step_a < least_a:
            least_a = step_a
        elif step_a > largest_a:
            largest_a = step_a
    return least_a, largest_a


def _just_started(model: CarModel, drawn_w: float, at_s: float) -> CarModel:
    """The model of a car that has drawn nothing of its offer until now: it approaches the offer."""
    last = model.steps[-1]
    begun_s = LAG_S * -math.log(1.0 - min(SETTLED_PART, drawn_w / last.power_w))
    step = last._replace(at_s=at_s - begun_s, delay_s=0.0, blank=False)
    return model._replace(base_w=0.0, steps=(step,), take=model.usual_take, judged_at_s=at_s)


def _explained(take: float, drawn_w: float, by_pace: tuple[float, float, float]) -> float:
    """What the car takes of its offer, after a reading on its way that no pace explains with `take`: the nearest part
    with which one does. It is half believed. Otherwise a car that never rests would never tell it."""
    least_w, most_w = min(by_pace), max(by_pace)
    explains = take * drawn_w / most_w if drawn_w > most_w else take * drawn_w / least_w if drawn_w < least_w else take
    if not LEAST_USUAL <= explains <= MOST_TAKEN:
        return take
    return take + EXPLAINED_WEIGHT * (explains - take)


def _usual(before: float, take: float, gap_s: float) -> float:
    """What the car usually takes of its offer, `gap_s` seconds later."""
    if take < LEAST_USUAL or -USUAL_STEP < take - before < USUAL_STEP:
        return before
    return take - (take - before) * math.exp(-gap_s / (MORE_S if take > before else LESS_S))


def _best_pace(misfits: tuple[float, ...], pace: int) -> int:
    best = min(range(len(misfits)), key=misfits.__getitem__)
    return best if misfits[best] < misfits[pace] - PACE_MARGIN else pace
