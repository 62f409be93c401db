"""The commands to batteries: the parts of the last order that load the fuses, until readings show the effect."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.model.decision import HOLD_POWER, BatteryOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, Site
from optimizer.model.state import Battery, State

SETTLE_S = 15.0
"""Time until a battery has followed an order. A battery with slow writes takes two of its write intervals more."""


class BatteryCommanded(NamedTuple):
    """The last command to one battery. Part of the memory."""

    charge_w: float = 0.0
    """The forced charge power. 0 without forced charging."""
    before_w: float = 0.0
    """The largest earlier forced charge power that may still have an effect."""
    at_s: float = -math.inf
    """Monotonic s at which `charge_w` or `feeds_w` was first ordered."""
    discharge_w: float = math.inf
    """The largest allowed discharge power."""
    feeds_w: float = 0.0
    """The forced discharge power. 0 without forced discharging."""
    fed_w: float = 0.0
    """The largest earlier forced discharge power that may still have an effect."""
    charge_lowered_s: float = math.inf
    """Since when a lower charge power is ordered, and no reading of the battery shows it. Infinite: none is ordered."""
    feeds_lowered_s: float = math.inf
    """The same for the discharge power. A battery that is turned from charging to discharging lowers one and raises the
    other."""

    @property
    def idle(self) -> bool:
        """Whether no forced power, present or earlier, can have an effect."""
        charge_w, before_w, _, _, feeds_w, fed_w, _, _ = self
        return not (charge_w or before_w or feeds_w or fed_w)


LEFT_ALONE = BatteryCommanded()
NOTHING_COMMANDED: Mapping[str, BatteryCommanded] = MappingProxyType({})
NO_LOSS = (0.0, 0.0, 0.0)


def charge_w(order: BatteryOrder) -> float:
    """The forced charge power of an order, W."""
    return max(0.0, -order.power_w) if order.action is HOLD_POWER else 0.0


def feeds_w(order: BatteryOrder) -> float:
    """The forced discharge power of an order, W."""
    return max(0.0, order.power_w) if order.action is HOLD_POWER else 0.0


def w_per_a(site: BatterySite) -> float:
    """The power of one ampere on each phase of a battery."""
    return NOMINAL_VOLTAGE_V * site.phases


def may_charge_w(
    commanded: BatteryCommanded, battery: Battery, site: BatterySite, overload_s: float = -math.inf
) -> float:
    """The charge power that a battery may have now because of a command, W. Without a newer reading this is the
    commanded power. More power comes from its own control and counts as house load.

    `overload_s` is the time of meter readings that show an overload, -inf without. If the overload remains SETTLE_S
    after a lower power was ordered, only the lower power counts: the battery has followed, or it does not follow."""
    now_w, before_w = commanded.charge_w, commanded.before_w
    settled = overload_s >= commanded.charge_lowered_s + SETTLE_S or _settled(commanded, battery, site)
    return _may_w(now_w, before_w, _charging_w(battery), settled)


def most_charge_w(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> float:
    """The largest such power until the last order has taken effect, W."""
    now_w, before_w = commanded.charge_w, commanded.before_w
    return _most_w(now_w, before_w, _charging_w(battery), _settled(commanded, battery, site))


def may_feed_w(
    commanded: BatteryCommanded, battery: Battery, site: BatterySite, overload_s: float = -math.inf
) -> float:
    """The discharge power that a battery may have now because of a command, W. See `may_charge_w`."""
    settled = overload_s >= commanded.feeds_lowered_s + SETTLE_S or _settled(commanded, battery, site)
    return _may_w(commanded.feeds_w, commanded.fed_w, _discharging_w(battery), settled)


def most_feed_w(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> float:
    """The largest such power until the last order has taken effect, W."""
    return _most_w(commanded.feeds_w, commanded.fed_w, _discharging_w(battery), _settled(commanded, battery, site))


def charge_rises(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> bool:
    """Whether a higher charge power is ordered that no reading shows yet."""
    return commanded.charge_w > commanded.before_w and not _settled(commanded, battery, site)


def feed_rises(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> bool:
    """Whether a higher discharge power is ordered that no reading shows yet."""
    return commanded.feeds_w > commanded.fed_w and not _settled(commanded, battery, site)


def _may_w(now_w: float, before_w: float, observed_w: float, settled: bool) -> float:
    if settled:
        return min(observed_w, now_w)
    return min(max(observed_w, now_w), max(now_w, before_w))


def _most_w(now_w: float, before_w: float, observed_w: float, settled: bool) -> float:
    return min(observed_w, now_w) if settled else max(now_w, before_w)


class Lost(NamedTuple):
    """The battery power that new orders take from the house."""

    amps: tuple[float, float, float] = NO_LOSS
    """The additional grid current on L1..L3."""
    seen_s: float = 0.0
    """Time until the meter shows it."""
    most_a: tuple[float, float, float] = NO_LOSS
    """The most that all batteries together can take from the house."""


NO_LOST = Lost()


def lost_discharge(
    orders: Mapping[str, BatteryOrder], commanded: Mapping[str, BatteryCommanded], state: State, site: Site
) -> Lost:
    """The additional grid current when new orders end or lower a discharge that now supplies the house. NO_LOST if
    none does. A battery of unknown power counts with its largest allowed discharge. A battery of unknown phase counts
    on each. The end of a forced discharge counts in full: the battery's own control may or may not continue it."""
    lost_a: list[float] | None = None
    seen_s = 0.0
    for name, order in orders.items():
        last = commanded.get(name, LEFT_ALONE)
        if order.action is not HOLD_POWER and last.feeds_w > 0.0:
            before_w, after_w = last.feeds_w, 0.0
        elif _holds(order):
            before_w, after_w = last.discharge_w, _discharge_w(order)
        else:
            continue
        if after_w < before_w:
            observed_w, configured = state.batteries[name].power_w.value, site.batteries[name]
            delivers_w = min(before_w, configured.max_discharge_w if observed_w is None else observed_w)
            amps = max(0.0, delivers_w - after_w) / w_per_a(configured)
            seen_s = max(seen_s, SETTLE_S + 2.0 * configured.min_interval_s)
            if lost_a is None:
                lost_a = [0.0, 0.0, 0.0]
            for phase in configured.phase_map or (1, 2, 3):
                lost_a[phase - 1] += amps
    return NO_LOST if lost_a is None else Lost((lost_a[0], lost_a[1], lost_a[2]), seen_s, _supplied_a(site))


def _supplied_a(site: Site) -> tuple[float, float, float]:
    most_a = [0.0, 0.0, 0.0]
    for battery in site.batteries.values():
        for phase in battery.phase_map or (1, 2, 3):
            most_a[phase - 1] += battery.max_discharge_w / w_per_a(battery)
    return most_a[0], most_a[1], most_a[2]


def commanded_after(
    commanded: Mapping[str, BatteryCommanded], orders: Mapping[str, BatteryOrder], state: State, site: Site
) -> Mapping[str, BatteryCommanded]:
    """The commands after these orders. A battery under its own control is removed after some time."""
    for name, order in orders.items():
        if not _unchanged(commanded.get(name, LEFT_ALONE), order):
            break
    else:
        return commanded
    after: dict[str, BatteryCommanded] = {}
    for name, order in orders.items():
        before, battery, configured = commanded.get(name, LEFT_ALONE), state.batteries[name], site.batteries[name]
        charging_w, feeding_w, discharge_w = charge_w(order), feeds_w(order), _discharge_w(order)
        if charging_w != before.charge_w or feeding_w != before.feeds_w:
            most_w, most_fed_w = most_charge_w(before, battery, configured), most_feed_w(before, battery, configured)
            after[name] = BatteryCommanded(
                charge_w=charging_w,
                before_w=most_w,
                at_s=state.mono_s,
                discharge_w=discharge_w,
                feeds_w=feeding_w,
                fed_w=most_fed_w,
                charge_lowered_s=_lowered_s(before.charge_lowered_s, before.charge_w, charging_w, state.mono_s),
                feeds_lowered_s=_lowered_s(before.feeds_lowered_s, before.feeds_w, feeding_w, state.mono_s),
            )
            continue
        before_w, fed_w = before.before_w, before.fed_w
        charge_lowered_s, feeds_lowered_s = before.charge_lowered_s, before.feeds_lowered_s
        if before_w == fed_w == 0.0 or _settled(before, battery, configured):
            if charging_w == feeding_w == 0.0 and discharge_w == math.inf:
                continue
            before_w = fed_w = 0.0
            charge_lowered_s = feeds_lowered_s = math.inf
        updated = BatteryCommanded(
            charge_w=charging_w,
            before_w=before_w,
            at_s=before.at_s,
            discharge_w=discharge_w,
            feeds_w=feeding_w,
            fed_w=fed_w,
            charge_lowered_s=charge_lowered_s,
            feeds_lowered_s=feeds_lowered_s,
        )
        after[name] = before if updated == before else updated
    return after


def _lowered_s(since_s: float, before_w: float, power_w: float, now_s: float) -> float:
    """Since when a lower forced power is ordered. A further step down does not start the time again."""
    if power_w > before_w:
        return math.inf
    return min(since_s, now_s) if power_w < before_w else since_s


def _holds(order: BatteryOrder) -> bool:
    """Whether an order restricts the battery's own control."""
    return order.action is HOLD_POWER or order.max_discharge_w is not None


def _unchanged(before: BatteryCommanded, order: BatteryOrder) -> bool:
    """Whether a battery without forced power keeps its command. This is the fast path of nearly every tick."""
    if order.action is HOLD_POWER or not before.idle:
        return False
    return before.discharge_w == (math.inf if order.max_discharge_w is None else order.max_discharge_w)


def _settled(commanded: BatteryCommanded, battery: Battery, site: BatterySite) -> bool:
    settle_s = SETTLE_S + 2.0 * site.min_interval_s
    return battery.power_w.value is not None and battery.power_w.at_s >= commanded.at_s + settle_s


def _charging_w(battery: Battery) -> float:
    power_w = battery.power_w.value
    return -power_w if power_w is not None and power_w < 0.0 else 0.0


def _discharging_w(battery: Battery) -> float:
    power_w = battery.power_w.value
    return power_w if power_w is not None and power_w > 0.0 else 0.0


def _discharge_w(order: BatteryOrder) -> float:
    if order.action is HOLD_POWER:
        return max(0.0, order.power_w)
    return math.inf if order.max_discharge_w is None else order.max_discharge_w
