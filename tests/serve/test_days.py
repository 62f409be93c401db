"""Days: what is recorded of each local day, and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from optimizer.journal.days import Day, read_days
from optimizer.journal.writer import Journal
from optimizer.model.by_source import BySource
from optimizer.serve.days import Days, day_of
from optimizer.serve.energy import Books
from optimizer.serve.ledger import Ledger
from tests.serve.house import report
from tests.serve.prices import prices

USED = Books(consumed={"home": BySource(1.0, 2.0, 3.0), "ev.carport": BySource(grid=500.0)}, pv_wh=9.0, accounted_s=5.0)


class Follower:
    """A watcher of a ledger that the test sets."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = ledger or Ledger()
        self.kept: list[Day] = []
        self.days = Days(lambda: self.ledger, self.kept.append)
        self.mono_s = 1000.0

    def tick(self, ledger: Ledger | None = None, seconds: float = 5.0) -> None:
        self.ledger = ledger or self.ledger
        made = report()
        self.days.on_tick(replace(made, state=replace(made.state, mono_s=self.mono_s)))
        self.mono_s += seconds


def test_a_day_is_recorded_each_minute_and_once_more_at_its_end() -> None:
    follower = Follower()
    monday = Ledger().booked(USED, "2025-06-23", prices(30.0))
    for _ in range(13):
        follower.tick(monday)
    assert [day.day for day in follower.kept] == ["2025-06-23"] * 2
    later = monday.booked(replace(USED, pv_wh=20.0), "2025-06-23", prices(30.0))
    follower.tick(later)
    follower.tick(later.booked(replace(USED, pv_wh=21.0), "2025-06-24", prices(30.0)))
    assert [(day.day, day.pv_wh) for day in follower.kept[2:]] == [("2025-06-23", 20.0), ("2025-06-24", 1.0)]


def test_the_day_that_ended_while_the_service_was_off_is_recorded_at_the_start() -> None:
    monday = Ledger().booked(USED, "2025-06-23", prices(30.0))
    follower = Follower(monday)
    follower.tick(monday.booked(USED, "2025-06-24", prices(30.0)))
    assert follower.kept[0] == day_of(monday)


def test_nothing_is_recorded_before_the_first_day() -> None:
    follower = Follower()
    follower.tick()
    assert follower.kept == []


def test_the_figures_are_those_of_the_ledger() -> None:
    day = day_of(Ledger().booked(USED, "2025-06-23", prices(30.0)))
    assert (day.day, day.pv_wh, day.accounted_s) == ("2025-06-23", 9.0, 5.0)
    assert day.used_wh["home"] == BySource(1.0, 2.0, 3.0)
    assert day.used_ct["ev.carport"].grid == 15.0
    assert day.import_ct == 0.0


def test_the_journal_keeps_the_newest_state_of_each_day(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    for pv_wh in (1.0, 2.0):
        journal.keep_day(Day("2025-06-23", used_wh={"home": BySource(1.0)}, pv_wh=pv_wh, export_ct=None))
        journal.keep_day(Day("2025-06-24", pv_wh=pv_wh))
        assert journal.flush()
    journal.close()
    first, second = read_days(path, date(2025, 6, 1), date(2025, 6, 30))
    assert first == Day("2025-06-23", used_wh={"home": BySource(1.0)}, pv_wh=2.0)
    assert second.day == "2025-06-24"
    assert read_days(path, date(2025, 6, 24), date(2025, 6, 24)) == [second]


def test_a_journal_of_an_earlier_version_has_no_days(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    assert journal.flush()
    journal.close()
    assert read_days(path, date.min, date.max) == []


def test_a_clock_that_leaves_a_day_and_comes_back_loses_none_of_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    ledger = Ledger()
    days = Days(lambda: ledger, journal.keep_day)
    for hour, day in enumerate(["2025-06-23", "2025-06-23", "2025-06-22", "2025-06-23", "2027-06-23", "2025-06-23"], 1):
        books = replace(USED, pv_wh=100.0 * hour, accounted_s=3600.0 * hour)
        ledger = ledger.booked(books, day, prices(30.0))
        made = report()
        days.on_tick(replace(made, state=replace(made.state, mono_s=3600.0 * hour)))
    journal.flush()
    journal.close()
    parts = read_days(tmp_path / "journal.db", date.min, date.max)
    assert sum(part.pv_wh for part in parts) == 600.0
    assert sum(part.pv_wh for part in parts if part.day == "2025-06-23") == 400.0
    assert sum(part.accounted_s for part in parts) == 6 * 3600.0
