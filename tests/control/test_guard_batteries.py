"""The guard's invariants over batteries, over everything that Hypothesis can think of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.guard_batteries import batteries_more_a, clamp_battery, fit_charging
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
    asked = BatteryOrder(BatteryAction.POWER, power_w)
    seen = battery(soc=soc, max_charge_w=reading(most, 0.0), max_discharge_w=reading(most, 0.0))
    order, cause = clamp_battery(asked, seen, cellar)
    if order.action is BatteryAction.POWER:
        assert -min(4000.0, most if most is not None else math.inf) <= order.power_w
        assert order.power_w <= min(3000.0, most if most is not None else math.inf)
        assert order.power_w <= 0.0 or (soc is not None and soc > 15.0)
    if order != asked:
        assert cause is not None


BATTERY_OF_ONE_PHASE = site(batteries=(BatterySite("cellar", phases=1),))
CHARGE_1150_W = BatteryOrder(BatteryAction.POWER, -1150.0)
LEND_NOTHING = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)


@pytest.mark.parametrize(
    ("order", "power_w", "more_a"),
    [
        (CHARGE_1150_W, 2300.0, 15.0),
        (CHARGE_1150_W, 0.0, 5.0),
        (CHARGE_1150_W, -1150.0, 0.0),
        (CHARGE_1150_W, None, 5.0),
        (BatteryOrder(BatteryAction.POWER, 1150.0), 2300.0, 5.0),
        (BatteryOrder(BatteryAction.POWER, 2300.0), 1150.0, 0.0),
        (LEND_NOTHING, 2300.0, 10.0),
        (LEND_NOTHING, -2300.0, 0.0),
        (BatteryOrder(BatteryAction.BOUNDS, max_charge_w=0.0), 2300.0, 0.0),
        (BatteryOrder(BatteryAction.AUTO), 2300.0, 0.0),
    ],
)
def test_what_a_battery_will_draw_more_and_deliver_less_counts(
    order: BatteryOrder, power_w: float | None, more_a: float
) -> None:
    snapshot = state(batteries=(battery(power_w=power_w),))
    counted = batteries_more_a({"cellar": order}, snapshot, BATTERY_OF_ONE_PHASE, measured=True)
    assert counted == pytest.approx(more_a)


def test_a_reserve_for_the_house_holds_no_discharge_that_could_end() -> None:
    snapshot = state(batteries=(battery(power_w=2300.0),))
    counted = batteries_more_a({"cellar": CHARGE_1150_W}, snapshot, BATTERY_OF_ONE_PHASE, measured=False)
    assert counted == pytest.approx(5.0)


@given(
    wanted=st.dictionaries(st.sampled_from(NAMES), orders),
    powers_w=st.tuples(*(st.none() | st.floats(-10_000.0, 10_000.0) for _ in NAMES)),
    phases=st.tuples(*(st.sampled_from([1, 3]) for _ in NAMES)),
    fullest_a=st.floats(0.0, 60.0),
    measured=st.booleans(),
)
def test_no_battery_is_charged_more_than_the_fuse_bears(
    wanted: dict[str, BatteryOrder],
    powers_w: tuple[float | None, ...],
    phases: tuple[int, ...],
    fullest_a: float,
    measured: bool,
) -> None:
    where = site(batteries=tuple(BatterySite(name, phases=n) for name, n in zip(NAMES, phases, strict=True)))
    snapshot = state(batteries=tuple(battery(name, power_w=w) for name, w in zip(NAMES, powers_w, strict=True)))
    fitted, causes = fit_charging(wanted, fullest_a, snapshot, where, measured)
    more_a = batteries_more_a(fitted, snapshot, where, measured)
    assert list(fitted) == list(wanted)
    lowered = {cause.subject for cause in causes}
    for name, order in fitted.items():
        seen_w = (snapshot.batteries[name].power_w.value or 0.0) if measured else 0.0
        if order.action is BatteryAction.POWER and order.power_w < min(0.0, seen_w):
            assert fullest_a + more_a <= where.fuse_a + 1e-6, "one that is to charge more than it does has the room"
        if f"battery.{name}.power_w" in lowered:
            assert wanted[name].power_w < order.power_w <= 0.0
        else:
            assert order == wanted[name]


def test_above_the_fuse_charging_is_lowered_by_what_is_too_much() -> None:
    snapshot = state(batteries=(battery(power_w=-3000.0),))
    charge = {"cellar": BatteryOrder(BatteryAction.POWER, -3000.0)}
    fitted, _ = fit_charging(charge, 37.0, snapshot, BATTERY_OF_ONE_PHASE, measured=True)
    assert fitted["cellar"].power_w == pytest.approx(-3000.0 + 2.0 * 230.0)
    fitted, _ = fit_charging(charge, 60.0, snapshot, BATTERY_OF_ONE_PHASE, measured=True)
    assert fitted["cellar"].power_w == 0.0


def test_the_first_battery_is_charged_first() -> None:
    where = site(batteries=(BatterySite("cellar"), BatterySite("garage")), fuse_a=20.0)
    snapshot = state(batteries=(battery("cellar"), battery("garage")))
    charge = BatteryOrder(BatteryAction.POWER, -2300.0)
    fitted, causes = fit_charging({"cellar": charge, "garage": charge}, 15.0, snapshot, where, measured=True)
    assert [order.power_w for order in fitted.values()] == pytest.approx([-2300.0, -1150.0])
    assert [cause.numbers for cause in causes] == [
        (("wanted_w", 2300.0), ("allowed_w", pytest.approx(1150.0)), ("fuse_a", 20.0))
    ]
