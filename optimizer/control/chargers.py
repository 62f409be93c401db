"""What each charger is wanted to do, before the guard: its mode, its share of the surplus, the rules' limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.budget import may_spend
from optimizer.control.follow import FollowMemory, Sight, Wish, follow
from optimizer.control.guard import ceiling_a, floor_to_step
from optimizer.control.instant import settled
from optimizer.control.memory import EvMemory
from optimizer.control.plan import Plan
from optimizer.control.surplus import Surplus, reserved_w
from optimizer.model.decision import Cause, EvMode, EvOrder
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import Ev, EvStatus, State
from optimizer.rules.verdict import Verdict

MODES: dict[float | str, EvMode] = {mode.value: mode for mode in EvMode}
FOLLOWING = frozenset((EvMode.SURPLUS, EvMode.MIN_SURPLUS))
WAKE_S = 90.0
"""A car that draws nothing this long after it was offered current is full, asleep or refusing: its share is free."""


class Wanted(NamedTuple):
    """One charger's wish."""

    order: EvOrder
    follow: FollowMemory
    draws: bool
    """Whether its car draws, or may still be about to."""


class Room(NamedTuple):
    """What is left to share, W; reduced as chargers are served in order of priority."""

    sun_w: float | None
    """Surplus for cars; None while unknown."""
    idle_w: float
    """The part of it that no car is using yet."""
    target_w: float
    """Grid power aimed at."""
    power_w: float
    """What all chargers together may still draw (import limit, dimming); infinite without a limit."""


def want(
    state: State,
    verdict: Verdict,
    surplus: Surplus,
    evs: Mapping[str, EvMemory],
    plan: Plan,
    causes: list[Cause],
) -> dict[str, Wanted]:
    """The wishes of all chargers that the snapshot knows, those of higher priority served first."""
    wanted: dict[str, Wanted] = {}
    room = _room(state, verdict, surplus, plan, causes)
    modes = {name: _mode(verdict, name) for name in plan.site.chargers}
    shared = len(modes) > 1
    for group in plan.priorities:
        waiting = sum(1 for name in group if modes[name][0] in FOLLOWING and name in state.evs)
        for name in group:
            if name not in state.evs:
                continue
            follows = modes[name][0] in FOLLOWING
            part = 1.0 / waiting if follows else 1.0
            waiting -= follows
            wanted[name] = _want_one(name, modes[name], state, verdict, surplus, evs[name], plan, room, part, causes)
            if shared:
                room = _after(room, wanted[name], surplus.drawn_w.get(name, 0.0), evs[name], state.mono_s)
    return wanted


def _mode(verdict: Verdict, name: str) -> tuple[EvMode, str]:
    """(mode, rule) that the rules want of a charger; off where nobody claims it."""
    claim = verdict.claims.get(f"ev.{name}.mode")
    return (MODES[claim.value], claim.rule) if claim is not None else (EvMode.OFF, "")


def _room(state: State, verdict: Verdict, surplus: Surplus, plan: Plan, causes: list[Cause]) -> Room:
    drawn_w = sum(surplus.drawn_w.values())
    power_w = float("inf")
    limit = verdict.limits.get("grid.import_w")
    if limit is not None:
        power_w = 0.0
        if state.grid.power_w.value is not None:
            discharge_w = sum(max(0.0, b.power_w.value or 0.0) for b in state.batteries.values())
            power_w = max(0.0, limit.value + drawn_w - state.grid.power_w.value - discharge_w)
        causes.append(
            Cause("limit.import", "grid.import_w", limit.rule, (("limit_w", limit.value), ("room_w", power_w)))
        )
    if state.grid.dimmed.value:
        power_w = min(power_w, plan.site.dimmed_w)
        causes.append(Cause("grid.dimmed", "grid.dimmed", numbers=(("limit_w", plan.site.dimmed_w),)))
    if surplus.total_w is None:
        return Room(None, 0.0, 0.0, power_w)
    target = verdict.claims.get("surplus.grid_target_w")
    target_w = float(target.value) if target is not None else plan.params.grid_target_w
    sun_w = surplus.total_w + target_w
    priority = verdict.claims.get("surplus.priority")
    if priority is None or priority.value == "battery_first":
        kept_w = reserved_w(state, plan.site, plan.params, sun_w)
        if kept_w > 0.0:
            rule = priority.rule if priority is not None else ""
            causes.append(Cause("surplus.battery_first", "surplus.priority", rule, (("kept_w", kept_w),)))
        sun_w -= kept_w
    return Room(sun_w, sun_w - drawn_w, target_w, power_w)


def _after(room: Room, wanted: Wanted, drawn_w: float, memory: EvMemory, now_s: float) -> Room:
    """What is left after one charger: it keeps what it draws until it has been seen to draw less."""
    told_w = wanted.order.current_a * wanted.order.phases * NOMINAL_VOLTAGE_V
    if not wanted.draws:
        taken_w = drawn_w
    elif settled(memory.car, now_s):
        taken_w = max(drawn_w, min(told_w, drawn_w + wanted.order.phases * NOMINAL_VOLTAGE_V))
    else:
        taken_w = max(told_w, drawn_w)
    sun_w = None if room.sun_w is None else room.sun_w - taken_w
    idle_w = room.idle_w - max(0.0, taken_w - drawn_w)
    return Room(sun_w, idle_w, room.target_w, max(0.0, room.power_w - taken_w))


def _want_one(
    name: str,
    mode_rule: tuple[EvMode, str],
    state: State,
    verdict: Verdict,
    surplus: Surplus,
    memory: EvMemory,
    plan: Plan,
    room: Room,
    part: float,
    causes: list[Cause],
) -> Wanted:
    ev, charger, now_s = state.evs[name], plan.site.chargers[name], state.mono_s
    subject = f"ev.{name}.current_a"
    phases_now = memory.phases or ev.phases.value or len(charger.phase_map)
    energy_wh = _energy_limit(verdict, name, memory)
    mode, rule = mode_rule
    stop = _why_not(ev, state, mode, rule, subject)
    if stop is not None:
        causes.append(stop)
        return Wanted(EvOrder(0.0, phases_now, energy_wh), _off(memory.follow), draws=False)

    draws = ev.status.value is EvStatus.CHARGING or _about_to(ev, now_s)
    cap_a = _cap_a(ev, charger, verdict, name, causes)
    allowed = _modes(charger, verdict, name, memory, ev)
    if not may_spend(memory.switched_at_s, plan.params.switches, now_s) and memory.phases in (1, 3):
        allowed = (memory.phases,) if memory.phases in allowed else allowed[:1]
    allowed = _that_fit(allowed, charger, memory, room.power_w, plan.params.high_voltage_v) or allowed[:1]
    may_start = memory.running or may_spend(memory.started_at_s, plan.params.starts, now_s)

    if mode is EvMode.FAST:
        phases = max(allowed)
        current_a = cap_a
        followed = memory.follow._replace(phases=phases)
        causes.append(Cause("ev.fast", subject, rule, (("current_a", current_a), ("phases", phases))))
    elif room.sun_w is None:
        phases = min(allowed)
        current_a = MIN_CURRENT_A if mode is EvMode.MIN_SURPLUS else 0.0
        followed = _off(memory.follow)
        code = "surplus.unknown_min" if current_a else "surplus.unknown"
        causes.append(Cause(code, subject, rule, detail=surplus.why))
    else:
        drawn_w = surplus.drawn_w.get(name, 0.0)
        share_claim = verdict.claims.get("surplus.grid_share")
        grid_share = float(share_claim.value) if share_claim is not None else plan.params.grid_share
        if plan.lends_unasked:
            grid_share = 0.0
        pv_w, pv_at_s = _pv(state)
        max_a = max(MIN_CURRENT_A, cap_a)
        told_a = ev.told.offer_a if ev.told is not None else 0.0
        sight = Sight(
            now_s=now_s,
            surplus_w=room.sun_w * part,
            free_w=min(room.sun_w * part, room.idle_w + drawn_w),
            pv_w=pv_w,
            pv_at_s=pv_at_s,
            residual_w=(surplus.supplied_w - room.target_w) * part,
            trims=draws and MIN_CURRENT_A < told_a < max_a and settled(memory.car, state.grid.power_w.at_s),
            modes=allowed,
            three_w_per_a=_car_phases(memory, charger) * NOMINAL_VOLTAGE_V,
            max_a=max_a,
            step_a=charger.current_step_a,
            grid_share=min(0.9, max(0.0, grid_share)),
            keep_on=mode is EvMode.MIN_SURPLUS,
            may_start=may_start,
        )
        followed, wish = follow(memory.follow, sight, plan.params.follow)
        phases = wish.phases or (phases_now if phases_now in allowed else allowed[0])
        current_a = wish.current_a if draws or wish.current_a == 0.0 else min(wish.current_a, MIN_CURRENT_A)
        causes.append(_follow_cause(subject, rule, sight, wish))

    current_a = min(current_a, cap_a)
    if current_a > 0.0 and not may_start:
        causes.append(Cause("budget.start", subject, numbers=(("per_hour", plan.params.starts.per_hour),)))
        current_a = 0.0
    current_a = min(current_a, _current_for(room.power_w, phases, charger, memory, plan.params.high_voltage_v))
    current_a = floor_to_step(current_a, charger.current_step_a)
    return Wanted(EvOrder(current_a, phases, energy_wh), followed, draws and current_a > 0.0)


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


def _about_to(ev: Ev, now_s: float) -> bool:
    return ev.told is None or ev.told.paused or now_s - ev.told.at_s < WAKE_S


def _energy_limit(verdict: Verdict, name: str, memory: EvMemory) -> int | None:
    claim = verdict.claims.get(f"ev.{name}.energy_limit_wh")
    if claim is not None:
        return max(0, min(1_000_000, int(float(claim.value))))
    return 0 if memory.limits_energy else None


def _cap_a(ev: Ev, charger: ChargerSite, verdict: Verdict, name: str, causes: list[Cause]) -> float:
    """Largest current that charger, claims and rule limits allow, A."""
    cap_a = ceiling_a(ev, charger)
    claim = verdict.claims.get(f"ev.{name}.current_a")
    if claim is not None:
        cap_a = min(cap_a, float(claim.value))
    limit = verdict.limits.get(f"ev.{name}.current_a")
    if limit is not None and limit.value < cap_a:
        cap_a = limit.value
        causes.append(Cause("limit.current", f"ev.{name}.current_a", limit.rule, (("limit_a", limit.value),)))
    return cap_a


def _car_phases(memory: EvMemory, charger: ChargerSite) -> int:
    """Phases that the car uses of those it is offered."""
    wired = len(charger.phase_map)
    return min(memory.car_phases or wired, wired)


def _modes(charger: ChargerSite, verdict: Verdict, name: str, memory: EvMemory, ev: Ev) -> tuple[int, ...]:
    """Phase settings to choose from."""
    if not charger.can_switch_phases:
        return (3,) if (ev.phases.value or len(charger.phase_map)) > 1 else (1,)
    claim = verdict.claims.get(f"ev.{name}.phases")
    if claim is not None and claim.value != "auto":
        return (3,) if float(claim.value) > 1 else (1,)
    return (1,) if memory.car_phases == 1 else (1, 3)


def _that_fit(
    modes: tuple[int, ...], charger: ChargerSite, memory: EvMemory, power_w: float, voltage_v: float
) -> tuple[int, ...]:
    """Modes whose smallest current stays within a limit on power, even at high voltage."""
    return tuple(n for n in modes if _current_for(power_w, n, charger, memory, voltage_v) >= MIN_CURRENT_A)


def _current_for(power_w: float, phases: int, charger: ChargerSite, memory: EvMemory, voltage_v: float) -> float:
    used = _car_phases(memory, charger) if phases > 1 else 1
    return power_w / (used * voltage_v)


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


def _follow_cause(subject: str, rule: str, sight: Sight, wish: Wish) -> Cause:
    code = "follow.run" if wish.phases else ("follow.wait" if sight.may_start else "follow.budget")
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
