"""What stands for a battery: the last order as far as the fuses depend on it, until readings can tell what it does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from optimizer.model.decision import HOLD_POWER, BatteryOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, Site
from optimizer.model.state import Battery, State

SETTLE_S = 15.0
"""Time until a battery has followed an order; one whose setpoint changes slowly takes two of its intervals more."""


class BatteryCommanded(NamedTuple):
    """What one battery was told; part of the memory."""

    charge_w: float = 0.0
    """What it is forced to charge with; 0 where it is not."""
    before_w: float = 0.0
    """The most that it was forced to charge with before that, as far as it may still be doing so."""
    at_s: float = -math.inf
    """Monotonic s at which `charge_w` was first ordered."""
    discharge_w: float = math.inf
    """The most that it may discharge with."""


LEFT_ALONE = BatteryCommanded()


def charge_w(order: BatteryOrder) -> float:
    """What an order forces a battery to charge with."""
    return max(0.0, -order.power_w) if order.action is HOLD_POWER else 0.0


def w_per_a(site: BatterySite) -> float:
    """Power behind one ampere on each phase of a battery. Which phase one of a single phase sits on is not known: it
    counts on each."""
    return NOMINAL_VOLTAGE_V * site.phases


def may_charge_w(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> float:
    """What a battery may be charging with by now because it was told to: what was ordered, until a reading can tell.
    What it takes beyond that it takes of its own, and is the house's."""
    seen_w = _charging_w(battery)
    if _settled(commanded, battery, site):
        return min(seen_w, commanded.charge_w)
    return min(max(seen_w, commanded.charge_w), most_charge_w(commanded, battery, site))


def most_charge_w(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> float:
    """The most of that until its last order has taken effect."""
    if _settled(commanded, battery, site):
        return min(_charging_w(battery), commanded.charge_w)
    return max(commanded.charge_w, commanded.before_w)


def lost_discharge_a(
    orders: Mapping[str, BatteryOrder], commanded: Mapping[str, BatteryCommanded], state: State, site: Site
) -> float:
    """Current per phase that the house will draw more from the grid because new orders end or lower a discharge that
    covers it today. One whose power is unknown may discharge with all that it can and may."""
    lost_a = 0.0
    for name, order in orders.items():
        if not _holds(order):
            continue
        before_w, after_w = commanded.get(name, LEFT_ALONE).discharge_w, _discharge_w(order)
        if after_w < before_w:
            seen_w, cells = state.batteries[name].power_w.value, site.batteries[name]
            delivers_w = min(before_w, cells.max_discharge_w if seen_w is None else seen_w)
            lost_a += max(0.0, delivers_w - after_w) / w_per_a(cells)
    return lost_a


def commanded_after(
    commanded: Mapping[str, BatteryCommanded], orders: Mapping[str, BatteryOrder], state: State, site: Site
) -> Mapping[str, BatteryCommanded]:
    """What stands after these orders; batteries that have long been left alone are forgotten."""
    for name, order in orders.items():
        if not _unchanged(commanded.get(name, LEFT_ALONE), order):
            break
    else:
        return commanded
    after: dict[str, BatteryCommanded] = {}
    for name, order in orders.items():
        before, battery, cells = commanded.get(name, LEFT_ALONE), state.batteries[name], site.batteries[name]
        charging_w, discharge_w = charge_w(order), _discharge_w(order)
        if charging_w != before.charge_w:
            most_w = most_charge_w(before, battery, cells)
            after[name] = BatteryCommanded(charging_w, most_w, state.mono_s, discharge_w)
            continue
        before_w = before.before_w
        if before_w == 0.0 or _settled(before, battery, cells):
            if charging_w == 0.0 and discharge_w == math.inf:
                continue
            before_w = 0.0
        unchanged = before_w == before.before_w and discharge_w == before.discharge_w
        after[name] = before if unchanged else BatteryCommanded(charging_w, before_w, before.at_s, discharge_w)
    return after


def _holds(order: BatteryOrder) -> bool:
    """Whether an order is more than leaving the battery alone."""
    return order.action is HOLD_POWER or order.max_discharge_w is not None


def _unchanged(before: BatteryCommanded, order: BatteryOrder) -> bool:
    """Whether a battery that nobody forces goes on as it was told: the quick answer for nearly every tick."""
    if order.action is HOLD_POWER or before.charge_w > 0.0 or before.before_w > 0.0:
        return False
    return before.discharge_w == (math.inf if order.max_discharge_w is None else order.max_discharge_w)


def _settled(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> bool:
    settle_s = SETTLE_S + 2.0 * site.min_interval_s
    return battery.power_w.value is not None and battery.power_w.at_s >= commanded.at_s + settle_s


def _charging_w(battery: Battery) -> float:
    power_w = battery.power_w.value
    return -power_w if power_w is not None and power_w < 0.0 else 0.0


def _discharge_w(order: BatteryOrder) -> float:
    if order.action is HOLD_POWER:
        return max(0.0, order.power_w)
    return math.inf if order.max_discharge_w is None else order.max_discharge_w
