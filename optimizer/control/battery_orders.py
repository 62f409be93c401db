"""The orders to batteries in one decision: arbitration, then the guard, dimming, and limits on import and on flows
between batteries. A house without a battery runs none of it."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.estimate.surplus import Surplus
from optimizer.control.guard.batteries import clamp_battery, with_lower_soc
from optimizer.control.memory import BoundMemory
from optimizer.control.request.battery import (
    CarDraw,
    arbitrate,
    bound_discharge,
    keep_dimmed,
    keep_import,
    make_car_draw,
)
from optimizer.control.request.charger import ChargerRequest
from optimizer.control.request.counter_flow import counter_flow_w, since, without_counter_flow
from optimizer.control.request.tick import Tick
from optimizer.model.decision import HAND_BACK, BatteryOrder, Cause
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Battery, State

Requests = Mapping[str, ChargerRequest]
"""The requests of the chargers, by name."""


def order_batteries(
    tick: Tick, reported: Mapping[str, Battery], requests: Requests, bound: BoundMemory, counter_flow_s: float
) -> tuple[dict[str, BatteryOrder], BoundMemory, float]:
    """The orders to the batteries of the house before the fuses, and the next `bound` and `counter_flow_s`.

    `tick.causes` collects the reasons. `reported` are the readings before the judge: the guard takes the lower state of
    charge. `counter_flow_s` is the monotonic time since which one battery charges from another, infinite: none does.
    """
    state, plan, causes = tick.state, tick.plan, tick.causes
    bound = bound_discharge(bound, _car_draw(requests, tick.surplus), state.mono_s, plan.params)
    orders, why = arbitrate(tick.targets, state, plan.batteries, bound.bound_w)
    causes += why
    for name, order in orders.items():
        if order.action is not HAND_BACK:
            orders[name], cause = clamp_battery(
                order, with_lower_soc(reported[name], state.batteries[name]), plan.site.batteries[name]
            )
            if cause is not None:
                causes.append(cause)
    if tick.targets.import_w is not None:
        causes += keep_import(orders, tick.targets.import_w, state, _cars_more_w(requests, tick.surplus))
    if state.grid.dimmed.value:
        causes += keep_dimmed(orders, plan.site.dimmed_w, _ordered_w(tick, requests))
    if len(state.batteries) > 1:
        flow_w = counter_flow_w(state)
        counter_flow_s = since(counter_flow_s, flow_w, state.mono_s)
        causes += without_counter_flow(orders, plan.batteries, state, flow_w, counter_flow_s)
    return orders, bound, counter_flow_s


def unmetered(orders: Mapping[str, BatteryOrder], state: State) -> list[Cause]:
    """A cause for each controlled battery: its lease is not renewed while the grid power is unknown."""
    why = state.grid.power_w.why
    held = [name for name, order in orders.items() if order.action is not HAND_BACK]
    return [Cause("battery.unmetered", f"battery.{name}.power_w", detail=why) for name in held]


def _car_draw(requests: Requests, surplus: Surplus) -> CarDraw:
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


def _ordered_w(tick: Tick, requests: Requests) -> float:
    """The power that all cars and switchable loads are commanded to draw, W."""
    switched_w = tick.switching.ordered_w() if tick.switching is not None else 0.0
    return sum(map(_commanded_w, requests.values())) + switched_w


def _cars_more_w(requests: Requests, surplus: Surplus) -> float:
    """The power that the cars will draw in addition to their present power, W."""
    total_w = 0.0
    for name, request in requests.items():
        total_w += max(0.0, _commanded_w(request) - surplus.drawn_w.get(name, 0.0))
    return total_w
