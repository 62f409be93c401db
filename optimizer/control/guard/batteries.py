"""The guard over batteries, as over chargers: rules can tighten it, never loosen it.

- no battery is ordered beyond its power, and none to discharge at or under its floor or at unknown SoC;
- forced charging fits the fuses beside the house, and is raised only into room that neither a car nor another battery
  may still be using.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.estimate.battery_commanded import LEFT_ALONE, BatteryCommanded, charge_w, most_charge_w, w_per_a
from optimizer.model.decision import AUTO, HOLD_POWER, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import Battery, State

LEAST_W = 1.0
"""Less than this is no charging."""
RAISE_A = 1.0
"""A charge that was lowered is raised again in steps of this at least: houses flutter."""


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


def charges_a(orders: Mapping[str, BatteryOrder], site: Site) -> float:
    """Current per phase that batteries are forced to charge with."""
    total_a = 0.0
    for name, order in orders.items():
        if order.action is HOLD_POWER and order.power_w < 0.0:
            total_a -= order.power_w / w_per_a(site.batteries[name])
    return total_a


def within_fuse(wanted: dict[str, BatteryOrder], fullest_a: float, site: Site) -> dict[str, BatteryOrder]:
    """The orders with forced charging lowered, the last battery's first, to what the fuse leaves beside `fullest_a`."""
    over_a = fullest_a + charges_a(wanted, site) - site.fuse_a
    if over_a <= 0.0:
        return wanted
    orders = dict(wanted)
    for name in reversed(wanted):
        wanted_w, per_a = charge_w(wanted[name]), w_per_a(site.batteries[name])
        if over_a > 0.0 and wanted_w > 0.0:
            orders[name] = _charge(wanted_w - over_a * per_a, site.batteries[name])
            over_a -= (wanted_w - charge_w(orders[name])) / per_a
    return orders


def raised_into_room(
    wanted: Mapping[str, BatteryOrder],
    orders: dict[str, BatteryOrder],
    fullest_a: float,
    state: State,
    site: Site,
    commanded: Mapping[str, BatteryCommanded],
) -> dict[str, BatteryOrder]:
    """`orders` (what fits of what is `wanted`) with no battery told to charge more than before, but for what the fuse
    leaves beside `fullest_a` and the most that the other batteries may still be taking."""
    may_a = {
        name: most_charge_w(commanded, state.batteries[name], site.batteries[name]) / w_per_a(site.batteries[name])
        for name, commanded in commanded.items()
        if name in orders
    }
    held = dict(orders)
    for name, order in orders.items():
        before_w, per_a = commanded.get(name, LEFT_ALONE).charge_w, w_per_a(site.batteries[name])
        if charge_w(order) <= before_w:
            continue
        others_a = sum(
            max(charge_w(own) / w_per_a(site.batteries[other]), may_a.get(other, 0.0))
            for other, own in held.items()
            if other != name
        )
        allowed_w = min(charge_w(order), (site.fuse_a - fullest_a - others_a) * per_a)
        if allowed_w < charge_w(wanted[name]):
            charging_w = before_w if allowed_w < before_w + RAISE_A * per_a else allowed_w
            held[name] = _charge(charging_w, site.batteries[name])
    return held


def lowered(wanted: Mapping[str, BatteryOrder], orders: Mapping[str, BatteryOrder], site: Site) -> list[Cause]:
    """A cause for each battery that is not charged as it should be."""
    causes = []
    for name, order in orders.items():
        wanted_w, allowed_w = charge_w(wanted[name]), charge_w(order)
        if allowed_w < wanted_w:
            numbers = (("wanted_w", wanted_w), ("allowed_w", allowed_w), ("fuse_a", site.fuse_a))
            causes.append(Cause("guard.battery_fuse", f"battery.{name}.power_w", numbers=numbers))
    return causes


def _charge(power_w: float, site: BatterySite) -> BatteryOrder:
    """At most so much, in steps of the battery."""
    steps = math.floor(power_w / site.resolution_w + 1e-6) if power_w >= LEAST_W else 0
    return BatteryOrder(BatteryAction.POWER, 0.0 - steps * site.resolution_w)
