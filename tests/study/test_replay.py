"""Replay: a recorded day, decided again to identity; and what is said when it is not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from optimizer.control.decide import decide
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.schema import to_ms
from optimizer.journal.setup import Setup
from optimizer.journal.writer import Journal
from optimizer.rules.book.overrides import Override, merged
from optimizer.study.house.car import Car, parse_trip
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.input.generate import generate
from optimizer.study.input.series import StudyError
from optimizer.study.plans import Plans
from optimizer.study.replay import replay
from optimizer.twin.sun import Place, Roof
from tests.study.scene import NAMES, START, SURPLUS, plan, site, sunny

RULES = """
version: 1
defaults:
  ev.mode: surplus
  ev.phases: auto
rules:
  - id: battery-first
    when: battery.soc < 45%
    until: battery.soc >= 50%
    claim:
      surplus.priority: battery_first
  - id: sun-lasts
    when: avg(pv.power_w, 10min) > 2kW
    for: 2min
    keep_for: 5min
    claim:
      ev.mode: min_surplus
  - id: evening
    schedule: {cron: "0 20 * * *", lasts: 2h}
    limit:
      battery.discharge_w: 300W
"""
DAY = timedelta(days=1)
TODAY = Setup(site(), Params(), NAMES)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A day of changing clouds under rules with timers, averages and windows; an override in the afternoon."""
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    rules = plan(RULES)
    car = Car(trips=(parse_trip("mon 07:30-12:00 9kWh"),))
    series = generate(Place(), Roof(), START, 1.0, seed=5)
    house = VirtualHouse(rules.site, World(series, cars={"carport": car}, pvs=("roof",), tick_s=30.0))
    memory = initial_memory(rules)
    writer = Journal(path)
    writer.remember_book(rules.book.version, {"rules.yaml": RULES}, 0)
    for pv_w, load_w, _ in series.ticks(30.0):
        state = house.step(pv_w, load_w)
        if house.t_s == 15 * 3600.0:
            fast = Override("ev.carport.mode", "fast", state.now + timedelta(minutes=40))
            memory = memory._replace(overrides=merged(memory.overrides, fast))
        decision, memory, verdict, _ = decide(state, memory, rules)
        house.obey(decision)
        report = TickReport(state, decision, verdict, 0.001, 1, 0, book_version=rules.book.version, memory=memory)
        writer.on_tick(report)
        if int(house.t_s) % 3600 == 0:
            assert writer.flush()
    writer.close()
    assert writer.dropped == 0
    return path


def test_a_recorded_day_is_decided_again_identically(journal: Path) -> None:
    reader = JournalReader(journal)
    seen: list[float] = []
    found = replay(reader, TODAY, START, START + DAY, lambda part: not seen.append(part))
    assert (found.ticks, found.identical, found.differences) == (2880, 2880, [])
    assert found.complete
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_other_settings_show_as_differences(journal: Path) -> None:
    reader = JournalReader(journal)
    lower = replace(site(), chargers={"carport": replace(site().chargers["carport"], max_current_a=10.0)})
    morning = START + timedelta(hours=5)
    found = replay(reader, replace(TODAY, site=lower), morning, morning + timedelta(hours=9), lambda _: True)
    assert 0 < found.differing < found.ticks
    ours = [one for one in found.differences if one.subject == "ev.carport"]
    assert any("16.0 A" in one.recorded and "10.0 A" in one.decided for one in ours)


def test_a_part_of_the_day_and_an_early_end(journal: Path) -> None:
    reader = JournalReader(journal)
    noon = START + timedelta(hours=12)
    assert replay(reader, TODAY, noon, noon + timedelta(minutes=10), lambda _: True).ticks == 21
    stopped = replay(reader, TODAY, noon, noon + timedelta(hours=2), lambda part: part < 0.5)
    assert not stopped.complete
    assert 100 < stopped.ticks < 140


def test_rules_that_are_not_on_record_are_said(journal: Path, tmp_path: Path) -> None:
    without = tmp_path / "journal.db"
    shutil.copy(journal, without)
    with closing(sqlite3.connect(without)) as db, db:
        db.execute("DELETE FROM book")
    found = replay(JournalReader(without), TODAY, START, START + timedelta(minutes=10), lambda _: True)
    assert found.ticks == 0
    assert sum(found.without_rules.values()) == 20


def test_the_settings_and_the_memory_of_then_are_taken(tmp_path: Path) -> None:
    """Two runs of the service, the second with the memory of the first and other settings; none are today's."""
    path = tmp_path / "journal.db"
    memory = record_hour(path, TODAY, START + timedelta(hours=9), None)
    record_hour(path, replace(TODAY, params=Params(grid_target_w=-700.0)), START + timedelta(hours=10), memory)
    charger = replace(site().chargers["carport"], max_current_a=7.0)
    today = replace(TODAY, site=replace(site(), chargers={"carport": charger}))
    found = replay(JournalReader(path), today, START, START + DAY, lambda _: True)
    assert (found.ticks, found.identical, found.differences, found.todays) == (240, 240, [], 0)

    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM setup")
    found = replay(JournalReader(path), today, START, START + DAY, lambda _: True)
    assert (found.ticks, found.todays) == (240, 240)
    assert any("8.0 A" in one.recorded and "7.0 A" in one.decided for one in found.differences)


def record_hour(path: Path, setup: Setup, start: datetime, memory: Memory | None) -> Memory:
    """One run of the service, on a sunny hour."""
    rules = Plan(setup.site, plan(SURPLUS).book, setup.params)
    memory = memory or initial_memory(rules)
    series = sunny(1.0, start=start)
    house = VirtualHouse(setup.site, World(series, pvs=NAMES.pvs, tick_s=30.0))
    writer = Journal(path)
    writer.begin(setup, memory, to_ms(start))
    writer.remember_book(rules.book.version, {"rules.yaml": SURPLUS}, to_ms(start))
    for pv_w, load_w, _ in series.ticks(30.0):
        state = house.step(pv_w, load_w)
        decision, memory, verdict, _ = decide(state, memory, rules)
        house.obey(decision)
        report = TickReport(state, decision, verdict, 0.001, 1, 0, book_version=rules.book.version, memory=memory)
        writer.on_tick(report)
    writer.close()
    return memory


def test_recorded_rules_that_do_not_fit_any_more(tmp_path: Path) -> None:
    writer = Journal(tmp_path / "journal.db")
    writer.remember_book("old", {"rules.yaml": "version: 1\nrules:\n  - id: x\n    when: ev.garage.charging\n"}, 0)
    writer.flush()
    writer.close()
    with pytest.raises(StudyError, match=r"(?s)recorded as old do not fit.*garage"):
        Plans(JournalReader(tmp_path / "journal.db"), TODAY).of("old", START)
