"""decide(): the pure core. It computes orders and their causes from a snapshot and the memory.

The steps of one tick:
1. The rules give claims and limits.
2. Each charger gets a request from its mode, its share of the surplus, the limits, and the budgets.
3. Battery arbitration gives the orders to batteries.
4. The guard lowers the orders.
5. Each order becomes a lease.

There is no I/O, no clock, and no randomness. The service, rule tests, replay, and backtest all call this function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from optimizer.control.after_tick import remember, take_up
from optimizer.control.estimate.balance import oldest_s
from optimizer.control.estimate.battery_commanded import commanded_after
from optimizer.control.estimate.car_limits import least_a_of
from optimizer.control.estimate.house_load import make_load_inputs, make_loads, measured_a
from optimizer.control.estimate.observation import Observation, observe
from optimizer.control.estimate.surplus import Surplus
from optimizer.control.estimate.worst_case import WorstCase, worst_case_of
from optimizer.control.guard.batteries import clamp_battery, with_lower_soc
from optimizer.control.guard.fuses import hold_fuses
from optimizer.control.judge.judge import JudgeMemory, judge
from optimizer.control.memory import EvMemory, Memory, make_memory
from optimizer.control.plan import Plan
from optimizer.control.request.battery import (
    CarDraw,
    arbitrate,
    bound_discharge,
    keep_dimmed,
    keep_import,
    make_car_draw,
)
from optimizer.control.request.charger import ChargerRequest
from optimizer.control.request.chargers import request_all
from optimizer.control.request.counter_flow import counter_flow_w, since, without_counter_flow
from optimizer.control.request.switches import Switching
from optimizer.control.request.tick import make_tick, site_inputs
from optimizer.control.switched import begin, finish, reserved
from optimizer.control.targets import Targets
from optimizer.model.decision import (
    BatteryAction,
    BatteryOrder,
    Cause,
    Command,
    Decision,
    EvOrder,
    make_command,
    make_decision,
)
from optimizer.model.reading import NOT_MEASURED, Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Battery, State
from optimizer.model.value import maker
from optimizer.rules.book.engine import evaluate
from optimizer.rules.book.overrides import apply, modes, still_active
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
        judge_memory, counter_flow_s, was_dimmed, switch_memories,
    ) = memory  # fmt: skip
    now_s, params = state.mono_s, plan.params
    evs: dict[str, EvMemory] = {}
    observed: dict[str, Observation] = {}
    worst_case: dict[str, WorstCase] = {}
    since_s = oldest_s(state)
    for info in plan.chargers:
        name = info.name
        ev = state.evs.get(name)
        if ev is not None:
            evs[name] = before = take_up(ev_memories.get(name, FRESH), ev)
            observed[name] = now = observe(before.observed, ev, now_s, since_s)
            worst_case[name] = worst_case_of(
                ev, info.site, now.last_offer_a, now.car_phases, least_a_of(info.site, now.facts, now.set_a)
            )
    reported, judged = state, judge(state, observed, judge_memory, plan.site)
    state, judge_memory, surplus, raise_w, rides, test = judged
    verdict, rules_memory = evaluate(plan.book, state, rules_memory)
    if overrides:
        overrides = still_active(overrides, state)
        verdict = apply(verdict, overrides, state)
        if (held := modes(verdict, rules_memory.modes)) is not rules_memory.modes:
            rules_memory = rules_memory._replace(modes=held)
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
        causes=causes,
        switching=switching,
    )
    requests = request_all(tick, evs, observed)
    wanted_battery_orders: dict[str, BatteryOrder] = {}
    if plan.batteries:
        bound = bound_discharge(bound, _car_draw(requests, surplus), now_s, params)
        wanted_battery_orders = _battery_orders(
            targets, state, reported.batteries, plan, bound.bound_w, requests, surplus, causes, switching
        )
    if len(state.batteries) > 1:
        counter_flow_s = _end_counter_flow(counter_flow_s, wanted_battery_orders, state, plan, causes)
    load_inputs = make_load_inputs(
        state=state,
        site=plan.site,
        worst_case=worst_case,
        commanded=commanded,
        doubted_a=_doubted_a(reported, judge_memory),
        reserved_a=reserved(switching, plan, state),
        before_a={name: one.before_a for name, one in observed.items()},
    )
    orders, battery_orders, guard_causes, (house, cases, feed_in) = hold_fuses(
        {name: request.order for name, request in requests.items()},
        wanted_battery_orders,
        load_inputs,
        make_loads(house, cases, feed_in),
    )
    causes += guard_causes

    remembered = dict(ev_memories)
    for name, request in requests.items():
        remembered[name] = remember(evs[name], observed[name], state.evs[name], orders[name], request, params, now_s)
    metered_s, grid_w = now_s, state.grid.power_w
    if grid_w.value is None and grid_w != NOT_MEASURED:
        metered_s = last_metered_s
        causes += _unmetered(battery_orders, state)
    commands = _leases(orders, battery_orders, now_s, metered_s, plan)
    if switching is not None:
        switch_memories = finish(
            switching,
            plan,
            load_inputs,
            orders,
            battery_orders,
            make_loads(house, cases, feed_in),
            commands,
            causes,
        )
    decision = make_decision(state.now, now_s, commands, tuple(causes))
    commanded = commanded_after(commanded, battery_orders, state, plan.site)
    after = make_memory(
        rules_memory, remembered, house, bound, overrides, commanded, metered_s, cases, feed_in, judge_memory,
        counter_flow_s, bool(dimmed), switch_memories,
    )  # fmt: skip
    return make_outcome(decision, after, verdict, judged.state)


def _still_dimmed(state: State) -> State:
    """The state with the last known dimming. A lost contact does not lift the limit."""
    return replace(state, grid=replace(state.grid, dimmed=Reading(True, state.mono_s)))


def _battery_orders(
    targets: Targets,
    state: State,
    reported: Mapping[str, Battery],
    plan: Plan,
    bound_w: float | None,
    requests: dict[str, ChargerRequest],
    surplus: Surplus,
    causes: list[Cause],
    switching: Switching | None,
) -> dict[str, BatteryOrder]:
    """Arbitrate, then apply the guard and a limit on import. `causes` collects the reasons."""
    orders, why = arbitrate(targets, state, plan.batteries, bound_w)
    causes += why
    for name, order in orders.items():
        if order.action is not BatteryAction.AUTO:
            orders[name], cause = clamp_battery(
                order, with_lower_soc(reported[name], state.batteries[name]), plan.site.batteries[name]
            )
            if cause is not None:
                causes.append(cause)
    if targets.import_w is not None:
        causes += keep_import(orders, targets.import_w, state, _cars_more_w(requests, surplus))
    if state.grid.dimmed.value:
        ordered_w = sum(map(_commanded_w, requests.values())) + (
            switching.ordered_w() if switching is not None else 0.0
        )
        causes += keep_dimmed(orders, plan.site.dimmed_w, ordered_w)
    return orders


def _doubted_a(reported: State, judge_memory: JudgeMemory) -> tuple[float, ...]:
    """The phase currents of a grid meter in doubt. The guard counts them if they are higher than its reserve."""
    return tuple(measured_a(reported.grid) or ()) if judge_memory.meter.doubts.why else ()


def _end_counter_flow(
    since_s: float, orders: dict[str, BatteryOrder], state: State, plan: Plan, causes: list[Cause]
) -> float:
    """Limit batteries that charge from another one. Returns since when there is such a flow."""
    flow_w = counter_flow_w(state)
    since_s = since(since_s, flow_w, state.mono_s)
    causes += without_counter_flow(orders, plan.batteries, state, flow_w, since_s)
    return since_s


def _car_draw(requests: dict[str, ChargerRequest], surplus: Surplus) -> CarDraw:
    taking_w = 0.0
    for name, request in requests.items():
        if request.draws:
            commanded_w = _commanded_w(request)
            drawn_w = surplus.drawn_w.get(name, 0.0)
            taking_w += drawn_w if drawn_w > commanded_w else commanded_w
    return make_car_draw(taking_w, surplus.total_w)


def _commanded_w(request: ChargerRequest) -> float:
    """The power that a car is commanded to draw, W."""
    return request.order.current_a * request.order.phases * NOMINAL_VOLTAGE_V


def _cars_more_w(requests: dict[str, ChargerRequest], surplus: Surplus) -> float:
    """The power that the cars will draw in addition to their present power, W."""
    total_w = 0.0
    for name, request in requests.items():
        total_w += max(0.0, _commanded_w(request) - surplus.drawn_w.get(name, 0.0))
    return total_w


def _unmetered(orders: dict[str, BatteryOrder], state: State) -> list[Cause]:
    why = state.grid.power_w.why
    held = [name for name, order in orders.items() if order.action is not BatteryAction.AUTO]
    return [Cause("battery.unmetered", f"battery.{name}.power_w", detail=why) for name in held]


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
        request = battery_orders.get(battery.name)
        if request is not None:
            lease_s = battery.site.lease_s
            from_s = now_s
            if metered_s < now_s and request.action is not BatteryAction.AUTO:
                # An expired lease ended at most one lease time ago, even if the meter was never read.
                from_s = max(metered_s, now_s - 2.0 * lease_s)
            commands[battery.device] = make_command(battery.device, request, now_s, from_s + lease_s)
    return commands
