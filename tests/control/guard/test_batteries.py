"""The guard's invariants over batteries, over everything that Hypothesis can think of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.battery_commanded import LEFT_ALONE, BatteryCommanded, charge_w, most_charge_w
from optimizer.control.estimate.load_inputs import LoadInputs, Loads
from optimizer.control.estimate.peaks import PhaseAmps
from optimizer.control.guard.batteries import (
    CHARGING,
    DISCHARGING,
    Constraint,
    Direction,
    clamp_battery,
    lowered,
    raised_into_room,
    with_lower_soc,
    within,
)
from optimizer.control.guard.fuses import MARGIN_A, hold_fuses
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder
from optimizer.model.site import BatterySite
from tests.control.house import battery, reading, site, state

any_float = st.floats(allow_nan=True, allow_infinity=True)
NAMES = ("cellar", "garage", "attic")
orders = (
    st.just(AUTO)
    | st.builds(BatteryOrder, st.just(BatteryAction.POWER), st.floats(-10_000.0, 10_000.0))
    | st.builds(BatteryOrder, st.just(BatteryAction.BOUNDS), max_discharge_w=st.none() | st.floats(0.0, 5_000.0))
)


@given(power_w=any_float, soc=st.none() | st.floats(0.0, 100.0), most=st.none() | st.floats(0.0, 20_000.0))
def test_a_battery_stays_within_its_power_and_above_its_floor(
    power_w: float, soc: float | None, most: float | None
) -> None:
    cellar = BatterySite("cellar", max_charge_w=4000.0, max_discharge_w=3000.0, floor_soc_percent=15.0)
    targets = BatteryOrder(BatteryAction.POWER, power_w)
    observed = battery(soc=soc, max_charge_w=reading(most, 0.0), max_discharge_w=reading(most, 0.0))
    order, cause = clamp_battery(targets, observed, cellar)
    if order.action is BatteryAction.POWER:
        assert -min(4000.0, most if most is not None else math.inf) <= order.power_w
        assert order.power_w <= min(3000.0, most if most is not None else math.inf)
        assert order.power_w <= 0.0 or (soc is not None and soc > 15.0)
    if order != targets:
        assert cause is not None


@given(
    soc=st.none() | st.floats(0.0, 100.0),
    reserve=st.none() | st.floats(0.0, 60.0),
    most_charge_w=st.none() | st.floats(0.0, 5000.0),
    most_discharge_w=st.none() | st.floats(0.0, 5000.0),
    bounded=st.booleans(),
)
def test_within_limits_a_battery_is_not_emptied_below_its_floor(
    soc: float | None, reserve: float | None, most_charge_w: float | None, most_discharge_w: float | None, bounded: bool
) -> None:
    """Setpoints that follow the home would empty it. A battery that accepts no discharge limit is left to itself."""
    cellar = BatterySite("cellar", floor_soc_percent=15.0, can_bound_discharge=bounded)
    wanted = BatteryOrder(BatteryAction.BOUNDS, 0.0, most_charge_w, most_discharge_w)
    order, cause = clamp_battery(wanted, battery(soc=soc, reserve_soc_percent=reading(reserve, 0.0)), cellar)
    assert (order.action, order.max_charge_w) == (BatteryAction.BOUNDS, most_charge_w)
    if bounded and soc is not None and soc <= max(15.0, reserve or 0.0):
        assert order.max_discharge_w == 0.0
    else:
        assert order == wanted
    assert (cause is None) is (order == wanted)


def charge(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, -power_w)


PHASE_MAPS = ((1, 2, 3), (1,), (2,), (3,), ())
"""Empty: a single phase, and nobody knows which."""
amps = st.tuples(*(st.floats(0.0, 60.0) for _ in range(3)))


def cells(maps: tuple[tuple[int, ...], ...]) -> tuple[BatterySite, ...]:
    """Batteries that sit on these phases."""
    return tuple(
        BatterySite(name, phases=len(where) or 1, phase_map=where) for name, where in zip(NAMES, maps, strict=True)
    )


def placements(sites: tuple[BatterySite, ...]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Every way in which batteries of unknown phase may sit in the house."""
    choices = [[one.phase_map] if one.phase_map else [(1,), (2,), (3,)] for one in sites]
    for places in product(*choices):
        yield {one.name: place for one, place in zip(sites, places, strict=True)}


def phases_a(powers_w: dict[str, float], place: dict[str, tuple[int, ...]]) -> list[float]:
    """The current of batteries with these powers on L1..L3, A."""
    load = [0.0, 0.0, 0.0]
    for name, power_w in powers_w.items():
        for phase in place[name]:
            load[phase - 1] += power_w / 230.0 / len(place[name])
    return load


@given(
    wanted=st.dictionaries(st.sampled_from(NAMES), orders),
    maps=st.tuples(*(st.sampled_from(PHASE_MAPS) for _ in NAMES)),
    house_a=amps,
    direction=st.sampled_from([CHARGING, DISCHARGING]),
)
def test_forced_power_fits_every_phase_wherever_a_battery_sits(
    wanted: dict[str, BatteryOrder], maps: tuple[tuple[int, ...], ...], house_a: PhaseAmps, direction: Direction
) -> None:
    sites = cells(maps)
    where = site(batteries=sites)
    fitted = within(wanted, [Constraint({(): house_a}, where.fuse_a)], where, direction)
    powers_w = {name: direction.ordered_w(order) for name, order in fitted.items()}
    for place in placements(sites):
        for house, forced in zip(house_a, phases_a(powers_w, place), strict=True):
            assert house + forced <= where.fuse_a + 1e-6 or forced <= 1e-6
    assert list(fitted) == list(wanted)
    changed = {cause.subject for cause in lowered(wanted, fitted, where, direction)}
    for name, order in fitted.items():
        if f"battery.{name}.power_w" in changed:
            assert abs(wanted[name].power_w) > abs(order.power_w)
            assert wanted[name].power_w * order.power_w >= 0.0
        else:
            assert order == wanted[name]


@given(
    maps=st.tuples(*(st.sampled_from(PHASE_MAPS) for _ in NAMES)),
    places=st.tuples(*(st.sampled_from([1, 2, 3]) for _ in NAMES)),
    house_a=amps,
    powers_w=st.tuples(*(st.floats(0.0, 9000.0) for _ in NAMES)),
)
def test_what_relieves_an_overloaded_phase_is_lowered_in_one_step(
    maps: tuple[tuple[int, ...], ...], places: tuple[int, ...], house_a: PhaseAmps, powers_w: tuple[float, ...]
) -> None:
    """Batteries charge as they were told for long, wherever they sit, and the house's load has just risen: their new
    orders take every phase to its fuse at once, or to what the house alone takes."""
    sites = cells(maps)
    where = site(batteries=sites)
    told = dict(zip(NAMES, powers_w, strict=True))
    place = {one.name: one.phase_map or (phase,) for one, phase in zip(sites, places, strict=True)}
    measured = tuple(a + b for a, b in zip(house_a, phases_a(told, place), strict=True))
    snapshot = state(
        mono_s=100.0, grid_a=measured, batteries=tuple(battery(n, at_s=100.0, power_w=-w) for n, w in told.items())
    )
    commanded = {name: BatteryCommanded(power_w, 0.0, 0.0) for name, power_w in told.items()}
    wanted = {name: charge(power_w) for name, power_w in told.items()}
    guarded = hold_fuses({}, wanted, LoadInputs(snapshot, where, {}, commanded), Loads())
    after = phases_a({name: charge_w(order) for name, order in guarded.batteries.items()}, place)
    for house, forced in zip(house_a, after, strict=True):
        assert house + forced <= max(where.fuse_a, house) + 0.01


@given(
    wanted=st.dictionaries(st.sampled_from(NAMES), st.builds(charge, st.floats(0.0, 9000.0))),
    before=st.dictionaries(
        st.sampled_from(NAMES),
        st.builds(BatteryCommanded, st.floats(0.0, 9000.0), st.floats(0.0, 9000.0), st.just(0.0)),
    ),
    powers_w=st.tuples(*(st.none() | st.floats(-9000.0, 3000.0) for _ in NAMES)),
    maps=st.tuples(*(st.sampled_from(PHASE_MAPS) for _ in NAMES)),
    taken_a=amps,
)
def test_a_charge_rises_only_into_room_that_nobody_may_still_be_using(
    wanted: dict[str, BatteryOrder],
    before: dict[str, BatteryCommanded],
    powers_w: tuple[float | None, ...],
    maps: tuple[tuple[int, ...], ...],
    taken_a: PhaseAmps,
) -> None:
    sites = cells(maps)
    where = site(batteries=sites)
    snapshot = state(batteries=tuple(battery(name, power_w=w) for name, w in zip(NAMES, powers_w, strict=True)))
    room = [Constraint({(): taken_a}, where.fuse_a)]
    held = raised_into_room(wanted, wanted, room, LoadInputs(snapshot, where, {}, before), CHARGING)
    for name, order in held.items():
        assert wanted[name].power_w <= order.power_w <= 0.0
        if charge_w(order) <= before.get(name, LEFT_ALONE).charge_w:
            continue
        powers = {name: charge_w(order)}
        for other in set(held) - {name}:
            stood = before.get(other, LEFT_ALONE)
            may_w = 0.0 if stood.idle else most_charge_w(stood, snapshot.batteries[other], where.batteries[other])
            powers[other] = max(charge_w(held[other]), may_w)
        for place in placements(sites):
            load = phases_a(powers, place)
            for phase in place[name]:
                assert taken_a[phase - 1] + load[phase - 1] <= where.fuse_a + 1e-6


def test_the_first_battery_is_charged_first() -> None:
    where = site(batteries=(BatterySite("cellar"), BatterySite("garage")), fuse_a=20.0)
    wanted = {"cellar": charge(2300.0), "garage": charge(2300.0)}
    fitted = within(wanted, [Constraint({(): (15.0, 15.0, 15.0)}, 20.0)], where, CHARGING)
    assert [charge_w(order) for order in fitted.values()] == pytest.approx([2300.0, 1150.0])
    assert [cause.numbers for cause in lowered(wanted, fitted, where, CHARGING)] == [
        (("wanted_w", 2300.0), ("allowed_w", pytest.approx(1150.0)), ("fuse_a", 20.0))
    ]


def test_a_battery_that_does_not_load_the_full_phase_is_left_alone() -> None:
    where = site(batteries=(BatterySite("cellar", phase_map=(3,)), BatterySite("garage", phase_map=(1,))), fuse_a=20.0)
    wanted = {"cellar": charge(2300.0), "garage": charge(2300.0)}
    fitted = within(wanted, [Constraint({(): (5.0, 5.0, 15.0)}, 20.0)], where, CHARGING)
    assert [charge_w(order) for order in fitted.values()] == pytest.approx([1150.0, 2300.0])


def test_a_charge_that_was_lowered_is_raised_in_steps_of_an_ampere() -> None:
    where = site(batteries=(BatterySite("cellar"),), fuse_a=20.0)
    snapshot = state(batteries=(battery(power_w=-2760.0),))
    commanded = {"cellar": BatteryCommanded(2760.0)}
    for taken_a, charge_a in ((15.2, 4.0), (14.8, 5.2)):
        wanted = {"cellar": charge(5000.0)}
        room = [Constraint({(): (taken_a,) * 3}, 20.0)]
        held = raised_into_room(wanted, wanted, room, LoadInputs(snapshot, where, {}, commanded), CHARGING)
        assert charge_w(held["cellar"]) == pytest.approx(690.0 * charge_a)


@given(
    export_a=amps,
    phase_map=st.sampled_from(PHASE_MAPS),
    power_w=st.floats(1.0, 20_000.0),
)
def test_a_forced_discharge_fits_the_fuse_beside_what_the_house_feeds_in(
    export_a: PhaseAmps, phase_map: tuple[int, ...], power_w: float
) -> None:
    cellar = BatterySite("cellar", max_discharge_w=20_000.0, phases=len(phase_map) or 1, phase_map=phase_map)
    where = site(batteries=(cellar,))
    snapshot = state(grid_a=tuple(-a for a in export_a), batteries=(battery(),))
    wanted = {"cellar": BatteryOrder(BatteryAction.POWER, power_w)}
    guarded = hold_fuses({}, wanted, LoadInputs(snapshot, where, {}, {}), Loads())
    fed_a = guarded.batteries["cellar"].power_w / 230.0 / (len(phase_map) or 1)
    assert 0.0 <= fed_a <= power_w / 230.0
    for phase in phase_map or (1, 2, 3):
        assert export_a[phase - 1] + fed_a <= where.fuse_a + 1e-6 or fed_a == 0.0
    if fed_a < power_w / 230.0 / (len(phase_map) or 1) - 1e-6:
        assert [cause.code for cause in guarded.causes] == ["guard.battery_export"]


def test_pv_counts_where_the_phases_are_not_measured() -> None:
    where = site(batteries=(BatterySite("cellar", max_discharge_w=20_000.0),), fuse_a=20.0)
    snapshot = state(pv_w=6900.0, batteries=(battery(),))
    wanted = {"cellar": BatteryOrder(BatteryAction.POWER, 20_000.0)}
    guarded = hold_fuses({}, wanted, LoadInputs(snapshot, where, {}, {}), Loads())
    assert guarded.batteries["cellar"].power_w == pytest.approx(6900.0 - MARGIN_A * 690.0)


def test_the_guard_counts_the_lower_state_of_charge() -> None:
    low, high, unknown_soc = battery(soc=9.0), battery(soc=60.0), battery(soc=None)
    assert with_lower_soc(low, high) is low
    assert with_lower_soc(high, low) is low
    assert with_lower_soc(unknown_soc, high) is unknown_soc
    assert with_lower_soc(high, unknown_soc) is unknown_soc


@given(
    floor=st.integers(0, 50),
    reserve=st.none() | st.integers(0, 60),
    above=st.sampled_from([-5.0, -0.1, 0.0, 0.1, 5.0]),
    power_w=st.floats(1.0, 3000.0),
)
def test_a_forced_discharge_ends_at_the_floor_and_at_the_reserve(
    floor: int, reserve: int | None, above: float, power_w: float
) -> None:
    cellar = BatterySite("cellar", max_discharge_w=3000.0, floor_soc_percent=float(floor))
    observed = battery(soc=max(floor, reserve or 0) + above, reserve_soc_percent=reading(reserve, 0.0))
    order, cause = clamp_battery(BatteryOrder(BatteryAction.POWER, power_w), observed, cellar)
    if above <= 0.0:
        assert (order, cause.code if cause else "") == (AUTO, "guard.floor")
    else:
        assert (order.power_w, cause) == (power_w, None)


@pytest.mark.parametrize("power_w", [math.nan, math.inf, -math.inf])
def test_a_power_that_is_not_a_number_forces_nothing(power_w: float) -> None:
    order, cause = clamp_battery(BatteryOrder(BatteryAction.POWER, power_w), battery(), BatterySite("cellar"))
    assert (order, cause.code if cause else "") == (AUTO, "guard.not_a_number")


def test_a_charge_does_not_rise_again_until_a_reading_shows_the_last_rise() -> None:
    where = site(batteries=(BatterySite("cellar"),), fuse_a=63.0)
    wanted = {"cellar": charge(5000.0)}
    room = [Constraint({(): (0.0, 0.0, 0.0)}, 63.0)]
    risen = {"cellar": BatteryCommanded(charge_w=2000.0, before_w=1000.0, at_s=100.0)}
    for read_s, charged_w in ((105.0, 2000.0), (200.0, 5000.0)):
        snapshot = state(mono_s=200.0, batteries=(battery(at_s=read_s, power_w=-2000.0),))
        held = raised_into_room(wanted, wanted, room, LoadInputs(snapshot, where, {}, risen), CHARGING)
        assert charge_w(held["cellar"]) == charged_w
