"""The guard over batteries. Rules can tighten it, but never loosen it.

- No order exceeds the power of the battery. No order forces a discharge at or below the floor, or at an unknown state
  of charge. Within limits, a battery does not discharge at or below the floor either: for sonnen, setpoints of the
  service follow the home. A battery that accepts no discharge limit (GivTCP) keeps its own reserve, because each write
  would wear its memory.
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
    charge_rises,
    charge_w,
    feed_rises,
    feeds_w,
    most_charge_w,
    most_feed_w,
    w_per_a,
)
from optimizer.control.estimate.load_inputs import LoadInputs
from optimizer.control.estimate.peaks import PHASES, PhaseAmps
from optimizer.model.decision import AUTO, HAND_BACK, HOLD_POWER, WITHIN_BOUNDS, BatteryOrder, Cause
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import Battery

LEAST_W = 1.0
"""A smaller power does not count as charging."""
RAISE_A = 1.0
"""A lowered forced power rises again in steps of at least this, because the house load fluctuates."""


def clamp_battery(order: BatteryOrder, battery: Battery, site: BatterySite) -> tuple[BatteryOrder, Cause | None]:
    """The order within the battery's power. It lets the battery discharge neither at nor below the floor, and forces no
    discharge at an unknown state of charge."""
    if order.action is HAND_BACK:
        return order, None
    subject = f"battery.{site.name}.power_w"
    soc, floor = battery.soc_percent.value, max(site.floor_soc_percent, battery.reserve_soc_percent.value or 0.0)
    at_floor: Cause | None = None
    if soc is not None and soc <= floor:
        at_floor = Cause("guard.floor", subject, numbers=(("soc_percent", soc), ("floor_percent", floor)))
    if order.action is not HOLD_POWER:
        if at_floor is None or not site.can_bound_discharge or order.max_discharge_w == 0.0:
            return order, None
        return BatteryOrder(WITHIN_BOUNDS, 0.0, order.max_charge_w, 0.0), at_floor
    if not math.isfinite(order.power_w):
        return AUTO, Cause("guard.not_a_number", subject)
    if order.power_w > 0.0:
        if soc is None:
            return AUTO, Cause("guard.soc_unknown", subject, detail=battery.soc_percent.why)
        if at_floor is not None:
            return AUTO, at_floor
    charge_w = _smallest(site.max_charge_w, battery.max_charge_w.value)
    discharge_w = _smallest(site.max_discharge_w, battery.max_discharge_w.value)
    power_w = max(-charge_w, min(discharge_w, order.power_w))
    if power_w == order.power_w:
        return order, None
    numbers = (("wanted_w", order.power_w), ("allowed_w", power_w))
    return BatteryOrder(HOLD_POWER, power_w), Cause("guard.battery_power", subject, numbers=numbers)


def with_lower_soc(reported: Battery, judged: Battery) -> Battery:
    """The battery whose state of charge the guard counts: an unknown one first, then the lower one. The judge may still
    wait for the confirmation of a fall, and the floor must hold in this time."""
    soc, counted = reported.soc_percent.value, judged.soc_percent.value
    return judged if soc is not None and (counted is None or counted <= soc) else reported


def _smallest(configured_w: float, reported_w: float | None) -> float:
    return configured_w if reported_w is None else max(0.0, min(configured_w, reported_w))


class Direction(NamedTuple):
    """A direction of forced power. Forced charging adds to the import of a phase, forced discharging to its export."""

    ordered_w: Callable[[BatteryOrder], float]
    most_w: Callable[[BatteryCommanded, Battery, BatterySite], float]
    before_w: Callable[[BatteryCommanded], float]
    rises: Callable[[BatteryCommanded, Battery, BatterySite], bool]
    sign: float
    """The sign of the power of an order."""


CHARGING = Direction(
    ordered_w=charge_w,
    most_w=most_charge_w,
    before_w=lambda commanded: commanded.charge_w,
    rises=charge_rises,
    sign=-1.0,
)
DISCHARGING = Direction(
    ordered_w=feeds_w,
    most_w=most_feed_w,
    before_w=lambda commanded: commanded.feeds_w,
    rises=feed_rises,
    sign=1.0,
)

Loads = Mapping[tuple[str, ...], PhaseAmps]
"""The load of L1..L3 for each case of `estimate.house_load.Cases`."""


class OnPhase(NamedTuple):
    """One phase in one case of a constraint, with the batteries on it."""

    phase: int
    """0..2 for L1..L3."""
    load_a: float
    """The load without the batteries."""
    limit_a: float
    w_per_a: Mapping[str, float]
    """The power of one ampere, for each battery that counts on this phase."""

    def current_a(self, powers_w: Mapping[str, float]) -> float:
        """The current of batteries with these powers, A."""
        total_a = 0.0
        for name, power_w in powers_w.items():
            if power_w > 0.0 and name in self.w_per_a:
                total_a += power_w / self.w_per_a[name]
        return total_a


class Constraint(NamedTuple):
    """One limit on each phase: a fuse, or the limit on loads of fewer than three phases."""

    loads: Loads
    """The load of the phases without the batteries."""
    limit_a: float
    narrow: bool = False
    """Whether only batteries on fewer than three phases count."""

    def on_phases(self, site: Site) -> list[OnPhase]:
        """Each phase in each case."""
        return [
            OnPhase(phase, loads[phase], self.limit_a, self._counted(site, case, phase))
            for case, loads in self.loads.items()
            for phase in PHASES
        ]

    def _counted(self, site: Site, case: tuple[str, ...], phase: int) -> dict[str, float]:
        return {name: w_per_a(own) for name, own in site.batteries.items() if self._counts(own, case, phase)}

    def _counts(self, site: BatterySite, case: tuple[str, ...], phase: int) -> bool:
        """Whether a battery counts on `phase` in this case. A battery of unknown phase counts on every phase if nothing
        is subtracted for it, and in each case that assumes it there."""
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
        for on_phase in constraint.on_phases(site):
            _lower(powers_w, on_phase)
    orders = dict(wanted)
    for name, order in wanted.items():
        if powers_w[name] < direction.ordered_w(order):
            orders[name] = _order(powers_w[name], site.batteries[name], direction)
    return orders


def _lower(powers_w: dict[str, float], on_phase: OnPhase) -> None:
    """Lower the powers of the batteries on one phase to its limit."""
    over_a = on_phase.load_a - on_phase.limit_a + on_phase.current_a(powers_w)
    for name in reversed(powers_w):
        if over_a <= 0.0:
            return
        if name in on_phase.w_per_a and powers_w[name] > 0.0:
            per_a = on_phase.w_per_a[name]
            less_w = min(powers_w[name], over_a * per_a)
            powers_w[name] -= less_w
            over_a -= less_w / per_a


def raised_into_room(
    wanted: Mapping[str, BatteryOrder],
    orders: dict[str, BatteryOrder],
    constraints: Iterable[Constraint],
    inputs: LoadInputs,
    direction: Direction,
) -> dict[str, BatteryOrder]:
    """`orders` (the part of `wanted` that fits) without rises that do not fit. A forced power rises only into the room
    of the constraints, and not again until a reading shows the last rise: until then the room is uncertain. The other
    batteries count with the largest power that they may still have, and so do the cars in the loads of the
    constraints."""
    state, site, commanded = inputs.state, inputs.site, inputs.commanded
    most_w = {
        name: direction.most_w(before, state.batteries[name], site.batteries[name])
        for name, before in commanded.items()
        if name in orders and not before.idle
    }
    held = dict(orders)
    on_phases = [on_phase for constraint in constraints for on_phase in constraint.on_phases(site)]
    for name, order in orders.items():
        last = commanded.get(name, LEFT_ALONE)
        before_w = direction.before_w(last)
        power_w, per_a = direction.ordered_w(order), w_per_a(site.batteries[name])
        if power_w <= before_w:
            continue
        if direction.rises(last, state.batteries[name], site.batteries[name]):
            held[name] = _order(before_w, site.batteries[name], direction)
            continue
        others_w = {
            other: max(direction.ordered_w(own), most_w.get(other, 0.0)) for other, own in held.items() if other != name
        }
        allowed_w = min(power_w, _room_a(name, others_w, on_phases) * per_a)
        if allowed_w < direction.ordered_w(wanted[name]):
            forced_w = before_w if allowed_w < before_w + RAISE_A * per_a else allowed_w
            held[name] = _order(forced_w, site.batteries[name], direction)
    return held


def _room_a(name: str, others_w: Mapping[str, float], on_phases: Iterable[OnPhase]) -> float:
    """The room for one battery, on the phase with the largest load, A."""
    rooms_a = (one.limit_a - (one.load_a + one.current_a(others_w)) for one in on_phases if name in one.w_per_a)
    return min(rooms_a, default=math.inf)


def fullest(powers_w: Mapping[str, float], constraint: Constraint, site: Site) -> PhaseAmps:
    """The load of L1..L3 with batteries of these powers, in the worst case for each phase, A."""
    most_a = [-math.inf, -math.inf, -math.inf]
    for on_phase in constraint.on_phases(site):
        most_a[on_phase.phase] = max(most_a[on_phase.phase], on_phase.load_a + on_phase.current_a(powers_w))
    return most_a[0], most_a[1], most_a[2]


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
    return BatteryOrder(HOLD_POWER, 0.0 + direction.sign * steps * site.resolution_w)
