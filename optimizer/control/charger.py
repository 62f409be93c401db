"""One charger's wish, before the guard: its mode, its part of the surplus, the rules' limits, its relays."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.budget import HOUR_S, may_spend
from optimizer.control.follow import FollowMemory, Sight, Wish, follow
from optimizer.control.guard import ceiling_a, floor_to_step
from optimizer.control.instant import settled
from optimizer.control.memory import EvMemory
from optimizer.control.plan import Plan
from optimizer.control.seen import Seen
from optimizer.control.sharing import Room, share_of
from optimizer.control.surplus import Surplus
from optimizer.model.decision import Cause, EvMode, EvOrder
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import Ev, EvStatus, State
from optimizer.rules.verdict import Verdict

WAKE_S = 90.0
"""A car that draws nothing this long after it was offered current is full, asleep or refusing: its share is free."""
IDLE_REST_S = 3600.0
"""A car that drew nothing is tried again after this: full cars are not to be started by every cloud."""
LIMIT_REST_S = 300.0
"""After a limit or the guard has ended a charge it rests this long, and longer with each start of the last hour."""
SWITCH_UP_A = 7.0
"""Three phases must have room for this before a charger under a limit on power switches up to them."""
REFUSES_S = 30.0
"""A charger that has not switched its phases after this does not: it keeps them until the car is plugged in anew."""
GREATEST_SHARE = 0.9


class Tick(NamedTuple):
    """What all chargers look at in one tick."""

    state: State
    verdict: Verdict
    surplus: Surplus
    plan: Plan
    causes: list[Cause]
    """Collects why."""


class Wanted(NamedTuple):
    """One charger's wish."""

    order: EvOrder
    follow: FollowMemory
    draws: bool
    """Whether its car draws, or may still be about to."""
    wants_w: float = 0.0
    """What it would take if it had its share at once."""
    waits: bool = False
    """Whether it would start, but another charger is still using what it needs."""
    intends: bool = False
    """Whether it would charge if limits and budgets left it 6 A."""


class _Intent(NamedTuple):
    """A wish before limits and budgets."""

    phases: int
    current_a: float
    follow: FollowMemory
    wants_w: float
    waits: bool = False


def wish_of(
    tick: Tick, name: str, mode: EvMode, rule: str, memory: EvMemory, seen: Seen, room: Room, part: float
) -> Wanted:
    """The wish of one charger with `part` of what is left in `room`."""
    state, plan = tick.state, tick.plan
    ev, charger, now_s = state.evs[name], plan.site.chargers[name], state.mono_s
    subject = f"ev.{name}.current_a"
    energy_wh = _energy_limit(tick.verdict, name, memory)
    stop = _why_not(ev, state, mode, rule, subject)
    if stop is not None:
        tick.causes.append(stop)
        phases = memory.phases or ev.phases.value or len(charger.phase_map)
        return Wanted(EvOrder(0.0, phases, energy_wh), _off(memory.follow), draws=False)

    cap_a = _cap_a(ev, charger, tick, name)
    limit = tick.verdict.limits.get(f"ev.{name}.power_w")
    if limit is not None and limit.value < room.power_w:
        room = room._replace(power_w=limit.value)
        tick.causes.append(Cause("limit.power", subject, limit.rule, (("limit_w", limit.value),)))
    modes = _modes(ev, charger, tick, name, memory, seen, room)
    barred = None if memory.running else _barred(memory, mode, plan, now_s, subject)
    if mode is EvMode.FAST:
        phases = max(modes)
        intent = _Intent(phases, cap_a, memory.follow._replace(phases=phases), cap_a * phases * NOMINAL_VOLTAGE_V)
    elif room.sun_w is None:
        phases = memory.phases if memory.phases in modes else min(modes)
        current_a = MIN_CURRENT_A if mode is EvMode.MIN_SURPLUS else 0.0
        intent = _Intent(phases, current_a, _off(memory.follow), current_a * phases * NOMINAL_VOLTAGE_V)
        code = "surplus.unknown_min" if current_a else "surplus.unknown"
        tick.causes.append(Cause(code, subject, rule, detail=tick.surplus.why))
    else:
        intent = _after_the_sun(tick, name, mode, rule, memory, seen, room, part, modes, cap_a, barred)

    draws = not memory.running or idles_less_than_wake(ev, memory, now_s)
    current_a = min(intent.current_a, cap_a, _current_for(room.power_w, intent.phases, charger, seen, plan))
    if not draws:
        current_a = min(current_a, MIN_CURRENT_A)
    current_a = floor_to_step(current_a, charger.current_step_a)
    if current_a > 0.0 and barred is not None:
        if barred not in tick.causes:
            tick.causes.append(barred)
        current_a = 0.0
    elif mode is EvMode.FAST:
        code = "ev.fast" if current_a > 0.0 else "ev.fast_wait"
        tick.causes.append(Cause(code, subject, rule, (("current_a", current_a), ("phases", intent.phases))))
    if current_a > 0.0 and not draws:
        tick.causes.append(Cause("ev.idle", subject, numbers=(("current_a", current_a),)))
    order = EvOrder(current_a, intent.phases, energy_wh)
    return Wanted(order, intent.follow, draws and current_a > 0.0, intent.wants_w, intent.waits, intent.current_a > 0.0)


def _barred(memory: EvMemory, mode: EvMode, plan: Plan, now_s: float, subject: str) -> Cause | None:
    """Why a paused charger may not start now, or None."""
    starts = plan.params.starts
    if not may_spend(memory.started_at_s, starts, now_s):
        return Cause("budget.start", subject, numbers=(("per_hour", starts.per_hour), ("per_day", starts.per_day)))
    lately = sum(1 for at_s in memory.started_at_s if now_s - at_s < HOUR_S)
    left_s = memory.cut_at_s + LIMIT_REST_S * (1 + lately) - now_s
    if left_s > 0.0:
        return Cause("limit.rest", subject, numbers=(("rest_s", left_s),))
    left_s = memory.idled_at_s + IDLE_REST_S - now_s
    if left_s > 0.0 and mode is not EvMode.FAST:
        return Cause("ev.rest", subject, numbers=(("rest_s", left_s),))
    return None


def idles_less_than_wake(ev: Ev, memory: EvMemory, now_s: float) -> bool:
    """Whether the car charges, or was offered current so lately that it may still begin."""
    return ev.status.value is EvStatus.CHARGING or now_s - memory.idle_since_s < WAKE_S


def _after_the_sun(
    tick: Tick,
    name: str,
    mode: EvMode,
    rule: str,
    memory: EvMemory,
    seen: Seen,
    room: Room,
    part: float,
    modes: tuple[int, ...],
    cap_a: float,
    barred: Cause | None,
) -> _Intent:
    """Following the surplus: `surplus` and `min_surplus`."""
    state, plan, surplus = tick.state, tick.plan, tick.surplus
    ev, charger, now_s = state.evs[name], plan.site.chargers[name], state.mono_s
    share = share_of(room, part, surplus.drawn_w.get(name, 0.0))
    claim = tick.verdict.claims.get("surplus.grid_share")
    grid_share = float(claim.value) if claim is not None else plan.params.grid_share
    pv_w, pv_at_s = _pv(state)
    max_a = max(MIN_CURRENT_A, cap_a)
    told_a = ev.told.offer_a if ev.told is not None else 0.0
    follows = MIN_CURRENT_A < told_a < max_a and idles_less_than_wake(ev, memory, now_s)
    sight = Sight(
        now_s=now_s,
        surplus_w=share.surplus_w,
        free_w=share.free_w,
        pv_w=pv_w,
        pv_at_s=pv_at_s,
        residual_w=(surplus.supplied_w - room.target_w) * part,
        trims=follows and settled(seen.car, state.grid.power_w.at_s),
        modes=modes,
        three_w_per_a=_car_phases(seen, charger) * NOMINAL_VOLTAGE_V,
        max_a=max_a,
        step_a=charger.current_step_a,
        grid_share=0.0 if plan.lends_unasked else min(GREATEST_SHARE, max(0.0, grid_share)),
        keep_on=mode is EvMode.MIN_SURPLUS,
        may_start=barred is None and cap_a >= MIN_CURRENT_A,
    )
    followed, wish = follow(memory.follow, sight, plan.params.follow)
    waits = bool(wish.phases) and not memory.running and share.free_w < min(wish.needed_w, share.surplus_w)
    would_start = not wish.phases and wish.advantage_w > wish.price_w
    if barred is not None and would_start:
        tick.causes.append(barred)
    else:
        tick.causes.append(_follow_cause(f"ev.{name}.current_a", rule, sight, wish, waits))
    if not wish.phases:
        before = memory.phases or ev.phases.value or 0
        return _Intent(before if before in modes else modes[0], 0.0, followed, 0.0)
    per_a = NOMINAL_VOLTAGE_V if wish.phases == 1 else sight.three_w_per_a
    wants_w = min(max_a, max(MIN_CURRENT_A, share.surplus_w / per_a)) * per_a
    return _Intent(wish.phases, 0.0 if waits else wish.current_a, followed, wants_w, waits)


def _why_not(ev: Ev, state: State, mode: EvMode, rule: str, subject: str) -> Cause | None:
    """The reason that keeps this charger paused whatever the sun does, or None."""
    if ev.blocked:
        return Cause("ev.blocked", subject, detail=ev.blocked)
    if state.grid.on_grid.value is False:
        return Cause("grid.island", subject)
    if ev.status.value is None:
        return Cause("ev.unknown", subject, detail=ev.status.why)
    if ev.status.value is EvStatus.DISCONNECTED:
        return Cause("ev.disconnected", subject)
    if ev.status.value is EvStatus.ERROR:
        return Cause("ev.error", subject)
    if mode is EvMode.OFF:
        return Cause("ev.off", subject, rule)
    return None


def _energy_limit(verdict: Verdict, name: str, memory: EvMemory) -> int | None:
    claim = verdict.claims.get(f"ev.{name}.energy_limit_wh")
    if claim is not None:
        return max(0, min(1_000_000, int(float(claim.value))))
    return 0 if memory.limits_energy else None


def _cap_a(ev: Ev, charger: ChargerSite, tick: Tick, name: str) -> float:
    """Largest current that charger, claims and rule limits allow, A."""
    cap_a = ceiling_a(ev, charger)
    claim = tick.verdict.claims.get(f"ev.{name}.current_a")
    if claim is not None:
        claimed_a = float(claim.value)
        cap_a = min(cap_a, claimed_a) if claimed_a >= 0.0 else 0.0  # what is no number is the strictest
    limit = tick.verdict.limits.get(f"ev.{name}.current_a")
    if limit is not None and limit.value < cap_a:
        cap_a = limit.value
        tick.causes.append(Cause("limit.current", f"ev.{name}.current_a", limit.rule, (("limit_a", limit.value),)))
    return cap_a


def _car_phases(seen: Seen, charger: ChargerSite) -> int:
    """Phases that the car uses of those it is offered."""
    wired = len(charger.phase_map)
    return min(seen.car_phases or wired, wired)


def _modes(
    ev: Ev, charger: ChargerSite, tick: Tick, name: str, memory: EvMemory, seen: Seen, room: Room
) -> tuple[int, ...]:
    """Numbers of phases to choose from, never none: what is wired and claimed, what the relays may still do, what
    stays within a limit on power."""
    modes = _wired_modes(ev, charger, tick, name, seen)
    params = tick.plan.params
    if len(modes) > 1 or memory.phases not in (0, *modes):
        if memory.phases in (1, 3) and not may_spend(memory.switched_at_s, params.switches, tick.state.mono_s):
            return (memory.phases,)
        if room.power_w == math.inf:
            return modes
        fitting = tuple(
            n
            for n in modes
            if _current_for(room.power_w, n, charger, seen, tick.plan)
            >= (SWITCH_UP_A if 0 < memory.phases < n else MIN_CURRENT_A)
        )
        return fitting or modes[:1]
    return modes


def _wired_modes(ev: Ev, charger: ChargerSite, tick: Tick, name: str, seen: Seen) -> tuple[int, ...]:
    if not charger.can_switch_phases:
        return (3,) if (ev.phases.value or len(charger.phase_map)) > 1 else (1,)
    if tick.state.mono_s - seen.unswitched_since_s > REFUSES_S and ev.phases.value is not None:
        phases = 1 if ev.phases.value == 1 else 3
        tick.causes.append(Cause("ev.phases_refused", f"ev.{name}.phases", numbers=(("phases", phases),)))
        return (phases,)
    claim = tick.verdict.claims.get(f"ev.{name}.phases")
    if claim is not None and claim.value != "auto":
        return (3,) if float(claim.value) > 1 else (1,)
    return (1,) if seen.car_phases == 1 else (1, 3)


def _current_for(power_w: float, phases: int, charger: ChargerSite, seen: Seen, plan: Plan) -> float:
    """The current at which a limit on power still holds, even at high voltage."""
    used = _car_phases(seen, charger) if phases > 1 else 1
    return power_w / (used * plan.params.high_voltage_v)


def _off(memory: FollowMemory) -> FollowMemory:
    """The same follower, not running: its used allowances stay."""
    return memory._replace(phases=0) if memory.phases else memory


def _pv(state: State) -> tuple[float | None, float]:
    """(PV power of all systems, time of the oldest reading); None while one is unknown or none is measured."""
    total_w, at_s = 0.0, float("inf")
    for pv in state.pvs.values():
        if pv.power_w.value is None:
            return None, 0.0
        total_w += pv.power_w.value
        at_s = min(at_s, pv.power_w.at_s)
    return (total_w, at_s) if state.pvs else (None, 0.0)


def _follow_cause(subject: str, rule: str, sight: Sight, wish: Wish, waits: bool) -> Cause:
    code = "follow.turn" if waits else "follow.run" if wish.phases else "follow.wait"
    return Cause(
        code,
        subject,
        rule,
        (
            ("surplus_w", sight.surplus_w),
            ("needed_w", wish.needed_w),
            ("advantage_w", wish.advantage_w),
            ("price_w", wish.price_w),
            ("current_a", wish.current_a),
            ("phases", wish.phases),
            ("feed_forward_w", wish.feed_forward_w),
            ("ramp_w", wish.ramp_w),
            ("integral_w", wish.trim_w),
        ),
    )
