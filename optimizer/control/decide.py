"""decide(): the pure core. From a snapshot and the memory to orders, with the reasons.

One tick: rules give claims and limits → each charger's wish (its mode; the surplus shared by priority) → rule
limits → budgets → battery arbitration → guard → leases. No I/O, no clock, no randomness: the live loop, rule
tests, replay and the backtest all call this function.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.control.battery import CarDraw, arbitrate, bound_discharge, keep_import
from optimizer.control.charger import Tick, Wanted
from optimizer.control.chargers import want
from optimizer.control.guard import charge_load_a, clamp_battery, clamp_chargers, count, house_load
from optimizer.control.memory import EvMemory, Memory
from optimizer.control.plan import Plan
from optimizer.control.remember import remember, take_up
from optimizer.control.seen import see
from optimizer.control.surplus import Surplus, surplus_now
from optimizer.model.decision import BatteryOrder, Cause, Command, Decision, EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import State
from optimizer.rules.engine import evaluate
from optimizer.rules.overrides import apply, modes, still_active
from optimizer.rules.verdict import Verdict

FRESH = EvMemory()


class Outcome(NamedTuple):
    """What one tick decides."""

    decision: Decision
    memory: Memory
    verdict: Verdict


def decide(state: State, memory: Memory, plan: Plan) -> Outcome:
    """One tick. Never raises on any state: unknown readings lead to pause and to `auto`, with a cause."""
    verdict, rules_memory = evaluate(plan.book, state, memory.rules)
    overrides = memory.overrides
    if overrides:
        overrides = still_active(overrides, state)
        verdict = apply(verdict, overrides, state)
        if (held := modes(verdict, rules_memory.modes)) is not rules_memory.modes:
            rules_memory = rules_memory._replace(modes=held)
    causes = list(verdict.causes)
    evs = {
        name: take_up(memory.evs.get(name, FRESH), ev) for name, ev in state.evs.items() if name in plan.site.chargers
    }
    seen = {name: see(ev.seen, state.evs[name], state.mono_s) for name, ev in evs.items()}
    surplus = surplus_now(state, seen)

    wanted = want(Tick(state, verdict, surplus, plan, causes), evs, seen)
    counted = {name: count(state.evs[name], plan.site.chargers[name], seen[name].last_offer_a) for name in wanted}
    house_a, measured, house = house_load(state, plan.site, memory.house)

    bound, battery_orders = memory.bound, {}
    if plan.batteries:
        bound = bound_discharge(memory.bound, _car_draw(wanted, surplus), state.mono_s, plan.params)
        battery_orders = _battery_orders(verdict, state, plan, bound.bound_w, wanted, surplus, causes)
        extra_a = charge_load_a(battery_orders, state, plan.site, measured)
        if extra_a > 0.0:
            house_a = (house_a[0] + extra_a, house_a[1] + extra_a, house_a[2] + extra_a)

    orders, guard_causes = clamp_chargers(
        {name: w.order for name, w in wanted.items()}, state, plan.site, house_a, counted
    )
    causes += guard_causes
    remembered = dict(memory.evs)
    for name, wish in wanted.items():
        remembered[name] = remember(
            evs[name], seen[name], state.evs[name], orders[name], wish, plan.params, state.mono_s
        )
    decision = Decision(state.now, state.mono_s, _leases(orders, battery_orders, state, plan), tuple(causes))
    return Outcome(decision, Memory(rules_memory, remembered, house, bound, overrides), verdict)


def _battery_orders(
    verdict: Verdict,
    state: State,
    plan: Plan,
    bound_w: float | None,
    wanted: dict[str, Wanted],
    surplus: Surplus,
    causes: list[Cause],
) -> dict[str, BatteryOrder]:
    """Arbitration, then the guard, then a limit on import; `causes` collects why."""
    orders, why = arbitrate(verdict, state, plan.batteries, bound_w)
    causes += why
    for name, order in orders.items():
        orders[name], cause = clamp_battery(order, state.batteries[name], plan.site.batteries[name])
        if cause is not None:
            causes.append(cause)
    if "grid.import_w" in verdict.limits:
        causes += keep_import(orders, verdict, state, _cars_more_w(wanted, surplus))
    return orders


def _car_draw(wanted: dict[str, Wanted], surplus: Surplus) -> CarDraw:
    taking_w = 0.0
    for name, want_ in wanted.items():
        told_w = want_.order.current_a * want_.order.phases * NOMINAL_VOLTAGE_V
        if want_.draws:
            taking_w += max(told_w, surplus.drawn_w.get(name, 0.0))
    return CarDraw(taking_w, surplus.total_w)


def _cars_more_w(wanted: dict[str, Wanted], surplus: Surplus) -> float:
    """What the cars are about to draw beyond what they draw now, W."""
    total_w = 0.0
    for name, wish in wanted.items():
        told_w = wish.order.current_a * wish.order.phases * NOMINAL_VOLTAGE_V
        total_w += max(0.0, told_w - surplus.drawn_w.get(name, 0.0))
    return total_w


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
