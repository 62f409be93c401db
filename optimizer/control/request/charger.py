"""The request of one charger before the guard: its mode, its part of the surplus, the rules' limits, and its relays."""

from __future__ import annotations

import math

from optimizer.control.current import ceiling_a, floor_to_step
from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_limits import USUAL, car_limits
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory, FollowMemory
from optimizer.control.request.car import car_causes, limit_cause, trial_pays, tries_one_phase, unpaid, wears
from optimizer.control.request.intent import ChargerInputs, Intent, intent_of, make_charger_inputs, off
from optimizer.control.request.phases import current_for, modes_of
from optimizer.control.request.sharing import Available
from optimizer.control.request.starts import barred_by, held_by_meter, moved_for_test_a
from optimizer.control.request.tick import Tick
from optimizer.control.targets import ChargerTargets
from optimizer.model.decision import FAST, OFF, Cause, EvOrder, make_cause, make_ev_order
from optimizer.model.faults import error_text
from optimizer.model.state import CHARGING, DISCONNECTED, ERROR, Ev, State
from optimizer.model.value import maker, value

WAKE_S = 90.0
"""A car that draws nothing for this long after an offer of current is full, asleep, or refuses. Its share is free."""
LATE_S = 30.0
"""A car that is known to start late may need this much more than its start time."""


@value
class ChargerRequest:
    """The request of one charger."""

    order: EvOrder
    follow: FollowMemory
    draws: bool
    """Whether its car draws current, or may still start to draw."""
    wanted_w: float = 0.0
    """The power that it would draw with its full share."""
    waits: bool = False
    """Whether it waits to start because another charger still uses the power, or because the meter does not show yet
    that it does not."""
    gapped: bool = False
    """Whether it pauses because a reading is missing."""
    intends: bool = False
    """Whether it would charge if limits and budgets allowed the least current."""


make_charger_request = maker(ChargerRequest)


def request_for(
    tick: Tick, info: ChargerInfo, memory: EvMemory, observed: Observation, available: Available, part: float
) -> ChargerRequest:
    """The request of one charger, with `part` of the power in `available`."""
    state, causes, subject = tick.state, tick.causes, info.subject
    ev, own_targets = state.evs[info.name], tick.targets.chargers[info.name]
    energy_wh = 0 if own_targets.energy_limit_wh is None and memory.limits_energy else own_targets.energy_limit_wh
    stop = _why_not(ev, state, own_targets, subject)
    if stop is not None:
        causes.append(stop)
        phases = memory.phases or ev.phases.value or len(info.site.phase_map)
        unread = ev.status.value is None
        return make_charger_request(make_ev_order(0.0, phases, energy_wh), off(memory.follow), False, gapped=unread)
    power_w = available.power_w
    if own_targets.power is not None and own_targets.power.value < power_w:
        power_w = own_targets.power.value
        causes.append(Cause("limit.power", subject, own_targets.power.rule, (("limit_w", power_w),)))
    inputs = _inputs(tick, info, memory, observed, available, part, power_w)
    intent = intent_of(tick, inputs)
    current_a = _current_a(tick, inputs, intent, power_w)
    order = make_ev_order(current_a, intent.phases, energy_wh)
    draws, intends = inputs.draws and current_a > 0.0, intent.current_a > 0.0
    gapped = available.sun_w is None and tick.rides and current_a <= 0.0
    # A car that begins when another has made room waits until the meter shows the room.
    held = intends and current_a <= 0.0 and inputs.barred is not None and inputs.barred.code == "meter.waits"
    return make_charger_request(order, intent.follow, draws, intent.wanted_w, intent.waits or held, gapped, intends)


def may_still_draw(ev: Ev, memory: EvMemory, now_s: float) -> bool:
    """Whether the car charges, gets no offer, or got its offer so recently that it may still start."""
    return ev.status.value is CHARGING or not is_idle(memory.idle_since_s, memory.observed.facts.start_s, now_s)


def is_idle(since_s: float, start_s: float, now_s: float) -> bool:
    """Whether a car that has drawn nothing of its offer since `since_s` is full, asleep, or refuses. `start_s`: the
    learned time from an offer until it draws, s."""
    idle_s = now_s - since_s
    return idle_s >= WAKE_S and idle_s >= start_s + LATE_S


def _inputs(
    tick: Tick,
    info: ChargerInfo,
    memory: EvMemory,
    observed: Observation,
    available: Available,
    part: float,
    power_w: float,
) -> ChargerInputs:
    """The inputs of one charger: its limits by car, rules, budgets, and meter in this tick."""
    state, params, causes, subject = tick.state, tick.plan.params, tick.causes, info.subject
    ev, own_targets, now_s = state.evs[info.name], tick.targets.chargers[info.name], state.mono_s
    car = car_limits(observed, info.site, now_s)
    if car is not USUAL[len(info.site.phase_map)]:
        car_causes(info, observed, car, causes)
    cap_a = _cap_a(ev, info, own_targets, causes)
    limit_cause(info, observed, cap_a, causes)
    modes = modes_of(info, own_targets, ev, memory, observed, car, power_w, params, now_s, causes)
    if memory.running and memory.phases == 1 and observed.facts.session.silent_a > 0.0 and 1 in modes:
        modes = (1,)  # silent on three phases: first one phase has to prove what the car needs
    least_a, barred, mode = car.least_a, None, own_targets.mode
    if tries_one_phase(observed, ev, info.site, mode, tick.site_inputs.grid_share):
        car = car._replace(phases=1)
        cap_a = least_a if least_a < cap_a else cap_a
        causes.append(Cause("car.unknown_phases", subject, numbers=(("current_a", least_a),)))
    if 0.0 < car.trial_a <= cap_a:
        share_w = None if available.sun_w is None else available.sun_w * part
        share = tick.site_inputs.grid_share
        if not memory.running or trial_pays(car, memory, observed, mode, share_w, share):
            least_a = car.trial_a
        else:
            barred = unpaid(car, observed, mode, subject)
    if not memory.running:
        barred = barred_by(memory, own_targets, params, now_s, subject, tries=least_a > car.least_a)
    elif observed.facts.session.stopped and mode is not FAST:
        barred = barred or wears(memory, params, now_s, subject)
    if observed.facts.session.refuses:
        barred = barred or Cause("car.refuses", subject)
    test_a, lasting_a = 0.0, cap_a
    if tick.test is not None and mode is not FAST:
        test_a, most_a = moved_for_test_a(tick.test, ev, memory, least_a, cap_a, info.site.current_step_a)
        cap_a = most_a if most_a < cap_a else cap_a
        if test_a > 0.0 or most_a < math.inf:
            causes.append(Cause(tick.test.cause, subject))
    if tick.raise_w < math.inf and mode is not FAST:
        modes, held_a = held_by_meter(tick.raise_w, ev, memory, modes, least_a, least_current=tick.least_current)
        if held_a <= 0.0 and barred is None:
            barred = Cause("meter.waits", subject)
            if tick.gap_s > 0.0:
                barred = Cause("surplus.unknown", subject, own_targets.rule, detail=tick.surplus.why)
        if 0.0 < held_a < cap_a:
            cap_a = held_a
            if tick.least_current:
                causes.append(Cause("surplus.gap", subject, own_targets.rule, detail=tick.surplus.why))
            else:
                causes.append(make_cause("meter.holds", subject, numbers=(("current_a", held_a),)))
    return make_charger_inputs(
        info=info,
        ev=ev,
        memory=memory,
        observed=observed,
        targets=own_targets,
        available=available,
        part=part,
        car=car,
        modes=modes,
        cap_a=cap_a,
        lasting_a=lasting_a,
        least_a=least_a,
        draws=may_still_draw(ev, memory, now_s),
        barred=barred,
        test_a=test_a,
    )


def _current_a(tick: Tick, inputs: ChargerInputs, intent: Intent, power_w: float) -> float:
    """The current of the order: the intended one within the limits, in steps of the charger. 0: pause."""
    info, own_targets, causes, barred = inputs.info, inputs.targets, tick.causes, inputs.barred
    subject = info.subject
    current_a = intent.current_a if intent.current_a < inputs.cap_a else inputs.cap_a
    if 0.0 < current_a < inputs.test_a and intent.phases == inputs.memory.phases:
        current_a = inputs.test_a
    if power_w < math.inf:
        current_a = min(current_a, current_for(power_w, intent.phases, inputs.car, tick.plan.params))
    if not inputs.draws and current_a > inputs.least_a:
        current_a = inputs.least_a
    current_a = floor_to_step(current_a, info.site.current_step_a, inputs.car.least_a)
    if current_a > 0.0 and barred is not None:
        if barred not in causes:
            causes.append(barred)
        current_a = 0.0
    elif own_targets.mode is FAST:
        code = "ev.fast" if current_a > 0.0 else "ev.fast_wait"
        numbers = (("current_a", current_a), ("phases", intent.phases))
        causes.append(make_cause(code, subject, own_targets.rule, numbers))
    if current_a > 0.0 and not inputs.draws:
        causes.append(Cause("ev.idle", subject, "", (("current_a", current_a),)))
    return current_a


def _why_not(ev: Ev, state: State, own_targets: ChargerTargets, subject: str) -> Cause | None:
    """The cause that keeps this charger paused at any surplus, or None."""
    status = ev.status.value
    if ev.blocked:
        return Cause("ev.blocked", subject, detail=ev.blocked)
    if state.grid.on_grid.value is False:
        return Cause("grid.island", subject)
    if status is None:
        return Cause("ev.unknown", subject, detail=ev.status.why)
    if status is DISCONNECTED:
        return Cause("ev.disconnected", subject)
    if status is ERROR:
        return Cause("ev.error", subject, detail=error_text(ev.condition.error.value, ev.condition.rcd.value))
    if own_targets.mode is OFF:
        return Cause("ev.off", subject, own_targets.rule)
    return None


def _cap_a(ev: Ev, info: ChargerInfo, own_targets: ChargerTargets, causes: list[Cause]) -> float:
    """The largest current that the charger, claims, and limits of rules allow, A."""
    cap_a = ceiling_a(ev, info.site)
    if own_targets.current_a < cap_a:
        cap_a = own_targets.current_a
    limit = own_targets.current
    if limit is not None and limit.value < cap_a:
        cap_a = limit.value
        causes.append(Cause("limit.current", info.subject, limit.rule, (("limit_a", limit.value),)))
    return cap_a
