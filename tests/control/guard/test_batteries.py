"""The guard's invariants over batteries, over everything that Hypothesis can think of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.battery_commanded import LEFT_ALONE, BatteryCommanded, charge_w, most_charge_w, w_per_a
from optimizer.control.guard.batteries import charges_a, clamp_battery, lowered, raised_into_room, within_fuse
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


def charge(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, -power_w)


@given(
    wanted=st.dictionaries(st.sampled_from(NAMES), orders),
    phases=st.tuples(*(st.sampled_from([1, 3]) for _ in NAMES)),
    fullest_a=st.floats(0.0, 60.0),
)
def test_forced_charging_fits_the_fuse_or_there_is_none(
    wanted: dict[str, BatteryOrder], phases: tuple[int, ...], fullest_a: float
) -> None:
    where = site(batteries=tuple(BatterySite(name, phases=n) for name, n in zip(NAMES, phases, strict=True)))
    fitted = within_fuse(wanted, fullest_a, where)
    charging_a = charges_a(fitted, where)
    assert fullest_a + charging_a <= where.fuse_a + 1e-6 or charging_a == 0.0
    assert list(fitted) == list(wanted)
    commanded = {cause.subject for cause in lowered(wanted, fitted, where)}
    for name, order in fitted.items():
        if f"battery.{name}.power_w" in commanded:
            assert wanted[name].power_w < order.power_w <= 0.0
        else:
            assert order == wanted[name]


@given(
    wanted=st.dictionaries(st.sampled_from(NAMES), st.builds(charge, st.floats(0.0, 9000.0))),
    before=st.dictionaries(
        st.sampled_from(NAMES),
        st.builds(BatteryCommanded, st.floats(0.0, 9000.0), st.floats(0.0, 9000.0), st.just(0.0)),
    ),
    powers_w=st.tuples(*(st.none() | st.floats(-9000.0, 3000.0) for _ in NAMES)),
    fullest_a=st.floats(0.0, 40.0),
)
def test_a_charge_rises_only_into_room_that_nobody_may_still_be_using(
    wanted: dict[str, BatteryOrder],
    before: dict[str, BatteryCommanded],
    powers_w: tuple[float | None, ...],
    fullest_a: float,
) -> None:
    where = site(batteries=tuple(BatterySite(name) for name in NAMES))
    snapshot = state(batteries=tuple(battery(name, power_w=w) for name, w in zip(NAMES, powers_w, strict=True)))
    held = raised_into_room(wanted, wanted, fullest_a, snapshot, where, before)
    for name, order in held.items():
        stood_w = before.get(name, LEFT_ALONE).charge_w
        assert wanted[name].power_w <= order.power_w <= 0.0
        if charge_w(order) > stood_w:
            worst_a = fullest_a + charge_w(order) / w_per_a(where.batteries[name])
            for other in set(held) - {name}:
                may_w = most_charge_w(before.get(other, LEFT_ALONE), snapshot.batteries[other], where.batteries[other])
                if other not in before:
                    may_w = 0.0
                worst_a += max(charge_w(held[other]), may_w) / w_per_a(where.batteries[other])
            assert worst_a <= where.fuse_a + 1e-6


def test_the_first_battery_is_charged_first() -> None:
    where = site(batteries=(BatterySite("cellar"), BatterySite("garage")), fuse_a=20.0)
    wanted = {"cellar": charge(2300.0), "garage": charge(2300.0)}
    fitted = within_fuse(wanted, 15.0, where)
    assert [charge_w(order) for order in fitted.values()] == pytest.approx([2300.0, 1150.0])
    assert [cause.numbers for cause in lowered(wanted, fitted, where)] == [
        (("wanted_w", 2300.0), ("allowed_w", pytest.approx(1150.0)), ("fuse_a", 20.0))
    ]


def test_a_charge_that_was_lowered_is_raised_in_steps_of_an_ampere() -> None:
    where = site(batteries=(BatterySite("cellar"),), fuse_a=20.0)
    snapshot = state(batteries=(battery(power_w=-2760.0),))
    commanded = {"cellar": BatteryCommanded(2760.0)}
    for fullest_a, charge_a in ((15.2, 4.0), (14.8, 5.2)):
        wanted = {"cellar": charge(5000.0)}
        held = raised_into_room(wanted, wanted, fullest_a, snapshot, where, commanded)
        assert charge_w(held["cellar"]) == pytest.approx(690.0 * charge_a)
