"""Battery arbitration: computes the order for each battery and prevents that it supplies the car.

A battery in self-consumption covers all consumption of the house, also the car. It may supply a small energy to the
car, so that a passing cloud causes no stop. This energy is counted, and the next surplus returns it. Beyond that, the
discharge is limited to the power that the home needs beyond PV, unless a rule claims the battery's power. A battery
without such a limit gets no order here. The surplus controller then uses a grid share of 0.
"""

from __future__ import annotations

from optimizer.control.descriptors import BatteryInfo
from optimizer.control.memory import BoundMemory, make_bound_memory
from optimizer.control.params import Params
from optimizer.control.targets import Targets, bounds
from optimizer.model.decision import AUTO, HOLD_POWER, BatteryOrder, Cause
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery, State
from optimizer.model.value import maker, value
from optimizer.rules.book.verdict import Limited

LONGEST_STEP_S = 60.0
"""Longest time that counts between two ticks."""


@value
class CarDraw:
    """The power of the cars, as battery arbitration needs it."""

    taking_w: float
    """The larger of the observed and the commanded power of the cars."""
    surplus_w: float | None
    """PV − home. None while unknown."""


make_car_draw = maker(CarDraw)


def bound_discharge(memory: BoundMemory, draw: CarDraw, now_s: float, params: Params) -> BoundMemory:
    """The discharge limit that keeps battery power from the cars: the home's need beyond PV, or None for no limit."""
    bound_w, needed_at_s, to_cars_wh, at_s = memory
    surplus_w = draw.surplus_w
    sun_w = surplus_w if surplus_w is not None and surplus_w > 0.0 else 0.0
    over_w = draw.taking_w - sun_w
    gap_s = now_s - at_s
    if gap_s > 0.0 and ((bound_w is None and gap_s < LONGEST_STEP_S) or over_w < 0.0):
        to_cars_wh += over_w * (gap_s if gap_s < LONGEST_STEP_S else LONGEST_STEP_S) / 3600.0
        if to_cars_wh < 0.0:
            to_cars_wh = 0.0
    if draw.taking_w <= 0.0:
        return make_bound_memory(None, needed_at_s, to_cars_wh, now_s)
    may_supply = bound_w is None and to_cars_wh < params.battery_buffer_wh
    if surplus_w is None or (over_w > params.bound_deadband_w and not may_supply):
        needed_at_s = now_s
    if now_s - needed_at_s > params.bound_linger_s:
        return make_bound_memory(None, needed_at_s, to_cars_wh, now_s)
    lacks_w = -surplus_w if surplus_w is not None and surplus_w < 0.0 else 0.0
    if bound_w is not None and abs(lacks_w - bound_w) < params.bound_deadband_w:
        lacks_w = bound_w
    return make_bound_memory(lacks_w, needed_at_s, to_cars_wh, now_s)


def arbitrate(
    targets: Targets, state: State, batteries: tuple[BatteryInfo, ...], bound_w: float | None
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """The orders for all controllable batteries before the guard, and the causes of orders other than `auto`."""
    if state.grid.on_grid.value is False:
        return _left_alone(state, batteries)
    orders: dict[str, BatteryOrder] = {}
    causes: list[Cause] = []
    able = 1.0 if bound_w is None or len(batteries) < 2 else _able_share(batteries, state)
    for info in batteries:
        battery = state.batteries.get(info.name)
        if battery is None:
            continue
        own_targets = targets.batteries[info.name]
        order, cause = own_targets.order, own_targets.cause
        if bound_w is not None and info.site.can_bound_discharge and order.action is not HOLD_POWER:
            own_w = bound_w * min(1.0, info.share / able) if _can_discharge(battery, info.site) else 0.0
            order, cause = bounds(info, own_targets.charge, own_targets.discharge, own_w)
        orders[info.name] = order
        if cause is not None:
            causes.append(cause)
    return orders, causes


def _left_alone(state: State, batteries: tuple[BatteryInfo, ...]) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """Orders for an island. A battery forms the grid of the house then, so the service does not control it."""
    names = [info.name for info in batteries if info.name in state.batteries]
    return dict.fromkeys(names, AUTO), [Cause("battery.island", f"battery.{name}.power_w") for name in names]


def _able_share(batteries: tuple[BatteryInfo, ...], state: State) -> float:
    """The part of the discharge power that is available now."""
    able = sum(
        info.share
        for info in batteries
        if info.name in state.batteries and _can_discharge(state.batteries[info.name], info.site)
    )
    return able or 1.0


def _can_discharge(battery: Battery, site: BatterySite) -> bool:
    """Whether the battery is above its floor. An unknown state of charge counts as above."""
    soc = battery.soc_percent.value
    return soc is None or soc > site.floor_soc_percent


def keep_import(orders: dict[str, BatteryOrder], limit: Limited, state: State, cars_more_w: float) -> list[Cause]:
    """Lower forced charging in `orders` to the power that a limit on grid import leaves beside the cars."""
    charging = _charging(orders)
    room_w = 0.0
    if state.grid.power_w.value is not None:
        now_w = sum(max(0.0, -(state.batteries[name].power_w.value or 0.0)) for name in charging)
        room_w = max(0.0, limit.value - (state.grid.power_w.value - now_w) - cars_more_w)
    return _lower(orders, room_w, "battery.import", limit.rule)


def keep_dimmed(orders: dict[str, BatteryOrder], dimmed_w: float, cars_w: float) -> list[Cause]:
    """Lower forced charging in `orders` while the house is dimmed (§14a EnWG). `dimmed_w` is the limit for all
    controllable devices, `cars_w` the part of the cars."""
    return _lower(orders, max(0.0, dimmed_w - cars_w), "battery.dimmed", "")


def _charging(orders: dict[str, BatteryOrder]) -> list[str]:
    return [name for name, order in orders.items() if order.action is HOLD_POWER and order.power_w < 0.0]


def _lower(orders: dict[str, BatteryOrder], room_w: float, code: str, rule: str) -> list[Cause]:
    """Lower forced charging to `room_w` in total. The first battery has priority."""
    causes = []
    for name in _charging(orders):
        power_w = max(orders[name].power_w, -room_w)
        room_w += power_w
        if power_w > orders[name].power_w:
            numbers = (("wanted_w", -orders[name].power_w), ("allowed_w", 0.0 - power_w))
            causes.append(Cause(code, f"battery.{name}.power_w", rule, numbers))
            orders[name] = BatteryOrder(HOLD_POWER, power_w)
    return causes
