"""decide(): the pure core. From a snapshot and the memory to orders, with the reasons.

One tick: rules give claims and limits → each charger's wish (its mode; the surplus shared by priority) → rule
limits → budgets → battery arbitration → guard → leases. No I/O, no clock, no randomness: the live loop, rule
tests, replay and the backtest all call this function.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.battery import CarDraw, arbitrate, bound_discharge
from optimizer.control.budget import spend
from optimizer.control.charger import Tick, Wanted
from optimizer.control.chargers import want
from optimizer.control.guard import charge_load_a, clamp_battery, clamp_chargers, count, house_load
from optimizer.control.instant import learn
from optimizer.control.memory import EvMemory, Memory, Seen
from optimizer.control.plan import Plan
from optimizer.control.surplus import Surplus, surplus_now
from optimizer.model.decision import BatteryOrder, Command, Decision, EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev, EvStatus, State
from optimizer.rules.engine import evaluate
from optimizer.rules.overrides import apply, modes, still_active
from optimizer.rules.verdict import Verdict

DRAWS_A = 2.0
"""A phase with more than this is used by the car; standby noise is far below."""

FRESH = EvMemory()


class Outcome(NamedTuple):
    """What one tick decides."""

    decision: Decision
    memory: Memory
    verdict: Verdict


def decide(state: State, memory: Memory, plan: Plan) -> Outcome:
    """One tick. Never raises on any state: unknown readings lead to pause and to `auto`, with a cause."""
    verdict, rules_memory = evaluate(plan.book, state, memory.rules)
    overrides = still_active(memory.overrides, state)
    verdict = apply(verdict, overrides, state)
    if (held := modes(verdict, rules_memory.modes)) is not rules_memory.modes:
        rules_memory = rules_memory._replace(modes=held)
    causes = list(verdict.causes)
    evs = {name: memory.evs.get(name, FRESH) for name in plan.site.chargers}
    seen = {name: _see(ev.seen, state, name) for name, ev in evs.items()}
    surplus = surplus_now(state, seen)

    wanted = want(Tick(state, verdict, surplus, plan, causes), evs, seen)
    counted = {name: count(state.evs[name], plan.site.chargers[name], seen[name].last_offer_a) for name in wanted}
    house_a, house = house_load(state, plan.site, memory.house)

    bound = bound_discharge(memory.bound, _car_draw(wanted, surplus), state.mono_s, plan.params)
    battery_orders, battery_causes = arbitrate(verdict, state, plan.batteries, bound.bound_w)
    causes += battery_causes
    for name, order in battery_orders.items():
        battery_orders[name], cause = clamp_battery(order, state.batteries[name], plan.site.batteries[name])
        if cause is not None:
            causes.append(cause)
    if not state.grid.phase_current_a:
        extra_a = charge_load_a(battery_orders, plan.site)
        house_a = (house_a[0] + extra_a, house_a[1] + extra_a, house_a[2] + extra_a)

    orders, guard_causes = clamp_chargers(
        {name: w.order for name, w in wanted.items()}, state, plan.site, house_a, counted
    )
    causes += guard_causes
    remembered = {
        name: _remember(name, ev, seen[name], orders[name], wanted[name], state, plan) if name in wanted else ev
        for name, ev in evs.items()
    }
    decision = Decision(state.now, state.mono_s, _leases(orders, battery_orders, state, plan), tuple(causes))
    return Outcome(decision, Memory(rules_memory, remembered, house, bound, overrides), verdict)


def _see(seen: Seen, state: State, name: str) -> Seen:
    """What is known of one charger with what this snapshot adds."""
    ev = state.evs.get(name)
    if ev is None:
        return seen
    offered = ev.offered_a.value
    return Seen(
        learn(seen.car, ev), seen.last_offer_a if offered is None else offered, _car_phases(seen.car_phases, ev)
    )


def _car_phases(seen: int, ev: Ev) -> int:
    """How many phases the car uses, once it has been seen charging on all that it was offered."""
    if ev.status.value is EvStatus.DISCONNECTED:
        return 0
    if ev.status.value is not EvStatus.CHARGING or ev.phases.value != 3 or len(ev.phase_current_a) < 3:
        return seen
    return max(seen, sum(1 for r in ev.phase_current_a if r.value is not None and r.value > DRAWS_A))


def _car_draw(wanted: dict[str, Wanted], surplus: Surplus) -> CarDraw:
    taking_w = 0.0
    for name, want_ in wanted.items():
        told_w = want_.order.current_a * want_.order.phases * NOMINAL_VOLTAGE_V
        if want_.draws:
            taking_w += max(told_w, surplus.drawn_w.get(name, 0.0))
    return CarDraw(taking_w, surplus.total_w)


def _remember(
    name: str, memory: EvMemory, seen: Seen, order: EvOrder, wanted: Wanted, state: State, plan: Plan
) -> EvMemory:
    """Counts relay operations by what was ordered after the guard."""
    running = order.current_a > 0.0
    started, switched = memory.started_at_s, memory.switched_at_s
    if running and not memory.running:
        started = spend(started, plan.params.starts, state.mono_s)
    if memory.phases not in (0, order.phases):
        switched = spend(switched, plan.params.switches, state.mono_s)
    idle = running and state.evs[name].status.value is not EvStatus.CHARGING
    idle_since_s = min(memory.idle_since_s, state.mono_s) if idle else math.inf
    followed = wanted.follow
    if followed.phases and not running and not wanted.waits:
        followed = followed._replace(phases=0)
    return EvMemory(
        seen=seen,
        follow=followed,
        running=running,
        idle_since_s=idle_since_s,
        phases=order.phases,
        started_at_s=started,
        switched_at_s=switched,
        limits_energy=order.energy_limit_wh is not None and order.energy_limit_wh > 0,
    )


def _leases(
    orders: dict[str, EvOrder], battery_orders: dict[str, BatteryOrder], state: State, plan: Plan
) -> dict[str, Command]:
    now_s = state.mono_s
    commands: dict[str, Command] = {}
    for name, order in orders.items():
        commands[f"ev.{name}"] = Command(f"ev.{name}", order, now_s, now_s + plan.params.charger_lease_s)
    for name, battery_order in battery_orders.items():
        lease_s = plan.site.batteries[name].lease_s
        commands[f"battery.{name}"] = Command(f"battery.{name}", battery_order, now_s, now_s + lease_s)
    return commands
