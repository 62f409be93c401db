"""Battery arbitration: what each battery is asked to do, and that it does not feed the car.

A self-consuming battery covers whatever the house draws, the car included. It may lend the car a small energy, so
that a passing cloud costs nothing; what it lent is counted and comes back with the next surplus. Beyond that its
discharge is bounded to what the home itself lacks, unless a rule claims the battery's power. A battery that knows no
such bound is left alone here, and the surplus controller starts strictly instead.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.control.params import Params
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import Battery, State
from optimizer.rules.verdict import Claimed, Verdict

LONGEST_STEP_S = 60.0
"""A longer gap between two ticks counts as this."""


class BoundMemory(NamedTuple):
    """The standing bound on discharge, and what the batteries have lent the cars."""

    bound_w: float | None = None
    """None: no bound in force."""
    needed_at_s: float = float("-inf")
    """When a bound was last needed."""
    lent_wh: float = 0.0
    at_s: float = float("-inf")
    """Time of the last tick."""


class CarDraw(NamedTuple):
    """What the batteries must know of the cars."""

    taking_w: float
    """The larger of what the cars draw and what they are told to draw."""
    surplus_w: float | None
    """PV − home; None while unknown."""


def bound_discharge(memory: BoundMemory, draw: CarDraw, now_s: float, params: Params) -> BoundMemory:
    """The bound that keeps the batteries out of the car: what the home lacks, or None."""
    over_w = draw.taking_w - max(0.0, draw.surplus_w or 0.0)
    lent_wh = memory.lent_wh
    gap_s = now_s - memory.at_s
    if (memory.bound_w is None and 0.0 < gap_s < LONGEST_STEP_S) or over_w < 0.0:
        lent_wh = max(0.0, lent_wh + over_w * min(LONGEST_STEP_S, max(0.0, gap_s)) / 3600.0)
    if draw.taking_w <= 0.0:
        return BoundMemory(None, memory.needed_at_s, lent_wh, now_s)
    beyond = draw.surplus_w is None or (over_w > params.bound_deadband_w and lent_wh >= params.battery_buffer_wh)
    holds = memory.bound_w is not None and over_w > params.bound_deadband_w
    needed_at_s = now_s if beyond or holds else memory.needed_at_s
    if now_s - needed_at_s > params.bound_linger_s:
        return BoundMemory(None, needed_at_s, lent_wh, now_s)
    lacks_w = 0.0 if draw.surplus_w is None else max(0.0, -draw.surplus_w)
    if memory.bound_w is not None and abs(lacks_w - memory.bound_w) < params.bound_deadband_w:
        lacks_w = memory.bound_w
    return BoundMemory(lacks_w, needed_at_s, lent_wh, now_s)


class BatteryLine(NamedTuple):
    """One controllable battery with its part of what is claimed for all of them."""

    name: str
    site: BatterySite
    share: float


def battery_lines(site: Site) -> tuple[BatteryLine, ...]:
    """The controllable batteries; claims and limits on all are shared by discharging power."""
    batteries = [battery for battery in site.batteries.values() if battery.controllable]
    total_w = sum(battery.max_discharge_w for battery in batteries) or 1.0
    return tuple(BatteryLine(battery.name, battery, battery.max_discharge_w / total_w) for battery in batteries)


def arbitrate(
    verdict: Verdict, state: State, batteries: tuple[BatteryLine, ...], bound_w: float | None
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """The orders for all controllable batteries, before the guard; and why they are not all `auto`."""
    orders: dict[str, BatteryOrder] = {}
    causes: list[Cause] = []
    able = 1.0 if bound_w is None or len(batteries) < 2 else _able_share(batteries, state)
    claimed = _speaks_of_batteries(verdict)
    for name, battery, share in batteries:
        if name not in state.batteries:
            continue
        power = _claimed_power(verdict, name, battery, share) if claimed else None
        if power is not None:
            power_w, rule = power
            power_w = _within_limits(verdict, name, power_w, share)
            orders[name] = BatteryOrder(BatteryAction.POWER, power_w)
            causes.append(Cause("battery.power", f"battery.{name}.power_w", rule=rule, numbers=(("power_w", power_w),)))
            continue
        charge = _limit(verdict, name, "charge_w", share) if claimed else None
        discharge = _limit(verdict, name, "discharge_w", share) if claimed else None
        own_w = None
        if bound_w is not None and battery.can_bound_discharge:
            own_w = bound_w * min(1.0, share / able) if _can_discharge(state.batteries[name], battery) else 0.0
        orders[name], cause = _bounds(name, charge, discharge, own_w)
        if cause is not None:
            causes.append(cause)
    return orders, causes


def _able_share(batteries: tuple[BatteryLine, ...], state: State) -> float:
    """Part of the discharging power that can be used now."""
    able = sum(
        line.share
        for line in batteries
        if line.name in state.batteries and _can_discharge(state.batteries[line.name], line.site)
    )
    return able or 1.0


def _can_discharge(battery: Battery, site: BatterySite) -> bool:
    """Whether it is above its floor; one of unknown SoC may be."""
    soc = battery.soc_percent.value
    return soc is None or soc > site.floor_soc_percent


def keep_import(orders: dict[str, BatteryOrder], verdict: Verdict, state: State, cars_more_w: float) -> list[Cause]:
    """Lowers forced charging in `orders` to what a limit on grid import leaves beside the cars."""
    limit = verdict.limits.get("grid.import_w")
    charging = [n for n, o in orders.items() if o.action is BatteryAction.POWER and o.power_w < 0.0]
    if limit is None or not charging:
        return []
    room_w = 0.0
    if state.grid.power_w.value is not None:
        now_w = sum(max(0.0, -(state.batteries[name].power_w.value or 0.0)) for name in charging)
        room_w = max(0.0, limit.value - (state.grid.power_w.value - now_w) - cars_more_w)
    causes = []
    for name in charging:
        power_w = max(orders[name].power_w, -room_w)
        room_w += power_w
        if power_w > orders[name].power_w:
            numbers = (("wanted_w", orders[name].power_w), ("allowed_w", power_w))
            causes.append(Cause("battery.import", f"battery.{name}.power_w", limit.rule, numbers))
            orders[name] = BatteryOrder(BatteryAction.POWER, power_w)
    return causes


def _speaks_of_batteries(verdict: Verdict) -> bool:
    for target in verdict.claims:
        if target.startswith("battery."):
            return True
    return any(target.startswith("battery.") for target in verdict.limits)


def _claimed_power(verdict: Verdict, name: str, site: BatterySite, share: float) -> tuple[float, str] | None:
    """(+ discharge W, rule) that rules claim for one battery, or None for its own control."""
    mode, _ = _claim(verdict, name, "mode")
    power, whole = _claim(verdict, name, "power_w")
    amount = float(power.value) * (share if whole else 1.0) if power is not None else None
    if mode is None:
        return None if power is None or amount is None else (amount, power.rule)
    if mode.value == "auto":
        return None
    if mode.value == "charge":
        return (-abs(amount) if amount is not None else -site.max_charge_w), mode.rule
    return (abs(amount) if amount is not None else site.max_discharge_w), mode.rule


def _claim(verdict: Verdict, name: str, quantity: str) -> tuple[Claimed | None, bool]:
    """The claim on one battery, and whether it was made on the sum of all."""
    own = verdict.claims.get(f"battery.{name}.{quantity}")
    if own is not None:
        return own, False
    return verdict.claims.get(f"battery.{quantity}"), True


def _limit(verdict: Verdict, name: str, quantity: str, share: float) -> tuple[float, str] | None:
    """The smaller of the battery's own limit and its share of the limit on all."""
    found: tuple[float, str] | None = None
    for target, part in ((f"battery.{name}.{quantity}", 1.0), (f"battery.{quantity}", share)):
        limit = verdict.limits.get(target)
        if limit is not None and (found is None or limit.value * part < found[0]):
            found = (max(0.0, limit.value * part), limit.rule)
    return found


def _within_limits(verdict: Verdict, name: str, power_w: float, share: float) -> float:
    charge, discharge = _limit(verdict, name, "charge_w", share), _limit(verdict, name, "discharge_w", share)
    if charge is not None:
        power_w = max(power_w, -charge[0])
    if discharge is not None:
        power_w = min(power_w, discharge[0])
    return power_w


def _bounds(
    name: str, charge: tuple[float, str] | None, discharge: tuple[float, str] | None, home_w: float | None
) -> tuple[BatteryOrder, Cause | None]:
    """Its own control within the rules' limits and, while a car draws too much, what the home lacks."""
    limit_w, rule = discharge if discharge is not None else (None, "")
    code = "battery.limit"
    if home_w is not None and (limit_w is None or home_w < limit_w):
        limit_w, rule, code = home_w, "", "battery.home_only"
    if limit_w is None and charge is None:
        return AUTO, None
    numbers: tuple[tuple[str, float], ...] = ()
    if limit_w is not None:
        numbers += (("max_discharge_w", limit_w),)
    if charge is not None:
        numbers += (("max_charge_w", charge[0]),)
        rule = rule or charge[1]
    order = BatteryOrder(BatteryAction.BOUNDS, 0.0, charge[0] if charge is not None else None, limit_w)
    return order, Cause(code, f"battery.{name}.power_w", rule=rule, numbers=numbers)
