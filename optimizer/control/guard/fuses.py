"""Cars and batteries under one fuse, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import (
    NO_LOST,
    BatteryCommanded,
    lost_discharge,
    may_charge_w,
)
from optimizer.control.estimate.house_load import house_load, settled_load
from optimizer.control.estimate.load_cases import feed_in_cases, house_cases
from optimizer.control.estimate.load_inputs import NO_ORDERS, LoadInputs, Loads, make_loads, overload_s
from optimizer.control.estimate.peaks import NO_CASES, Cases, PhaseAmps
from optimizer.control.estimate.unread import fallen, without_unread
from optimizer.control.guard.batteries import (
    CHARGING,
    DISCHARGING,
    Constraint,
    forced,
    fullest,
    lowered,
    raised_into_room,
    within,
)
from optimizer.control.guard.chargers import Beside, clamp_chargers, make_beside, narrow_a, stuck_a, worst_a
from optimizer.model.decision import HOLD_POWER, BatteryOrder, Cause, EvOrder
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import Battery
from optimizer.model.value import maker

NOTHING: PhaseAmps = (0.0, 0.0, 0.0)
MARGIN_A = 0.5
"""Forced power beside the house alone stays below a fuse by this. Batteries follow late: without a margin, each small
rise of the house load would leave a phase above its fuse for their whole delay. Cars give way sooner."""


class Guarded(NamedTuple):
    """The orders that keep the fuses, and the causes of changes."""

    cars: dict[str, EvOrder]
    batteries: dict[str, BatteryOrder]
    causes: list[Cause]
    loads: Loads
    """The loads for the memory of the next tick."""


make_guarded = maker(Guarded)


def hold_fuses(
    cars: Mapping[str, EvOrder],
    batteries: dict[str, BatteryOrder],
    inputs: LoadInputs,
    memory: Loads,
) -> Guarded:
    """Apply the guard of the fuses to import and export of every phase. Effects of earlier commands count."""
    last_house, last_cases, last_feed_in = memory
    state, commanded = inputs.state, inputs.commanded
    house, measured = house_load(inputs, last_house, cars)
    lost = NO_LOST
    if batteries and measured:
        lost = lost_discharge(batteries, commanded, state, inputs.site)
    settled = settled_load(inputs, last_house, cars, house) if measured else last_house
    if lost is not NO_LOST:
        one = settled is house
        house = house.ahead(lost, state.mono_s)
        settled = house if one else settled.ahead(lost, state.mono_s)
    kept = settled
    house_a = _with_switches(without_unread(house, settled, inputs) if measured else house.load_a, inputs)
    if not _forces(batteries, commanded):
        orders, causes = clamp_chargers(cars, inputs, make_beside(house_a, house_a))
        unchanged = kept is last_house and last_cases is NO_CASES and last_feed_in is NO_CASES
        return make_guarded(orders, batteries, causes, memory if unchanged else make_loads(kept))
    cases = house_cases(inputs, last_cases, house, cars)
    if lost is not NO_LOST and cases:
        cases = {case: load.ahead(lost, state.mono_s) for case, load in cases.items()}
    kept_cases = cases
    if cases and measured and settled is not house:
        kept_cases = house_cases(inputs, last_cases, settled, cars, fallen(inputs))
        if lost is not NO_LOST:
            kept_cases = {case: load.ahead(lost, state.mono_s) for case, load in kept_cases.items()}
    feed_in, causes = NO_CASES, []
    if forced(batteries, DISCHARGING):
        feed_in = feed_in_cases(inputs, last_feed_in)
        batteries, causes = under_export_fuses(batteries, inputs, feed_in)
    orders, battery_orders, more = under_fuses(cars, batteries, inputs, house_a, cases)
    return make_guarded(orders, battery_orders, [*causes, *more], make_loads(kept, kept_cases, feed_in))


def without_cars(batteries: Mapping[str, BatteryOrder], inputs: LoadInputs, memory: Loads) -> PhaseAmps:
    """The load of the phases without cars after the guard: the house, switchable loads, and batteries at their most."""
    house, measured = house_load(inputs, memory.house, NO_ORDERS)
    if measured:
        house = settled_load(inputs, memory.house, NO_ORDERS, house)
    houses = {(): house.load_a, **{case: load.load_a for case, load in memory.cases.items()}}
    houses = {case: _with_switches(load_a, inputs) for case, load_a in houses.items()}
    if not _forces(batteries, inputs.commanded):
        return houses[()]
    return _beside(batteries, houses, inputs).most_a


def _with_switches(load_a: PhaseAmps, inputs: LoadInputs) -> PhaseAmps:
    """The load with the switchable loads that the grid meter may not show."""
    more_a = inputs.reserved_a
    return load_a if more_a is None else (load_a[0] + more_a[0], load_a[1] + more_a[1], load_a[2] + more_a[2])


def _forces(orders: Mapping[str, BatteryOrder], commanded: Mapping[str, BatteryCommanded]) -> bool:
    """Whether a battery has a forced power, or an earlier one may still have an effect. Fast, because most ticks have
    none."""
    for order in orders.values():
        if order.action is HOLD_POWER:
            return True
    for before in commanded.values():  # noqa: SIM110 - a generator takes three times as long
        if not before.idle:
            return True
    return False


def under_fuses(
    cars: Mapping[str, EvOrder],
    batteries: dict[str, BatteryOrder],
    inputs: LoadInputs,
    house_a: PhaseAmps,
    cases: Cases,
) -> tuple[dict[str, EvOrder], dict[str, BatteryOrder], list[Cause]]:
    """The orders to cars and batteries that fit beside the house, and the causes of changes. Cars reduce their current
    for forced charging. It gets this room only after readings show the lower current. `cases` are the cases of the
    house load. `house_a` is the load with nothing subtracted for batteries of unknown phase."""
    site = inputs.site
    houses = {(): house_a, **{case: _with_switches(load.load_a, inputs) for case, load in cases.items()}}
    beside_house = _constraints(houses, stuck_a(inputs), NOTHING, site, MARGIN_A)
    fits = within(batteries, beside_house, site, CHARGING)
    orders, causes = clamp_chargers(cars, inputs, _beside(fits, houses, inputs))
    singles_a = narrow_a(orders, inputs) if site.unbalance_a is not None else NOTHING
    constraints = _constraints(houses, worst_a(orders, inputs), singles_a, site)
    charged = raised_into_room(batteries, fits, constraints, inputs, CHARGING)
    return orders, charged, [*causes, *lowered(batteries, charged, site, CHARGING)]


def under_export_fuses(
    batteries: dict[str, BatteryOrder], inputs: LoadInputs, feed_in: Cases
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    """The orders with forced discharge lowered to the room of the fuses beside the export of the house."""
    site = inputs.site
    loads = {case: load.load_a for case, load in feed_in.items()}
    constraints = _constraints(loads, NOTHING, NOTHING, site, MARGIN_A)
    fits = within(batteries, constraints, site, DISCHARGING)
    fed = raised_into_room(batteries, fits, constraints, inputs, DISCHARGING)
    return fed, lowered(batteries, fed, site, DISCHARGING)


def _constraints(
    loads: Mapping[tuple[str, ...], PhaseAmps],
    cars_a: PhaseAmps,
    singles_a: PhaseAmps,
    site: Site,
    margin_a: float = 0.0,
) -> list[Constraint]:
    """The fuse of each phase less a margin, and the limit on loads of fewer than three phases."""
    beside = {case: (load[0] + cars_a[0], load[1] + cars_a[1], load[2] + cars_a[2]) for case, load in loads.items()}
    found = [Constraint(beside, site.fuse_a - margin_a)]
    if site.unbalance_a is not None:
        found.append(Constraint({(): singles_a}, site.unbalance_a, narrow=True))
    return found


def _beside(
    orders: Mapping[str, BatteryOrder], houses: Mapping[tuple[str, ...], PhaseAmps], inputs: LoadInputs
) -> Beside:
    """The load of the phases without cars: the house with batteries as ordered, and with their largest power."""
    site = inputs.site
    ordered = _powers(orders, inputs, partial(may_charge_w, overload_s=overload_s(inputs)))
    most = _powers(orders, inputs, CHARGING.most_w)
    fuse = Constraint(houses, site.fuse_a)
    singles = NOTHING
    if site.unbalance_a is not None:
        singles = fullest(most, Constraint({(): NOTHING}, site.unbalance_a, narrow=True), site)
    return make_beside(fullest(ordered, fuse, site), fullest(most, fuse, site), singles)


def _powers(
    orders: Mapping[str, BatteryOrder],
    inputs: LoadInputs,
    still_w: Callable[[BatteryCommanded, Battery, BatterySite], float],
) -> dict[str, float]:
    """The charge power of each battery, W: the larger of its order and the power that it may still have."""
    batteries, sites = inputs.state.batteries, inputs.site.batteries
    powers_w = {name: CHARGING.ordered_w(order) for name, order in orders.items()}
    for name, before in inputs.commanded.items():
        if name in batteries and name in sites and not before.idle:
            powers_w[name] = max(powers_w.get(name, 0.0), still_w(before, batteries[name], sites[name]))
    return powers_w
