"""The request of one charger before the guard: its mode, its part of the surplus, the rules' limits, and its relays."""

from __future__ import annotations

import math

from optimizer.control.current import ceiling_a, floor_to_step
from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_model import settled
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.surplus import Surplus
from optimizer.control.grid_share import grid_share_now
from optimizer.control.memory import EvMemory, FollowMemory
from optimizer.control.plan import Plan
from optimizer.control.request.follower import (
    FollowerInputs,
    FollowerRequest,
    SiteInputs,
    follow,
    lasting,
    make_follower_inputs,
    make_site_inputs,
)
from optimizer.control.request.phases import car_phases, current_for, modes_of
from optimizer.control.request.sharing import Available, free_w
from optimizer.control.request.starts import barred_by, held_by_meter
from optimizer.control.targets import ChargerTargets, Targets
from optimizer.model.decision import FAST, MIN_SURPLUS, OFF, Cause, EvMode, EvOrder, make_cause, make_ev_order
from optimizer.model.faults import error_text
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.model.state import CHARGING, DISCONNECTED, ERROR, Ev, State
from optimizer.model.value import maker, value

WAKE_S = 90.0
"""A car that draws nothing for this long after an offer of current is full, asleep, or refuses. Its share is free."""
GREATEST_SHARE = 0.9


@value
class Tick:
    """The inputs of one tick for all chargers."""

    state: State
    targets: Targets
    surplus: Surplus
    site_inputs: SiteInputs
    plan: Plan
    raise_w: float
    """The largest raise of a car that the meter allows now, W."""
    rides: bool
    """Whether a car may continue although the surplus is unknown: the meter does not answer, but nothing contradicts
    its last reading."""
    causes: list[Cause]
    """Collects the causes."""


make_tick = maker(Tick)


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
    """Whether it waits to start because another charger still uses the power."""
    gapped: bool = False
    """Whether it pauses because a reading is missing."""
    intends: bool = False
    """Whether it would charge if limits and budgets allowed 6 A."""


make_charger_request = maker(ChargerRequest)


@value
class _Intent:
    """A request before limits and budgets."""

    phases: int
    current_a: float
    follow: FollowMemory
    wanted_w: float
    waits: bool = False


_make_intent = maker(_Intent)


def site_inputs(state: State, targets: Targets, plan: Plan) -> SiteInputs:
    """The inputs that all chargers share. The PV power is the sum of all systems at the time of the oldest reading. It
    is None if one is unknown or none is measured."""
    grid_share = 0.0
    if not plan.discharges_uncommanded:
        share = targets.grid_share
        if share is None:
            share = plan.params.grid_share
            if plan.params.grid_share_by_price:
                share = grid_share_now(state.prices, share)
        grid_share = share if 0.0 < share < GREATEST_SHARE else GREATEST_SHARE if share > 0.0 else 0.0
    pv_w, pv_at_s = 0.0, math.inf
    for pv in state.pvs.values():
        power_w, at_s, _ = pv.power_w
        if power_w is None:
            return make_site_inputs(state.mono_s, None, 0.0, grid_share)
        pv_w += power_w
        if at_s < pv_at_s:
            pv_at_s = at_s
    return make_site_inputs(state.mono_s, pv_w if state.pvs else None, pv_at_s, grid_share)


def request_for(
    tick: Tick, info: ChargerInfo, memory: EvMemory, observed: Observation, available: Available, part: float
) -> ChargerRequest:
    """The request of one charger, with `part` of the power in `available`."""
    state, params, causes, charger, subject = tick.state, tick.plan.params, tick.causes, info.site, info.subject
    ev, own_targets, now_s = state.evs[info.name], tick.targets.chargers[info.name], state.mono_s
    energy_wh = 0 if own_targets.energy_limit_wh is None and memory.limits_energy else own_targets.energy_limit_wh
    stop = _why_not(ev, state, own_targets, subject)
    if stop is not None:
        causes.append(stop)
        phases = memory.phases or ev.phases.value or len(charger.phase_map)
        return make_charger_request(make_ev_order(0.0, phases, energy_wh), _off(memory.follow), False)

    cap_a = _cap_a(ev, info, own_targets, causes)
    power_w = available.power_w
    if own_targets.power is not None and own_targets.power.value < power_w:
        power_w = own_targets.power.value
        causes.append(Cause("limit.power", subject, own_targets.power.rule, (("limit_w", power_w),)))
    modes = modes_of(info, own_targets, ev, memory, observed, power_w, params, now_s, causes)
    mode = own_targets.mode
    barred = None if memory.running else barred_by(memory, own_targets, params, now_s, subject)
    if tick.raise_w < math.inf and mode is not FAST:
        modes, held_a = held_by_meter(tick.raise_w, ev, memory, modes)
        barred = barred or (Cause("meter.waits", subject) if held_a <= 0.0 else None)
        if 0.0 < held_a < cap_a:
            cap_a = held_a
            causes.append(make_cause("meter.holds", subject, numbers=(("current_a", held_a),)))
    draws = may_still_draw(ev, memory, now_s)
    if mode is FAST:
        phases = modes[-1]
        intent = _make_intent(phases, cap_a, memory.follow._replace(phases=phases), cap_a * phases * NOMINAL_VOLTAGE_V)
    elif available.sun_w is None:
        phases = memory.phases if memory.phases in modes else modes[0]
        intent, code = _without_surplus(tick, memory, mode, modes, now_s)
        causes.append(Cause(code, subject, own_targets.rule, detail=tick.surplus.why))
    else:
        intent = _after_the_sun(
            tick, info, ev, memory, observed, available, part, available.sun_w * part, modes, cap_a, draws, barred
        )

    current_a = intent.current_a if intent.current_a < cap_a else cap_a
    if power_w < math.inf:
        current_a = min(current_a, current_for(power_w, intent.phases, charger, observed, params))
    if not draws and current_a > MIN_CURRENT_A:
        current_a = MIN_CURRENT_A
    current_a = floor_to_step(current_a, charger.current_step_a)
    if current_a > 0.0 and barred is not None:
        if barred not in causes:
            causes.append(barred)
        current_a = 0.0
    elif mode is FAST:
        code = "ev.fast" if current_a > 0.0 else "ev.fast_wait"
        causes.append(
            make_cause(code, subject, own_targets.rule, (("current_a", current_a), ("phases", intent.phases)))
        )
    if current_a > 0.0 and not draws:
        causes.append(Cause("ev.idle", subject, "", (("current_a", current_a),)))
    order = make_ev_order(current_a, intent.phases, energy_wh)
    draws, intends = draws and current_a > 0.0, intent.current_a > 0.0
    gapped = available.sun_w is None and tick.rides and current_a <= 0.0
    return make_charger_request(order, intent.follow, draws, intent.wanted_w, intent.waits, gapped, intends)


def may_still_draw(ev: Ev, memory: EvMemory, now_s: float) -> bool:
    """Whether the car charges, gets no offer, or got its offer so recently that it may still start."""
    return ev.status.value is CHARGING or now_s - memory.idle_since_s < WAKE_S


def _without_surplus(
    tick: Tick, memory: EvMemory, mode: EvMode, modes: tuple[int, ...], now_s: float
) -> tuple[_Intent, str]:
    """The request in the modes `surplus` and `min_surplus` while the surplus is unknown, and the code of its cause."""
    phases = memory.phases if memory.phases in modes else modes[0]
    rides = tick.rides and memory.running and lasting(memory.follow, phases, now_s)
    current_a = MIN_CURRENT_A if rides or mode is MIN_SURPLUS else 0.0
    followed = memory.follow if rides else _off(memory.follow)
    code = "surplus.gap" if rides else "surplus.unknown_min" if current_a else "surplus.unknown"
    return _make_intent(phases, current_a, followed, current_a * phases * NOMINAL_VOLTAGE_V), code


def _after_the_sun(
    tick: Tick,
    info: ChargerInfo,
    ev: Ev,
    memory: EvMemory,
    observed: Observation,
    available: Available,
    part: float,
    share_w: float,
    modes: tuple[int, ...],
    cap_a: float,
    draws: bool,
    barred: Cause | None,
) -> _Intent:
    """The request in the modes `surplus` and `min_surplus`."""
    charger, surplus, own_targets, commanded = info.site, tick.surplus, tick.targets.chargers[info.name], ev.commanded
    now_w = free_w(available, share_w, surplus.drawn_w.get(info.name, 0.0))
    max_a = cap_a if cap_a > MIN_CURRENT_A else MIN_CURRENT_A
    # The trim learns only from a car that has followed a write to a current between the limits.
    trims = (
        draws
        and commanded is not None
        and MIN_CURRENT_A < commanded.offer_a < max_a
        and not surplus.held
        and settled(observed.car, surplus.at_s)
    )
    inputs = make_follower_inputs(
        site_inputs=tick.site_inputs,
        surplus_w=share_w,
        free_w=now_w,
        residual_w=(surplus.supplied_w - available.target_w) * part,
        trims=trims,
        modes=modes,
        three_w_per_a=car_phases(observed, charger) * NOMINAL_VOLTAGE_V,
        max_a=max_a,
        step_a=charger.current_step_a,
        keep_on=own_targets.mode is MIN_SURPLUS,
        may_start=barred is None and cap_a >= MIN_CURRENT_A,
    )
    followed, request = follow(memory.follow, inputs, tick.plan.params.follow)
    running = request.phases > 0
    waits = running and not memory.running and now_w < min(request.needed_w, share_w)
    if barred is not None and not running and request.advantage_w > request.price_w:
        tick.causes.append(barred)
    else:
        code = "follow.turn" if waits else "follow.run" if running else "follow.wait"
        tick.causes.append(make_cause(code, info.subject, own_targets.rule, _figures(inputs, request)))
    if not running:
        before = memory.phases or ev.phases.value or 0
        return _make_intent(before if before in modes else modes[0], 0.0, followed, 0.0)
    per_a = NOMINAL_VOLTAGE_V if request.phases == 1 else inputs.three_w_per_a
    wants_a = share_w / per_a
    wants_a = max_a if wants_a > max_a else wants_a if wants_a > MIN_CURRENT_A else MIN_CURRENT_A
    return _make_intent(request.phases, 0.0 if waits else request.current_a, followed, wants_a * per_a, waits)


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


def _off(memory: FollowMemory) -> FollowMemory:
    """The memory of the follower in mode off. Its used allowances stay."""
    return memory._replace(phases=0) if memory.phases else memory


def _figures(inputs: FollowerInputs, request: FollowerRequest) -> tuple[tuple[str, float], ...]:
    return (
        ("surplus_w", inputs.surplus_w),
        ("needed_w", request.needed_w),
        ("advantage_w", request.advantage_w),
        ("price_w", request.price_w),
        ("current_a", request.current_a),
        ("phases", request.phases),
        ("feed_forward_w", request.feed_forward_w),
        ("ramp_w", request.ramp_w),
        ("integral_w", request.trim_w),
    )
