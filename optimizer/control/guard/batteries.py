"""The guard over batteries. Rules can tighten it, but never loosen it.

- No order exceeds the power of the battery. No order forces a discharge at or below the floor, or at an unknown state
  of charge.
- Forced charging fits the fuse of each phase beside the house. Forced discharging fits beside the export of the house.
- A forced power rises only into room that neither a car nor another battery may still use.
- A battery of unknown phase fits on each phase.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import (
    LEFT_ALONE,
    BatteryCommanded,
    charge_w,
    feeds_w,
    may_charge_w,
    may_feed_w,
    most_charge_w,
    most_feed_w,
    w_per_a,
)
from optimizer.control.estimate.house_load import PHASES, PhaseAmps
from optimizer.model.decision import AUTO, HOLD_POWER, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import Battery, State

LEAST_W = 1.0
"""A smaller power does not count as charging."""
RAISE_A = 1.0
"""A lowered forced power rises again in steps of at least this, because the house load fluctuates."""


def clamp_battery(order: BatteryOrder, battery: Battery, site: BatterySite) -> tuple[BatteryOrder, Cause | None]:
    """The order within the battery's power. It forces no discharge at or below the floor, or at an unknown state of
    charge."""
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


class Direction(NamedTuple):
    """A direction of forced power. Forced charging adds to the import of a phase, forced discharging to its export."""

    ordered_w: Callable[[BatteryOrder], float]
    may_w: Callable[[BatteryCommanded, Battery, BatterySite], float]
    most_w: Callable[[BatteryCommanded, Battery, BatterySite], float]
    before_w: Callable[[BatteryCommanded], float]
    sign: float
    """The sign of the power of an order."""


CHARGING = Direction(
    ordered_w=charge_w,
    may_w=may_charge_w,
    most_w=most_charge_w,
    before_w=lambda commanded: commanded.charge_w,
    sign=-1.0,
)
DISCHARGING = Direction(
    ordered_w=feeds_w, may_w=may_feed_w, most_w=most_feed_w, before_w=lambda commanded: commanded.feeds_w, sign=1.0
)

Loads = Mapping[tuple[str, ...], PhaseAmps]
"""The load of L1..L3 for each case of `estimate.house_load.Cases`."""


class Constraint(NamedTuple):
    """One limit on each phase: a fuse, or the limit on loads of fewer than three phases."""

    loads: Loads
    """The load of the phases without the batteries."""
    limit_a: float
    narrow: bool = False
    """Whether only batteries on fewer than three phases count."""

    def counts(self, site: BatterySite, case: tuple[str, ...], phase: int) -> bool:
        """Whether a battery counts on `phase` (from 0) in this case. A battery of unknown phase counts on every phase
        if nothing is subtracted for it, and in each case that assumes it there."""
        if self.narrow and site.phases >= 3:
            return False
        if site.phase_map:
            return phase + 1 in site.phase_map
        return site.name in case or not any(site.name in other for other in self.loads)


def forced(orders: Mapping[str, BatteryOrder], direction: Direction) -> bool:
    """Whether any battery is forced in this direction."""
    return any(direction.ordered_w(order) > 0.0 for order in orders.values())


def within(
    wanted: dict[str, BatteryOrder], constraints: Iterable[Constraint], site: Site, direction: Direction
) -> dict[str, BatteryOrder]:
    """The orders lowered to the room that each constraint leaves on each phase. On a phase over its limit, the last
    battery on it is lowered first. A battery of unknown phase is lowered in each case that assumes it there."""
    powers_w = {name: direction.ordered_w(order) for name, order in wanted.items()}
    for constraint in constraints:
        for case, loads in constraint.loads.items():
            for phase in PHASES:
                _lower(powers_w, constraint, case, loads, phase, site)
    orders = dict(wanted)
    for name, order in wanted.items():
        if powers_w[name] < direction.ordered_w(order):
            orders[name] = _order(powers_w[name], site.batteries[name], direction)
    return orders


def _lower(
    powers_w: dict[str, float],
    constraint: Constraint,
    case: tuple[str, ...],
    loads: PhaseAmps,
    phase: int,
    site: Site,
) -> None:
    over_a = loads[phase] - constraint.limit_a
    there = []
    for name, power_w in powers_w.items():
        cells = site.batteries[name]
        if power_w > 0.0 and constraint.counts(cells, case, phase):
            over_a += power_w / w_per_a(cells)
            there.append(name)
    for name in reversed(there):
        if over_a <= 0.0:
            return
        per_a = w_per_a(site.batteries[name])
        less_w = min(powers_w[name], over_a * per_a)
        powers_w[name] -= less_w
        over_a -= less_w / per_a


def raised_into_room(
    wanted: Mapping[str, BatteryOrder],
    orders: dict[str, BatteryOrder],
    constraints: Iterable[Constraint],
    state: State,
    site: Site,
    commanded: Mapping[str, BatteryCommanded],
    direction: Direction,
) -> dict[str, BatteryOrder]:
    """`orders` (the part of `wanted` that fits) without rises that do not fit. A forced power rises only into the room
    of the constraints. The other batteries count with the largest power that they may still have, and so do the cars in
    the loads of the constraints."""
    most_w = {
        name: direction.most_w(before, state.batteries[name], site.batteries[name])
        for name, before in commanded.items()
        if name in orders and not before.idle
    }
    held = dict(orders)
    constraints = tuple(constraints)
    for name, order in orders.items():
        before_w, cells = direction.before_w(commanded.get(name, LEFT_ALONE)), site.batteries[name]
        power_w, per_a = direction.ordered_w(order), w_per_a(cells)
        if power_w <= before_w:
            continue
        others_w = {
            other: max(direction.ordered_w(own), most_w.get(other, 0.0)) for other, own in held.items() if other != name
        }
        allowed_w = min(power_w, min(_room_a(name, others_w, one, site) for one in constraints) * per_a)
        if allowed_w < direction.ordered_w(wanted[name]):
            forced_w = before_w if allowed_w < before_w + RAISE_A * per_a else allowed_w
            held[name] = _order(forced_w, cells, direction)
    return held


def _room_a(name: str, others_w: Mapping[str, float], constraint: Constraint, site: Site) -> float:
    """The room of a constraint for one battery, on the phase with the largest load, A."""
    room_a = math.inf
    for case, loads in constraint.loads.items():
        for phase in PHASES:
            if constraint.counts(site.batteries[name], case, phase):
                taken_a = loads[phase] + batteries_a(others_w, constraint, case, phase, site)
                room_a = min(room_a, constraint.limit_a - taken_a)
    return room_a


def batteries_a(
    powers_w: Mapping[str, float], constraint: Constraint, case: tuple[str, ...], phase: int, site: Site
) -> float:
    """The current of batteries with these powers on one phase in one case, A."""
    total_a = 0.0
    for name, power_w in powers_w.items():
        cells = site.batteries[name]
        if power_w > 0.0 and constraint.counts(cells, case, phase):
            total_a += power_w / w_per_a(cells)
    return total_a


def fullest(powers_w: Mapping[str, float], constraint: Constraint, site: Site) -> PhaseAmps:
    """The load of L1..L3 with batteries of these powers, in the worst case for each phase, A."""
    first, second, third = (
        max(
            loads[phase] + batteries_a(powers_w, constraint, case, phase, site)
            for case, loads in constraint.loads.items()
        )
        for phase in PHASES
    )
    return first, second, third


def lowered(
    wanted: Mapping[str, BatteryOrder], orders: Mapping[str, BatteryOrder], site: Site, direction: Direction
) -> list[Cause]:
    """A cause for each battery with a lowered forced power."""
    code = "guard.battery_fuse" if direction is CHARGING else "guard.battery_export"
    causes = []
    for name, order in orders.items():
        wanted_w, allowed_w = direction.ordered_w(wanted[name]), direction.ordered_w(order)
        if allowed_w < wanted_w:
            numbers = (("wanted_w", wanted_w), ("allowed_w", allowed_w), ("fuse_a", site.fuse_a))
            causes.append(Cause(code, f"battery.{name}.power_w", numbers=numbers))
    return causes


def _order(power_w: float, site: BatterySite, direction: Direction) -> BatteryOrder:
    """At most so much, in steps of the battery."""
    steps = math.floor(power_w / site.resolution_w + 1e-6) if power_w >= LEAST_W else 0
    return BatteryOrder(BatteryAction.POWER, 0.0 + direction.sign * steps * site.resolution_w)
