"""decide(): the pure core. It computes orders and their causes from a snapshot and the memory.

The steps of one tick:
1. The rules give claims and limits.
2. Each charger gets a request from its mode, its share of the surplus, the limits, and the budgets.
3. Battery arbitration gives the orders to batteries, within their own limits.
4. The guard lowers all orders to what the fuses carry.
5. Each order becomes a lease.

There is no I/O, no clock, and no randomness. The service, rule tests, replay, and backtest all call this function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from optimizer.control.after_tick import remember, take_up
from optimizer.control.battery_orders import order_batteries, unmetered
from optimizer.control.estimate.balance import oldest_s
from optimizer.control.estimate.battery_commanded import commanded_after
from optimizer.control.estimate.car_limits import least_a_of
from optimizer.control.estimate.load_inputs import make_load_inputs, make_loads, measured_a
from optimizer.control.estimate.observation import Observation, observe
from optimizer.control.estimate.offered_currents import within_offers, without_impossible
from optimizer.control.estimate.worst_case import WorstCase, worst_case_of
from optimizer.control.guard.fuses import hold_fuses
from optimizer.control.judge.charger_unit import with_estimates, without_doubted
from optimizer.control.judge.chargers import after_look
from optimizer.control.judge.currents import with_currents
from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.offered_moves import stirred
from optimizer.control.judge.small_currents import in_proportion
from optimizer.control.late import beside_late_currents
from optimizer.control.memory import EvMemory, Memory, make_memory
from optimizer.control.plan import Plan
from optimizer.control.request.chargers import request_all
from optimizer.control.request.tick import make_tick, site_inputs
from optimizer.control.switched import begin, finish, reserved
from optimizer.model.decision import (
    HAND_BACK,
    BatteryOrder,
    Command,
    Decision,
    EvOrder,
    make_command,
    make_decision,
)
from optimizer.model.reading import NOT_MEASURED, Reading
from optimizer.model.state import State
from optimizer.model.value import changed, maker
from optimizer.rules.book.engine import Book, RulesMemory, evaluate
from optimizer.rules.book.overrides import Override, apply, modes, still_active
from optimizer.rules.book.verdict import Verdict

FRESH = EvMemory()


class Outcome(NamedTuple):
    """The result of one tick."""

    decision: Decision
    memory: Memory
    verdict: Verdict
    judged: State
    """The state by which it was decided. Readings in doubt are unknown, with the reason."""


make_outcome = maker(Outcome)


def decide(state: State, memory: Memory, plan: Plan) -> Outcome:
    """Decide one tick. It never raises: unknown readings lead to a pause and to `auto`, with a cause."""
    (
        rules_memory, ev_memories, house, bound, overrides, commanded, last_metered_s, cases, feed_in,
        judge_memory, counter_flow_s, was_dimmed, switch_memories, course,
    ) = memory  # fmt: skip
    now_s, params = state.mono_s, plan.params
    reported = state
    units = judge_memory.units
    if units.doubted:
        cars = {name: one.observed.car for name, one in ev_memories.items()}
        state = with_estimates(state, units, cars)
    possible, evs, observed, worst_case = _observe_cars(state, ev_memories, plan)
    judged = judge(possible, observed, judge_memory, plan.site, commanded, reported.evs)
    currents_known = possible is state
    state, judge_after, surplus, raise_w, rides, test, gap_s, least_current = judged
    if units.doubted:
        state = without_doubted(state, units)
    if state.grid.phase_current_a:
        judge_after, state = with_currents(judge_after, state)
    believed = state if currents_known else without_impossible(state, reported.evs)
    if stirred(judge_after.units.offers, reported.evs):
        judge_after, observed = after_look(judge_after, judge_memory, observed)
    verdict, rules_memory, overrides = _apply_rules(plan.book, state, rules_memory, overrides)
    targets = plan.targets(verdict)
    causes = list(verdict.causes)
    dimmed = state.grid.dimmed.value
    if dimmed is None and was_dimmed:
        dimmed, state = True, _still_dimmed(state)

    switching = begin(plan.switches, switch_memories, state, targets.switches, causes)
    tick = make_tick(
        state=state,
        targets=targets,
        surplus=surplus,
        site_inputs=site_inputs(state, targets, plan),
        plan=plan,
        raise_w=raise_w,
        rides=rides,
        test=test,
        gap_s=gap_s,
        least_current=least_current,
        causes=causes,
        switching=switching,
    )
    requests = request_all(tick, evs, observed)
    battery_orders: dict[str, BatteryOrder] = {}
    if plan.batteries:
        battery_orders, bound, counter_flow_s = order_batteries(
            tick, reported.batteries, requests, bound, counter_flow_s
        )
    load_inputs = make_load_inputs(
        state=state,
        site=plan.site,
        worst_case=worst_case,
        commanded=commanded,
        doubted_a=_doubted_a(reported, judge_after),
        reserved_a=reserved(switching, plan, state),
        observed=observed,
    )
    wanted = {name: request.order for name, request in requests.items()}
    if state.grid.phase_current_a or course:
        load_inputs, course = beside_late_currents(load_inputs, wanted, evs, course, judge_after)
    orders, battery_orders, guard_causes, loads = hold_fuses(
        wanted,
        battery_orders,
        load_inputs,
        make_loads(house, cases, feed_in),
    )
    causes += guard_causes

    metered_s, grid_w = now_s, state.grid.power_w
    if grid_w.value is None and grid_w != NOT_MEASURED:
        metered_s = last_metered_s
        causes += unmetered(battery_orders, state)
    commands = _leases(orders, battery_orders, now_s, metered_s, plan)
    if switching is not None:
        switch_memories = finish(switching, plan, load_inputs, orders, battery_orders, loads, commands, causes)
    decision = make_decision(state.now, now_s, commands, tuple(causes))

    remembered = dict(ev_memories)
    for name, request in requests.items():
        remembered[name] = remember(evs[name], observed[name], state.evs[name], orders[name], request, params, now_s)
    commanded = commanded_after(commanded, battery_orders, state, plan.site)
    house, cases, feed_in = loads
    after = make_memory(
        rules_memory, remembered, house, bound, overrides, commanded, metered_s, cases, feed_in, judge_after,
        counter_flow_s, bool(dimmed), switch_memories, course,
    )  # fmt: skip
    return make_outcome(decision, after, verdict, believed)


def _observe_cars(
    state: State, memories: Mapping[str, EvMemory], plan: Plan
) -> tuple[State, dict[str, EvMemory], dict[str, Observation], dict[str, WorstCase]]:
    """The snapshot with possible phase currents of the chargers, the memory of each charger in it, what its car does,
    and the most that the car may be drawing."""
    now_s, since_s = state.mono_s, oldest_s(state)
    evs: dict[str, EvMemory] = {}
    observed: dict[str, Observation] = {}
    worst_case: dict[str, WorstCase] = {}
    for info in plan.chargers:
        name = info.name
        ev = state.evs.get(name)
        if ev is not None:
            evs[name] = before = take_up(memories.get(name, FRESH), ev)
            if ev.phase_current_a and (within := within_offers(ev, before.observed, now_s)) is not ev:
                state, ev = changed(state, evs={**state.evs, name: within}), within
            observed[name] = now = observe(before.observed, ev, now_s, since_s)
            worst_case[name] = worst_case_of(
                ev, info.site, now.last_offer_a, now.car_phases, least_a_of(info.site, now.facts, now.set_a)
            )
    return state, evs, observed, worst_case


def _apply_rules(
    book: Book, state: State, memory: RulesMemory, overrides: tuple[Override, ...]
) -> tuple[Verdict, RulesMemory, tuple[Override, ...]]:
    """The verdict of the rules and of the owner's overrides, and the overrides that are still active."""
    verdict, memory = evaluate(book, state, memory)
    if overrides:
        overrides = still_active(overrides, state)
        verdict = apply(verdict, overrides, state)
        if (held := modes(verdict, memory.modes)) is not memory.modes:
            memory = memory._replace(modes=held)
    return verdict, memory, overrides


def _still_dimmed(state: State) -> State:
    """The state with the last known dimming. A lost contact does not lift the limit."""
    return replace(state, grid=replace(state.grid, dimmed=Reading(True, state.mono_s)))


def _doubted_a(reported: State, judge_memory: JudgeMemory) -> tuple[float, ...]:
    """The phase currents of a grid meter in doubt. The guard counts them if they are higher than its reserve."""
    if judge_memory.small.why:
        return in_proportion(reported.grid, judge_memory.small)
    return tuple(measured_a(reported.grid) or ()) if judge_memory.meter.doubts.why else ()


def _leases(
    orders: dict[str, EvOrder], battery_orders: dict[str, BatteryOrder], now_s: float, metered_s: float, plan: Plan
) -> dict[str, Command]:
    """The orders with their leases. An order that controls a battery expires when the meter stays unknown."""
    commands: dict[str, Command] = {}
    until_s = now_s + plan.params.charger_lease_s
    for charger in plan.chargers:
        order = orders.get(charger.name)
        if order is not None:
            commands[charger.device] = make_command(charger.device, order, now_s, until_s)
    for battery in plan.batteries:
        battery_order = battery_orders.get(battery.name)
        if battery_order is not None:
            lease_s = battery.site.lease_s
            from_s = now_s
            if metered_s < now_s and battery_order.action is not HAND_BACK:
                # An expired lease ended at most one lease time ago, even if the meter was never read.
                from_s = max(metered_s, now_s - 2.0 * lease_s)
            commands[battery.device] = make_command(battery.device, battery_order, now_s, from_s + lease_s)
    return commands
