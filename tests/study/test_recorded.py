"""The journal as counterfactual input: PV and load as they were, the car's visits, nothing of what was decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.model.fields import DeviceNames
from optimizer.model.site import ChargerSite, Site
from optimizer.rules.book.files import book_from_texts
from optimizer.study.house.car import Car, Stay, parse_trip
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.recorded import recorded_batteries, recorded_cars, recorded_series
from optimizer.twin.battery import BatterySpec
from tests.study.scene import FAST, START, ZONE, plan, sunny

HOURS = 6.0
BEGIN = START + timedelta(hours=9)


def record(path: Path, rules: Plan, world: World) -> VirtualHouse:
    """The house in motion, with its journal."""
    house = VirtualHouse(rules.site, world)
    memory = initial_memory(rules)
    writer = Journal(path)
    for pv_w, load_w, _ in world.series.ticks(world.tick_s):
        state = house.step(pv_w, load_w)
        decision, memory, verdict, _ = decide(state, memory, rules)
        house.obey(decision)
        writer.on_tick(TickReport(state, decision, verdict, 0.001, 1, 0, book_version="x", memory=memory))
        if int(house.t_s) % 3600 == 0:
            assert writer.flush()
    writer.close()
    return house


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hours of a house whose car is away from 11:00 to 13:00 UTC, and whose battery begins with 55 % of 8 kWh."""
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    car = Car(initial_soc_percent=50.0, trips=(parse_trip("mon 13:00-15:00 4kWh"),))
    battery = BatterySpec("cellar", 8000.0, initial_soc_percent=55.0)
    series = sunny(HOURS, start=BEGIN)
    record(path, plan(), World(series, {"carport": car}, {"cellar": battery}, pvs=("roof",), tick_s=20.0))
    return path


def test_sun_and_load_come_back(journal: Path) -> None:
    reader = JournalReader(journal)
    series = recorded_series(reader, BEGIN, BEGIN + timedelta(hours=HOURS))
    truth = sunny(HOURS, start=BEGIN)
    assert len(series.pv_w) == len(truth.pv_w)
    for row in range(5, 355, 10):
        assert series.pv_w[row] == pytest.approx(truth.pv_w[row], abs=15.0)
        assert series.load_w[row] == pytest.approx(400.0, abs=2.0)


def test_the_car_was_there_twice_and_came_home_as_empty_as_it_was_charged(journal: Path) -> None:
    reader = JournalReader(journal)
    series = recorded_series(reader, BEGIN, BEGIN + timedelta(hours=HOURS))
    cars, (note,) = recorded_cars(reader, series, {"carport": Car()})
    car = cars["carport"]
    assert car.stays is not None
    first, second = car.stays
    assert first.arrives_s == 0.0
    assert abs(first.leaves_s - 2 * 3600.0) <= 600.0
    assert abs(second.arrives_s - 4 * 3600.0) <= 600.0
    assert second.leaves_s == float("inf")
    assert first.used_wh > 3000.0
    assert first.next_wh == second.used_wh
    assert "not known" in note


def test_of_two_chargers_each_has_its_own_energy(tmp_path: Path) -> None:
    names = DeviceNames(("carport", "street"), (), ("roof",))
    site = Site(zone=ZONE, fuse_a=63.0, chargers={name: ChargerSite(name) for name in names.evs})
    rules = Plan(site, book_from_texts({"r.yaml": FAST}, names, ZONE))
    stay = Stay(0.0, float("inf"), 0.0, 0.0)
    cars = {
        "carport": Car(stays=(stay,)),
        "street": Car(stays=(replace(stay, arrives_s=1800.0),), phases=1, max_current_a=10.0),
    }
    house = record(tmp_path / "journal.db", rules, World(sunny(2.0), cars, pvs=("roof",), tick_s=30.0))
    truth = {stall.site.name: stall.charger.total_wh for stall in house.stalls}
    assert truth["carport"] > 4.0 * truth["street"] > 0.0
    reader = JournalReader(tmp_path / "journal.db")
    series = recorded_series(reader, START, START + timedelta(hours=2))
    found, _ = recorded_cars(reader, series, {name: Car() for name in truth})
    for name, car in found.items():
        assert car.stays is not None
        assert sum(one.used_wh for one in car.stays) / car.efficiency == pytest.approx(truth[name], rel=0.02), name
    # One of them is no more: what it took is not the other's.
    alone, _ = recorded_cars(reader, series, {"street": Car()})
    assert alone["street"] == found["street"]


def test_the_batteries_begin_as_they_were(journal: Path) -> None:
    reader = JournalReader(journal)
    whole = recorded_series(reader, BEGIN, BEGIN + timedelta(hours=HOURS))
    stored = recorded_batteries(reader, whole)["cellar"]
    assert stored.soc_percent == pytest.approx(55.0, abs=1.0)
    assert stored.capacity_wh == 8000.0
    later = replace(whole, start=BEGIN + timedelta(days=3))
    assert recorded_batteries(reader, later) == {}
