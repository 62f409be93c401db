"""The journal as counterfactual input: PV and load as they were, the car's visits, nothing of what was decided."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.control.decide import decide
from optimizer.control.memory import initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.study.car import Car, parse_trip
from optimizer.study.house import VirtualHouse, World
from optimizer.study.recorded import recorded_car, recorded_series
from tests.study.scene import START, plan, sunny

HOURS = 6.0
BEGIN = START + timedelta(hours=9)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hours of a house whose car is away from 11:00 to 13:00 UTC."""
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    rules = plan()
    car = Car(initial_soc_percent=50.0, trips=(parse_trip("mon 13:00-15:00 4kWh"),))
    world = World(sunny(HOURS, start=BEGIN), cars={"carport": car}, pvs=("roof",), tick_s=20.0)
    house = VirtualHouse(rules.site, world)
    memory = initial_memory(rules)
    writer = Journal(path)
    for pv_w, load_w, _ in world.series.ticks(20.0):
        state = house.step(pv_w, load_w, None)
        decision, memory, verdict = decide(state, memory, rules)
        house.obey(decision)
        writer.on_tick(TickReport(state, decision, verdict, 0.001, 1, 0, book_version="x", memory=memory))
        if int(house.t_s) % 3600 == 0:
            assert writer.flush()
    writer.close()
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
    car, note = recorded_car(reader, "carport", series, Car())
    assert car.stays is not None
    first, second = car.stays
    assert first.arrives_s == 0.0
    assert abs(first.leaves_s - 2 * 3600.0) <= 600.0
    assert abs(second.arrives_s - 4 * 3600.0) <= 600.0
    assert second.leaves_s == float("inf")
    assert first.used_wh > 3000.0
    assert first.next_wh == second.used_wh
    assert "not known" in note
