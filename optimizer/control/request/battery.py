"""Battery arbitration: what each battery is asked to do, and that it does not feed the car.

A self-consuming battery covers whatever the house draws, the car included. It may lend the car a small energy, so
that a passing cloud costs nothing; what it lent is counted and comes back with the next surplus. Beyond that its
discharge is bounded to what the home itself lacks, unless a rule claims the battery's power. A battery that knows no
such bound is left alone here, and the surplus controller starts strictly instead.
"""

from __future__ import annotations

from optimizer.control.descriptors import BatteryInfo
from optimizer.control.memory import BoundMemory
from optimizer.control.params import Params
from optimizer.control.targets import Targets, bounds
from optimizer.model.decision import AUTO, HOLD_POWER, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite
from optimizer.model.state import Battery, State
from optimizer.model.value import value
from optimizer.rules.book.verdict import Limited

LONGEST_STEP_S = 60.0
"""A longer gap between two ticks counts as this."""


@value
class CarDraw:
    """What the batteries must know of the cars."""

    taking_w: float
    """The larger of what the cars draw and what they are told to draw."""
    surplus_w: float | None
    """PV − home; None while unknown."""


def bound_discharge(memory: BoundMemory, draw: CarDraw, now_s: float, params: Params) -> BoundMemory:
    """The bound that keeps the batteries out of the car: what the home lacks, or None."""
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
        return BoundMemory(None, needed_at_s, to_cars_wh, now_s)
    lends = bound_w is None and to_cars_wh < params.battery_buffer_wh
    if surplus_w is None or (over_w > params.bound_deadband_w and not lends):
        needed_at_s = now_s
    if now_s - needed_at_s > params.bound_linger_s:
        return BoundMemory(None, needed_at_s, to_cars_wh, now_s)
    lacks_w = -surplus_w if surplus_w is not None and surplus_w < 0.0 else 0.0
    if bound_w is not None and abs(lacks_w - bound_w) < params.bound_deadband_w:
        lacks_w = bound_w
    return BoundMemory(lacks_w, needed_at_s, to_cars_wh, now_s)


def arbitrate(
    targets: Targets, state: State, batteries: tuple[BatteryInfo, ...], bound_w: float | None
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """The orders for all controllable batteries, before the guard; and why they are not all `auto`."""
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
    """Off the grid a battery forms the net of the house: nobody else may steer it."""
    names = [info.name for info in batteries if info.name in state.batteries]
    return dict.fromkeys(names, AUTO), [Cause("battery.island", f"battery.{name}.power_w") for name in names]


def _able_share(batteries: tuple[BatteryInfo, ...], state: State) -> float:
    """Part of the discharging power that can be used now."""
    able = sum(
        info.share
        for info in batteries
        if info.name in state.batteries and _can_discharge(state.batteries[info.name], info.site)
    )
    return able or 1.0


def _can_discharge(battery: Battery, site: BatterySite) -> bool:
    """Whether it is above its floor; one of unknown SoC may be."""
    soc = battery.soc_percent.value
    return soc is None or soc > site.floor_soc_percent


def keep_import(orders: dict[str, BatteryOrder], limit: Limited, state: State, cars_more_w: float) -> list[Cause]:
    """Lowers forced charging in `orders` to what a limit on grid import leaves beside the cars."""
    charging = _charging(orders)
    room_w = 0.0
    if state.grid.power_w.value is not None:
        now_w = sum(max(0.0, -(state.batteries[name].power_w.value or 0.0)) for name in charging)
        room_w = max(0.0, limit.value - (state.grid.power_w.value - now_w) - cars_more_w)
    return _lower(orders, room_w, "battery.import", limit.rule)


def keep_dimmed(orders: dict[str, BatteryOrder], dimmed_w: float, cars_w: float) -> list[Cause]:
    """Lowers forced charging in `orders` to what a dimmed house (§14a EnWG) may give to what it controls, beside the
    cars."""
    return _lower(orders, max(0.0, dimmed_w - cars_w), "battery.dimmed", "")


def _charging(orders: dict[str, BatteryOrder]) -> list[str]:
    return [name for name, order in orders.items() if order.action is HOLD_POWER and order.power_w < 0.0]


def _lower(orders: dict[str, BatteryOrder], room_w: float, code: str, rule: str) -> list[Cause]:
    """Forced charging within `room_w` in all, the first battery first."""
    causes = []
    for name in _charging(orders):
        power_w = max(orders[name].power_w, -room_w)
        room_w += power_w
        if power_w > orders[name].power_w:
            numbers = (("wanted_w", -orders[name].power_w), ("allowed_w", 0.0 - power_w))
            causes.append(Cause(code, f"battery.{name}.power_w", rule, numbers))
            orders[name] = BatteryOrder(BatteryAction.POWER, power_w)
    return causes
