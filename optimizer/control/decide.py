"""decide(): the pure core. From a snapshot and the memory to orders, with the reasons.

One tick: rules give claims and limits → each charger's wish (its mode; the surplus shared by priority) → rule
limits → budgets → battery arbitration → guard → leases. No I/O, no clock, no randomness: the live loop, rule
tests, replay and the backtest all call this function.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.control.after_tick import remember, take_up
from optimizer.control.estimate.battery_commanded import lost_discharge_a, stands
from optimizer.control.estimate.house_load import house_load
from optimizer.control.estimate.observation import Seen, see
from optimizer.control.estimate.surplus import Surplus, surplus_now
from optimizer.control.estimate.worst_case import Counted, count
from optimizer.control.guard.batteries import clamp_battery
from optimizer.control.guard.fuses import under_fuses
from optimizer.control.memory import EvMemory, Memory
from optimizer.control.plan import Plan
from optimizer.control.request.battery import CarDraw, arbitrate, bound_discharge, keep_dimmed, keep_import
from optimizer.control.request.charger import Tick, Wanted, sky_of
from optimizer.control.request.chargers import want
from optimizer.control.targets import Asked
from optimizer.model.decision import HOLD_POWER, BatteryAction, BatteryOrder, Cause, Command, Decision, EvOrder
from optimizer.model.reading import NOT_MEASURED
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import State
from optimizer.rules.book.engine import evaluate
from optimizer.rules.book.overrides import apply, modes, still_active
from optimizer.rules.book.verdict import Verdict

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
    asked = plan.asked(verdict)
    causes = list(verdict.causes)
    now_s, params = state.mono_s, plan.params

    evs: dict[str, EvMemory] = {}
    seen: dict[str, Seen] = {}
    counted: dict[str, Counted] = {}
    for line in plan.chargers:
        name = line.name
        ev = state.evs.get(name)
        if ev is not None:
            evs[name] = before = take_up(memory.evs.get(name, FRESH), ev)
            seen[name] = now = see(before.seen, ev, now_s)
            counted[name] = count(ev, line.site, now.last_offer_a)
    surplus = surplus_now(state, seen)

    wanted = want(Tick(state, asked, surplus, sky_of(state, asked, plan), plan, causes), evs, seen)
    site, standing = plan.site, memory.standing
    house, measured = house_load(state, site, memory.house, counted, standing)

    bound = memory.bound
    battery_wishes: dict[str, BatteryOrder] = {}
    if plan.batteries:
        bound = bound_discharge(bound, _car_draw(wanted, surplus), now_s, params)
        battery_wishes = _battery_orders(asked, state, plan, bound.bound_w, wanted, surplus, causes)
        if measured:
            house = house.ahead(lost_discharge_a(battery_wishes, standing, state, site), now_s)
    wishes = {name: wish.order for name, wish in wanted.items()}
    orders, battery_orders, guard_causes = under_fuses(
        wishes, battery_wishes, state, site, house.load_a, counted, standing
    )
    causes += guard_causes

    remembered = dict(memory.evs)
    for name, wish in wanted.items():
        remembered[name] = remember(evs[name], seen[name], state.evs[name], orders[name], wish, params, now_s)
    metered_s, grid_w = now_s, state.grid.power_w
    if grid_w.value is None and grid_w != NOT_MEASURED:
        metered_s = memory.metered_s
        causes += _unmetered(battery_orders, state)
    decision = Decision(state.now, now_s, _leases(orders, battery_orders, now_s, metered_s, plan), tuple(causes))
    told = stands(standing, battery_orders, state, site)
    kept = house if measured else memory.house
    return Outcome(decision, Memory(rules_memory, remembered, kept, bound, overrides, told, metered_s), verdict)


def _battery_orders(
    asked: Asked,
    state: State,
    plan: Plan,
    bound_w: float | None,
    wanted: dict[str, Wanted],
    surplus: Surplus,
    causes: list[Cause],
) -> dict[str, BatteryOrder]:
    """Arbitration, then the guard, then a limit on import; `causes` collects why."""
    orders, why = arbitrate(asked, state, plan.batteries, bound_w)
    causes += why
    for name, order in orders.items():
        if order.action is HOLD_POWER:
            orders[name], cause = clamp_battery(order, state.batteries[name], plan.site.batteries[name])
            if cause is not None:
                causes.append(cause)
    if asked.import_w is not None:
        causes += keep_import(orders, asked.import_w, state, _cars_more_w(wanted, surplus))
    if state.grid.dimmed.value:
        causes += keep_dimmed(orders, plan.site.dimmed_w, sum(map(_told_w, wanted.values())))
    return orders


def _car_draw(wanted: dict[str, Wanted], surplus: Surplus) -> CarDraw:
    taking_w = 0.0
    for name, wish in wanted.items():
        if wish.draws:
            told_w = _told_w(wish)
            drawn_w = surplus.drawn_w.get(name, 0.0)
            taking_w += drawn_w if drawn_w > told_w else told_w
    return CarDraw(taking_w, surplus.total_w)


def _told_w(wish: Wanted) -> float:
    """What a car is to draw, W."""
    return wish.order.current_a * wish.order.phases * NOMINAL_VOLTAGE_V


def _cars_more_w(wanted: dict[str, Wanted], surplus: Surplus) -> float:
    """What the cars are about to draw beyond what they draw now, W."""
    total_w = 0.0
    for name, wish in wanted.items():
        total_w += max(0.0, _told_w(wish) - surplus.drawn_w.get(name, 0.0))
    return total_w


def _unmetered(orders: dict[str, BatteryOrder], state: State) -> list[Cause]:
    why = state.grid.power_w.why
    held = [name for name, order in orders.items() if order.action is not BatteryAction.AUTO]
    return [Cause("battery.unmetered", f"battery.{name}.power_w", detail=why) for name in held]


def _leases(
    orders: dict[str, EvOrder], battery_orders: dict[str, BatteryOrder], now_s: float, metered_s: float, plan: Plan
) -> dict[str, Command]:
    """The orders with the time for which they stand; what steers a battery runs out when the meter is lost."""
    commands: dict[str, Command] = {}
    until_s = now_s + plan.params.charger_lease_s
    for charger in plan.chargers:
        order = orders.get(charger.name)
        if order is not None:
            commands[charger.device] = Command(charger.device, order, now_s, until_s)
    for battery in plan.batteries:
        wish = battery_orders.get(battery.name)
        if wish is not None:
            lease_s = battery.site.lease_s
            from_s = now_s
            if metered_s < now_s and wish.action is not BatteryAction.AUTO:
                # One that has run out ended a lease ago at most: a meter that was never read is no reason for "never".
                from_s = max(metered_s, now_s - 2.0 * lease_s)
            commands[battery.device] = Command(battery.device, wish, now_s, from_s + lease_s)
    return commands
