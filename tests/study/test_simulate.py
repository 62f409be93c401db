"""The simulation: energies balance, sources add up, figures are those of the physics."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.study.house.car import Car, parse_trip
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import Series, StudyError
from optimizer.study.simulate import simulate
from optimizer.twin.battery import BatterySpec
from tests.study.scene import FAST, OFF, START, plan, sunny

MIDDAY = START + timedelta(hours=8)
SIX_HOURS = sunny(6.0, start=MIDDAY)
PRICES = Tariff(30.0, 8.0, 22.0)


def test_the_car_follows_the_sun_and_energies_balance() -> None:
    result = simulate(plan(), World(SIX_HOURS, tariff=PRICES, pvs=("roof",)))
    assert result.complete
    assert result.ticks == 2160
    assert result.ev_wh > 0.8 * (result.pv_wh - result.home_wh)
    assert result.starts == 1
    stored_wh = result.stored_wh[1] - result.stored_wh[0]
    losses_wh = 0.1 * result.throughput_wh
    balance_wh = result.pv_wh + result.import_wh - result.home_wh - result.ev_wh - result.export_wh - stored_wh
    assert abs(balance_wh) < losses_wh + 1.0
    assert result.ev_surplus_wh + result.ev_battery_wh + result.ev_grid_wh == pytest.approx(result.ev_wh)
    # What the car took instead of the battery has to be bought later.
    assert result.ev_grid_wh > result.import_wh - result.import_without_wh


def test_without_a_battery_hardly_anything_is_bought() -> None:
    result = simulate(plan(battery=False), World(SIX_HOURS))
    assert result.ev_grid_wh < 0.03 * result.ev_wh


def test_twice_the_same() -> None:
    world = World(SIX_HOURS, tariff=PRICES, tick_s=30.0)
    assert simulate(plan(), world) == simulate(plan(), world)


def test_quarter_hours_add_up_to_the_totals() -> None:
    result = simulate(plan(), World(SIX_HOURS, tariff=PRICES))
    for name, total in {
        "pv_wh": result.pv_wh,
        "home_wh": result.home_wh,
        "ev_wh": result.ev_wh,
        "import_wh": result.import_wh,
        "export_wh": result.export_wh,
        "cost_ct": result.cost_ct,
    }.items():
        assert sum(result.slots[name]) == pytest.approx(total), name
    assert {result.rule_names[index] for index in result.slot_rules} == {"defaults"}
    assert result.rules["defaults"].ev_wh == pytest.approx(result.ev_wh)
    assert result.rules["defaults"].seconds == pytest.approx(6 * 3600.0)


def test_without_a_claim_nothing_is_charged() -> None:
    result = simulate(plan(OFF), World(SIX_HOURS))
    assert result.ev_wh == 0.0
    assert result.ev_grid_wh == 0.0
    assert result.cost_ct is None
    assert result.total_cost_ct is None


def test_energy_from_the_grid_is_import_with_the_car_minus_import_without() -> None:
    night = sunny(3.0, start=START)
    result = simulate(plan(FAST, battery=False), World(night))
    assert result.ev_wh == pytest.approx(3 * 11_040.0, rel=0.01)
    assert result.ev_grid_wh == pytest.approx(result.ev_wh)
    assert result.import_without_wh == pytest.approx(3 * 400.0)


def test_a_battery_that_the_car_empties_counts_as_import_to_come() -> None:
    full = {"cellar": BatterySpec("cellar", initial_soc_percent=100.0)}
    site = plan(FAST).site
    free = replace(site.batteries["cellar"], can_bound_discharge=False)
    open_plan = replace(plan(FAST), site=replace(site, batteries={"cellar": free}))
    result = simulate(open_plan, World(sunny(1.0, start=START), batteries=full))
    assert result.ev_drained_wh > 4_000.0
    assert result.ev_grid_wh == pytest.approx(result.ev_wh, rel=0.02)


def test_a_battery_that_is_held_while_the_car_charges_has_what_the_home_bought_instead() -> None:
    full = {"cellar": BatterySpec("cellar", initial_soc_percent=80.0)}
    held = FAST + "rules:\n  - id: hold\n    when: battery.soc > 0%\n    limit:\n      battery.discharge_w: 0W\n"
    result = simulate(plan(held), World(sunny(3.0, start=START), batteries=full))
    # 3 h of 400 W came from the grid and are still in the battery: the car has bought its own energy and no more.
    assert result.import_wh - result.import_without_wh == pytest.approx(result.ev_wh + 1200.0, rel=0.01)
    assert result.ev_grid_wh == pytest.approx(result.ev_wh, abs=20.0)
    assert result.ev_surplus_wh == pytest.approx(0.0, abs=20.0)


def test_feed_in_is_paid_while_the_price_of_import_is_unknown() -> None:
    prices = array("d", [20.0] * 60 + [math.nan] * 60)
    series = Series("export", START, 60.0, array("d", [3000.0] * 120), array("d", [0.0] * 120), prices)
    result = simulate(plan(OFF, battery=False), World(series, tariff=Tariff(None, 8.0)))
    assert result.cost_ct == pytest.approx(-2 * 3.0 * 8.0)
    assert result.cost_without_ct == pytest.approx(-2 * 3.0 * 8.0)


def test_prices_by_interval() -> None:
    night = sunny(2.0, start=START)
    priced = replace(night, price_ct=array("d", [10.0] * 60 + [40.0] * 60))
    result = simulate(plan(OFF, battery=False), World(priced))
    assert result.cost_ct == pytest.approx(0.4 * 10.0 + 0.4 * 40.0)
    assert result.mean_import_ct == pytest.approx(25.0)
    unpriced = replace(night, price_ct=array("d", [10.0] * 60 + [math.nan] * 60))
    result = simulate(plan(OFF, battery=False), World(unpriced))
    assert result.cost_ct == pytest.approx(4.0)
    assert any("without a price" in note for note in result.notes)


def test_time_without_data_is_left_out_and_said() -> None:
    gap = replace(SIX_HOURS, pv_w=array("d", SIX_HOURS.pv_w))
    for row in range(60, 120):
        gap.pv_w[row] = math.nan
    result = simulate(plan(), World(gap))
    assert result.skipped_s == 3600.0
    assert result.ticks == 2160 - 360
    assert any("left out" in note for note in result.notes)
    assert [math.isnan(wh) for wh in result.slots["ev_wh"]] == [4 <= k < 8 for k in range(24)]


def test_stopped_in_the_middle_keeps_what_is_done() -> None:
    result = simulate(plan(OFF), World(sunny(72.0), tick_s=60.0), watch=lambda part: part < 0.5)
    assert not result.complete
    assert result.end == START + timedelta(days=2)
    assert result.pv_wh > 0.0
    assert math.isnan(result.slots["pv_wh"][-1])


def test_the_car_on_its_trips() -> None:
    car = Car(initial_soc_percent=20.0, trips=(parse_trip("mon-sun 18:00-22:00 6kWh"),))
    result = simulate(plan(), World(sunny(42.0), cars={"carport": car}, tick_s=30.0))
    assert result.visits == 2
    assert len(result.waits_h) == 2
    # It is back at 22:00 with what it had left in the evening, which is enough.
    assert 6.0 < result.waits_h[0] < 12.0
    assert result.waits_h[1] == 0.0
    assert result.shortfall_wh == 0.0


def test_a_tick_that_does_not_fit_is_refused() -> None:
    with pytest.raises(StudyError, match="quarter hour"):
        simulate(plan(), World(SIX_HOURS, tick_s=7.0))
