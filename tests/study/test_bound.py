"""The bound: right where the best is known by hand, never beaten by the rules, near them where nothing is unknown."""

from __future__ import annotations

import importlib
from array import array
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from optimizer.model.site import Site
from optimizer.study.bound import Bound, bound
from optimizer.study.car import Car, Stay, parse_trip
from optimizer.study.house import Tariff, World
from optimizer.study.series import Series, StudyError
from optimizer.study.simulate import simulate
from optimizer.twin.battery import BatterySpec
from tests.study.scene import FAST, START, SURPLUS, plan, site, sunny

TARIFF = Tariff(30.0, 8.0, 19.0)
HOUR = 3600.0


def steady(hours: float, pv_w: float, load_w: float) -> Series:
    rows = round(hours * 60)
    return Series("steady", START, 60.0, array("d", [pv_w] * rows), array("d", [load_w] * rows))


def test_an_hour_of_even_sun() -> None:
    world = World(steady(1.0, 4000.0, 500.0), tariff=TARIFF)
    found = bound(site(False), world, -28.0)
    assert found is not None
    # 3.5 kWh go into the car at 19 ct each instead of onto the grid at 8.
    assert found.total_cost_ct == pytest.approx(-3.5 * 19.0)
    assert found.reached(-28.0) == 0.0
    assert found.reached(found.total_cost_ct) == pytest.approx(1.0)


def test_buying_pays_where_elsewhere_is_dearer() -> None:
    found = bound(site(False), World(steady(1.0, 0.0, 500.0), tariff=Tariff(20.0, 8.0, 40.0)), 0.0)
    assert found is not None
    assert found.total_cost_ct == pytest.approx(0.5 * 20.0 - 11.04 * (40.0 - 20.0))


def test_a_battery_carries_the_sun_into_the_evening() -> None:
    rows = 120
    pv = array("d", [3000.0] * rows + [0.0] * rows)
    series = Series("two halves", START, 60.0, pv, array("d", [500.0] * (2 * rows)))
    empty = {"cellar": BatterySpec("cellar", initial_soc_percent=0.0)}
    world = World(series, {"carport": Car(stays=())}, empty, TARIFF)
    found = bound(site(), world, 0.0)
    assert found is not None
    # 5 kWh of surplus: 4.75 are stored (worth 19 ct each at the end), 1.05 of them supply the evening at 30 ct.
    stored = 5.0 * 0.95 - 1.0 / 0.95
    assert found.total_cost_ct == pytest.approx(-stored * 19.0, abs=1.0)


def test_a_car_takes_no_more_than_it_holds_and_pays_for_what_it_lacks() -> None:
    stays = (Stay(0.0, HOUR, 0.0, 5_000.0), Stay(2 * HOUR, 9 * HOUR, 5_000.0, 0.0))
    car = Car(capacity_wh=20_000.0, initial_soc_percent=95.0, efficiency=1.0, stays=stays)
    world = World(steady(2.0, 4000.0, 500.0), {"carport": car}, tariff=TARIFF)
    found = bound(site(False), world, 0.0)
    assert found is not None
    # 1 kWh of room in the first hour; the rest of the sun is sold.
    assert found.total_cost_ct == pytest.approx(-(1.0 * 19.0 + 6.0 * 8.0), abs=1.5)


@pytest.mark.parametrize("battery", [False, True])
@pytest.mark.parametrize("rules", [SURPLUS, FAST])
@pytest.mark.parametrize("trips", ["", "mon 07:30-13:00 9kWh"])
def test_nothing_beats_it(battery: bool, rules: str, trips: str) -> None:
    car = Car(trips=(parse_trip(trips),)) if trips else Car()
    world = World(sunny(15.0), {"carport": car}, tariff=TARIFF, tick_s=20.0)
    result = simulate(plan(rules, battery), world)
    assert result.total_cost_ct is not None
    assert result.without_car_ct is not None
    found = bound(site(battery), world, result.without_car_ct)
    assert found is not None
    assert found.total_cost_ct <= result.total_cost_ct + 0.5
    share = found.reached(result.total_cost_ct)
    assert share is not None
    if rules == SURPLUS and not battery:
        assert share > 0.9


def test_what_it_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(sunny(2.0), tariff=TARIFF)
    with pytest.raises(StudyError, match="needs prices"):
        bound(site(), replace(world, tariff=Tariff()), 0.0)
    with pytest.raises(StudyError, match="one charger"):
        bound(Site(), world, 0.0)
    real = importlib.import_module

    def without(name: str) -> Any:
        if name == "numpy":
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr("optimizer.study.bound.import_module", without)
    with pytest.raises(StudyError, match=r"optimizer\[study\]"):
        bound(site(), world, 0.0)


def test_it_can_be_stopped() -> None:
    assert bound(site(), World(sunny(30.0), tariff=TARIFF), 0.0, lambda part: part < 0.1) is None


def test_nothing_to_reach() -> None:
    assert Bound(5.0, 5.0, 300.0).reached(5.0) is None


def test_time_without_data_counts_nothing() -> None:
    day = sunny(6.0, start=START + timedelta(hours=8))
    whole = bound(site(False), World(day, tariff=TARIFF), 0.0)
    holes = replace(day, pv_w=array("d", day.pv_w))
    holes.pv_w[100:200] = array("d", [float("nan")] * 100)
    part = bound(site(False), World(holes, tariff=TARIFF), 0.0)
    assert whole is not None
    assert part is not None
    assert part.total_cost_ct == pytest.approx(whole.total_cost_ct * 260 / 360, rel=0.05)
