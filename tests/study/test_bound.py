"""The bound: right where the best is known by hand, never beaten by the rules, near them where nothing is unknown."""

from __future__ import annotations

import importlib
from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.site import Site
from optimizer.study import bound as module
from optimizer.study.bound import Bound, bound, least_cost_ct
from optimizer.study.house.car import Car, Stay, parse_trip
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import Series, StudyError
from optimizer.study.result import Result
from optimizer.study.simulate import simulate
from optimizer.twin.battery import BatterySpec
from tests.examples import one_in
from tests.study.scene import FAST, OFF, START, SURPLUS, plan, site, sunny

TARIFF = Tariff(30.0, 8.0, 19.0)
HOUR = 3600.0
NAN = float("nan")


def rows(
    pv_w: Sequence[float], load_w: Sequence[float], step_s: float = 60.0, price_ct: Sequence[float] | None = None
) -> Series:
    price = None if price_ct is None else array("d", price_ct)
    return Series("rows", START, step_s, array("d", pv_w), array("d", load_w), price)


def steady(hours: float, pv_w: float, load_w: float, step_s: float = 60.0) -> Series:
    count = round(hours * HOUR / step_s)
    return rows([pv_w] * count, [load_w] * count, step_s)


def least(world: World, battery: bool = False, result: Result | None = None) -> float:
    """The bound as it is calculated, whatever any rules got. `result`: of a simulation of this world, if there is one
    already; the bound takes only what is the same in all of them."""
    found = least_cost_ct(site(battery), world, result or simulate(plan(OFF, battery), world))
    assert found is not None
    return found


def test_an_hour_of_even_sun() -> None:
    world = World(steady(1.0, 4000.0, 500.0), tariff=TARIFF)
    result = simulate(plan(OFF, False), world)
    found = bound(site(False), world, [result])
    assert found is not None
    # 3.5 kWh go into the car at 19 ct each instead of onto the grid at 8.
    assert found.total_cost_ct == pytest.approx(-3.5 * 19.0)
    assert found.without_ct == pytest.approx(-3.5 * 8.0)
    assert found.reached(-28.0) == pytest.approx(0.0)
    assert found.reached(found.total_cost_ct) == pytest.approx(1.0)


@pytest.mark.parametrize("minutes", [1, 2, 3, 4, 6, 7, 10, 30, 60])
@pytest.mark.parametrize("fine_days", [62.0, 0.0])
def test_the_same_whatever_the_rows_and_steps(minutes: int, fine_days: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FINE_DAYS", fine_days)
    world = World(steady(7.0, 4000.0, 500.0, 60.0 * minutes), tariff=TARIFF, tick_s=60.0)
    assert least(world) == pytest.approx(-7.0 * 3.5 * 19.0)


def test_time_that_fills_no_step_counts() -> None:
    # 67 minutes of 3.5 kW.
    world = World(rows([4000.0] * 67, [500.0] * 67), tariff=TARIFF)
    assert least(world) == pytest.approx(-3.5 * 67.0 / 60.0 * 19.0)


def test_buying_pays_where_elsewhere_is_dearer() -> None:
    world = World(steady(1.0, 0.0, 500.0), tariff=Tariff(20.0, 8.0, 40.0))
    assert least(world) == pytest.approx(0.5 * 20.0 - 11.04 * (40.0 - 20.0))


def test_a_battery_carries_the_sun_into_the_evening() -> None:
    pv = [3000.0] * 120 + [0.0] * 120
    empty = {"cellar": BatterySpec("cellar", initial_soc_percent=0.0)}
    world = World(rows(pv, [500.0] * 240), {"carport": Car(stays=())}, empty, TARIFF)
    # 5 kWh of surplus: 4.75 are stored (worth 19 ct each at the end), 1.05 of them supply the evening at 30 ct.
    stored = 5.0 * 0.95 - 1.0 / 0.95
    assert least(world, True) == pytest.approx(-stored * 19.0, abs=0.05)


def test_a_car_takes_no_more_than_it_holds_and_pays_for_what_it_lacks() -> None:
    stays = (Stay(0.0, HOUR, 0.0, 5_000.0), Stay(2 * HOUR, 9 * HOUR, 5_000.0, 0.0))
    car = Car(capacity_wh=20_000.0, initial_soc_percent=95.0, efficiency=1.0, stays=stays)
    world = World(steady(2.0, 4000.0, 500.0), {"carport": car}, tariff=TARIFF)
    # 1 kWh of room in the first hour; the rest of the sun is sold.
    assert least(world) == pytest.approx(-(1.0 * 19.0 + 6.0 * 8.0), abs=0.05)
    # At 5 % it lacks 4 kWh for the trip and as many for the reserve; 3.5 kWh of them are from the sun.
    low = replace(world, cars={"carport": replace(car, initial_soc_percent=5.0)})
    assert least(low) == pytest.approx(-(3.5 * 19.0 + 3.5 * 8.0), abs=0.05)


def test_no_car_charges_under_its_least_power() -> None:
    # 690 W of sun are half of 6 A: the other half is bought at 30 ct, or all is sold.
    world = World(steady(1.0, 690.0, 0.0), tariff=Tariff(30.0, 8.0, 25.0))
    assert least(world) == pytest.approx(-1.38 * 25.0 + 0.69 * 30.0)
    world = World(steady(1.0, 690.0, 0.0), tariff=Tariff(30.0, 8.0, 15.0))
    assert least(world) == pytest.approx(-0.69 * 8.0)


def test_sun_in_bursts_is_not_averaged_away() -> None:
    # A minute of 1380 W, a minute of nothing: all of it can go into the car, at its least power and never bought.
    world = World(rows([1500.0] * 60, [120.0, 1500.0] * 30), tariff=Tariff(30.0, 8.0, 15.0))
    assert least(world) == pytest.approx(-0.69 * 15.0)


def test_ticks_that_are_nearly_alike_may_still_be_told_apart() -> None:
    # From 941 W of sun on, charging with 1380 W is the better; taken as their mean, 936 and 946 W would gain less.
    world = World(rows([2000.0] * 60, [1064.0, 1054.0] * 30), tariff=Tariff(30.0, 8.0, 15.0))
    apart = -(0.5 * 0.936 * 8.0 + 0.5 * (1.38 * 15.0 - (1.38 - 0.946) * 30.0))
    assert apart - 0.06 < least(world) <= apart + 1e-9


def test_a_price_that_falls() -> None:
    # The half kWh is used in the dear hour and bought again in the cheap one: it is worth 12.5 ct a kWh at the end.
    full = {"cellar": BatterySpec("cellar", capacity_wh=500.0, initial_soc_percent=100.0)}
    series = rows([0.0] * 120, [1000.0] * 120, 60.0, [40.0] * 60 + [10.0] * 60)
    world = World(series, {"carport": Car(stays=())}, full, Tariff(None, 0.0, None))
    expected = (1.0 - 0.5 * 0.95) * 40.0 + 10.0 + 0.5 / 0.95 * 10.0
    assert least(world, True) == pytest.approx(expected, abs=0.05)


def test_import_cheaper_than_feed_in() -> None:
    # Each kWh of the battery is sold at 8 and bought back at 2: it goes down in the first hour and up in the second.
    full = {"cellar": BatterySpec("cellar", capacity_wh=4_000.0, initial_soc_percent=100.0)}
    cars = {"carport": Car(stays=())}
    series = rows([0.0] * 120, [0.0] * 120, 60.0, [2.0] * 120)
    found = least(World(series, cars, full, Tariff(None, 8.0, None)), True)
    once = -4.0 * 0.95 * 8.0 + 4.0 / 0.95 * 2.0
    assert found <= once + 0.01


def test_prices_count_where_the_result_counts_them() -> None:
    # The dear hour has no PV reading: nobody simulates it, and its price is in no mean.
    gap = rows([3000.0] * 60 + [NAN] * 60, [0.0] * 120, 60.0, [20.0] * 60 + [100.0] * 60)
    world = World(gap, tariff=Tariff(None, 8.0, None))
    result = simulate(plan(SURPLUS, False), world)
    assert result.mean_import_ct == 20.0
    assert least(world) == pytest.approx(-3.0 * 20.0)
    # Nor is one that nobody knows.
    unpriced = World(rows([3000.0] * 120, [0.0] * 120, 60.0, [20.0] * 60 + [NAN] * 60), tariff=Tariff(None, 8.0, None))
    result = simulate(plan(SURPLUS, False), unpriced)
    found = bound(site(False), unpriced, [result])
    assert found is not None
    assert result.total_cost_ct is not None
    share = found.reached(result.total_cost_ct)
    assert share is not None
    assert share <= 1.0


@pytest.mark.parametrize("battery", [False, True])
@pytest.mark.parametrize("rules", [SURPLUS, FAST])
@pytest.mark.parametrize("trips", ["", "mon 07:30-13:00 9kWh"])
def test_nothing_beats_it(battery: bool, rules: str, trips: str) -> None:
    car = Car(trips=(parse_trip(trips),)) if trips else Car()
    world = World(sunny(15.0), {"carport": car}, tariff=TARIFF, tick_s=20.0)
    result = simulate(plan(rules, battery), world)
    found = bound(site(battery), world, [result])
    assert found is not None
    assert result.total_cost_ct is not None
    assert least(world, battery, result) <= result.total_cost_ct + slack_ct(result)
    share = found.reached(result.total_cost_ct)
    assert share is not None
    assert share <= 1.0
    if rules == SURPLUS and not battery:
        assert share > 0.9


def slack_ct(result: Result) -> float:
    """In a tick in which charging starts or ends the car takes less than its least power, which the bound forbids."""
    return 0.05 * (result.starts + result.switches) + 1e-6


@pytest.mark.parametrize("full", [40.0, 90.0, 95.0, 99.0])
def test_nothing_beats_it_where_the_car_gets_full(full: float) -> None:
    car = Car(trips=(parse_trip("mon,tue 16:00-18:00 4kWh"),), initial_soc_percent=full)
    world = World(sunny(48.0), {"carport": car}, tariff=TARIFF, tick_s=30.0)
    result = simulate(plan(SURPLUS), world)
    assert result.total_cost_ct is not None
    assert least(world, True, result) <= result.total_cost_ct + 1e-6


HOUSES = st.fixed_dictionaries(
    {
        "pv": st.lists(st.one_of(st.floats(0.0, 9000.0), st.just(NAN)), min_size=12, max_size=12),
        "load": st.lists(st.floats(0.0, 5000.0), min_size=12, max_size=12),
        "price": st.lists(st.one_of(st.floats(-10.0, 60.0), st.just(NAN)), min_size=12, max_size=12),
        "minutes": st.sampled_from([1, 3, 5, 10, 20]),
        "battery": st.booleans(),
        "soc": st.floats(0.0, 100.0),
        "car": st.one_of(st.none(), st.floats(0.0, 100.0)),
        "leaves": st.floats(0.0, 1.0),
        "away": st.floats(0.0, 0.5),
        "used": st.floats(0.0, 20_000.0),
        "rules": st.sampled_from([SURPLUS, FAST, OFF]),
    }
)


@given(HOUSES)
@settings(max_examples=one_in(2), deadline=None)
def test_nothing_beats_it_in_any_house(house: dict[str, Any]) -> None:
    series = rows(house["pv"], house["load"], 60.0 * house["minutes"], house["price"])
    cars = {}
    if house["car"] is not None:
        leaves_s = house["leaves"] * series.duration_s
        back_s = leaves_s + 60.0 + house["away"] * series.duration_s
        stays = (Stay(0.0, leaves_s, 0.0, house["used"]), Stay(back_s, float("inf"), house["used"], 0.0))
        cars["carport"] = Car(capacity_wh=25_000.0, initial_soc_percent=house["car"], stays=stays)
    cellar = {"cellar": BatterySpec("cellar", capacity_wh=3_000.0, initial_soc_percent=house["soc"])}
    world = World(series, cars, cellar, Tariff(None, 8.0, 19.0), tick_s=30.0)
    result = simulate(plan(house["rules"], house["battery"]), world)
    if result.total_cost_ct is None:
        return
    found = least_cost_ct(site(house["battery"]), world, result)
    assert found is not None
    assert found <= result.total_cost_ct + slack_ct(result)


def test_what_has_been_reached_can_be_reached() -> None:
    world = World(steady(1.0, 4000.0, 500.0), tariff=TARIFF)
    result = simulate(plan(OFF, False), world)
    cheaper = replace(result, cost_ct=-100.0)
    found = bound(site(False), world, [result, cheaper])
    assert found is not None
    assert found.total_cost_ct == cheaper.total_cost_ct


def test_what_it_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(sunny(2.0), tariff=TARIFF)
    result = simulate(plan(OFF), world)
    with pytest.raises(StudyError, match="needs prices"):
        bound(site(), world, [replace(result, mean_import_ct=None)])
    with pytest.raises(StudyError, match="one charger"):
        bound(Site(), world, [result])
    real = importlib.import_module

    def without(name: str) -> Any:
        if name == "numpy":
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr("optimizer.study.bound.import_module", without)
    with pytest.raises(StudyError, match="-m pip install 'numpy>="):
        bound(site(), world, [result])


def test_it_can_be_stopped() -> None:
    world = World(sunny(30.0), tariff=TARIFF, tick_s=60.0)
    assert bound(site(), world, [simulate(plan(OFF), world)], lambda part: part < 0.1) is None


def test_nothing_to_reach() -> None:
    assert Bound(5.0, 5.0).reached(5.0) is None
    # A tenth of a cent is could save almost nothing, and neither is a share of it.
    assert Bound(299.9, 300.0).reached(1131.0) is None
    assert Bound(-0.1, 0.0).reached(0.0) is None
    assert Bound(290.0, 300.0).reached(295.0) == pytest.approx(0.5)


def test_time_without_data_counts_nothing() -> None:
    day = sunny(6.0, start=START + timedelta(hours=8))
    whole = least(World(day, tariff=TARIFF))
    holes = replace(day, pv_w=array("d", day.pv_w))
    holes.pv_w[100:200] = array("d", [NAN] * 100)
    assert least(World(holes, tariff=TARIFF)) == pytest.approx(whole * 260 / 360, rel=0.05)
