"""The guard over batteries, as over chargers: rules can tighten it, never loosen it.

- no battery is ordered beyond its power, and none to discharge at or under its floor or at unknown SoC;
- forced charging fits the fuses beside the house, and beside the most that the cars may be drawing;
- what an order is about to draw more or deliver less counts before it has taken effect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.model.decision import AUTO, HOLD_POWER, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, Site
from optimizer.model.state import Battery, State

LEAST_W = 1.0
"""Less than this is no charging."""


def clamp_battery(order: BatteryOrder, battery: Battery, site: BatterySite) -> tuple[BatteryOrder, Cause | None]:
    """The order within the battery's power; no discharge on our account at or under the floor, or at unknown SoC."""
    subject = f"battery.{site.name}.power_w"
    if order.action is not HOLD_POWER:
        return order, None
    if not math.isfinite(order.power_w):
        return AUTO, Cause("guard.not_a_number", subject)
    charge_w = _smallest(site.max_charge_w, battery.max_charge_w.value)
    discharge_w = _smallest(site.max_discharge_w, battery.max_discharge_w.value)
    if order.power_w > 0.0:
        soc = battery.soc_percent.value
        if soc is None:
            return AUTO, Cause("guard.soc_unknown", subject, detail=battery.soc_percent.why)
        floor = max(site.floor_soc_percent, battery.reserve_soc_percent.value or 0.0)
        if soc <= floor:
            return AUTO, Cause("guard.floor", subject, numbers=(("soc_percent", soc), ("floor_percent", floor)))
    power_w = max(-charge_w, min(discharge_w, order.power_w))
    if power_w == order.power_w:
        return order, None
    numbers = (("wanted_w", order.power_w), ("allowed_w", power_w))
    return BatteryOrder(BatteryAction.POWER, power_w), Cause("guard.battery_power", subject, numbers=numbers)


def _smallest(configured_w: float, reported_w: float | None) -> float:
    return configured_w if reported_w is None else max(0.0, min(configured_w, reported_w))


def charges(orders: Mapping[str, BatteryOrder]) -> bool:
    """Whether any of them forces a battery to charge."""
    return any(order.action is HOLD_POWER and order.power_w < 0.0 for order in orders.values())


def fit_charging(
    wanted: dict[str, BatteryOrder], fullest_a: float, state: State, site: Site, measured: bool
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """The orders with forced charging lowered, the last battery's first, until what they add to the fullest phase fits
    its fuse; and a cause for each that was. `fullest_a`: what that phase carries without what they add. A battery that
    charges less than it does relieves the phase only once that was measured."""
    over_a = fullest_a + batteries_more_a(wanted, state, site, measured) - site.fuse_a
    if over_a <= 0.0:
        return wanted, []
    orders, causes = dict(wanted), []
    for name in reversed(wanted):
        order, charge_w, w_per_a = wanted[name], -wanted[name].power_w, _w_per_a(site.batteries[name])
        if over_a <= 0.0 or order.action is not HOLD_POWER or charge_w <= 0.0:
            continue
        cut_w = over_a * w_per_a
        if charge_w - cut_w < LEAST_W:
            cut_w = charge_w
        orders[name] = lowered = BatteryOrder(BatteryAction.POWER, cut_w - charge_w)
        seen_w = _seen_w(state.batteries[name], measured)
        over_a -= (_more_w(order, seen_w) - _more_w(lowered, seen_w)) / w_per_a
        numbers = (("wanted_w", charge_w), ("allowed_w", charge_w - cut_w), ("fuse_a", site.fuse_a))
        causes.append(Cause("guard.battery_fuse", f"battery.{name}.power_w", numbers=numbers))
    return orders, causes


def batteries_more_a(orders: Mapping[str, BatteryOrder], state: State, site: Site, measured: bool) -> float:
    """Current per phase that the orders to batteries are about to add to the house: what they will charge with, and
    what they will no longer discharge, since a battery that covers the house today is part of what was measured."""
    total = 0.0
    for name, order in orders.items():
        if order.action is HOLD_POWER or order.max_discharge_w is not None:
            total += _more_w(order, _seen_w(state.batteries[name], measured)) / _w_per_a(site.batteries[name])
    return total


def _seen_w(battery: Battery, measured: bool) -> float:
    """Its part (+ discharge) in what was measured of the house. Where phases are not measured it has none: the reserve
    stands for the house without batteries."""
    return (battery.power_w.value or 0.0) if measured else 0.0


def _more_w(order: BatteryOrder, seen_w: float) -> float:
    """What an order that is not `auto` adds to the house's load."""
    after_w = order.power_w if order.action is HOLD_POWER else order.max_discharge_w
    return max(0.0, seen_w - after_w) if after_w is not None else 0.0


def _w_per_a(site: BatterySite) -> float:
    """Power behind one ampere on each of its phases."""
    return NOMINAL_VOLTAGE_V * max(1, site.phases)
