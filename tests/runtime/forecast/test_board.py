"""The forecast of ticks: sources together, three-valued energies, the background, and mistakes that cost no tick."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from optimizer.journal.chart import Point
from optimizer.journal.kept_file import KeptFiles
from optimizer.journal.schema import JournalError
from optimizer.model.calendar import local_day, quarter_hours
from optimizer.model.series import Series, Slot
from optimizer.model.state import NO_FORECAST
from optimizer.model.tasks import end_tasks
from optimizer.model.upcoming import upcoming
from optimizer.runtime.forecast import board as boards
from optimizer.runtime.forecast.board import ForecastBoard
from optimizer.runtime.forecast.past import PastRecord
from optimizer.runtime.series_cache import SeriesCache
from optimizer.sources.forecast.table import ForecastPlan, Record
from tests.runtime.forecast.services import BERLIN, MORNING, PLACE, Rig
from tests.virtual_time import VirtualClock, virtually

PLAN = ForecastPlan(BERLIN, PLACE, peak_w=9000.0, most_w=9000.0)
NO_RECORD = Record()
ASKED = tuple(upcoming(text) for text in ("today", "tomorrow", "until 18:00", "48h"))


def flat(days: int, power_w: float, until_s: float = MORNING.timestamp()) -> Series:
    """Quarter hours with one power over some days before `until_s`."""
    first_s = until_s - days * 86_400.0
    return Series.of(Slot(at_s, at_s + 900.0, power_w) for at_s in quarter_hours(first_s, until_s))


def board(folder: Path, plan: ForecastPlan = PLAN, record: Record = NO_RECORD) -> ForecastBoard:
    past = PastRecord(SeriesCache(KeptFiles(folder), "past.json", "record"), "a")
    past.record = record
    made = ForecastBoard(plan, past)
    made.answer(ASKED)
    return made


@virtually
async def test_ticks_read_the_energies_that_rules_ask_for(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    made = board(tmp_path, record=Record(home=flat(8, 300.0)))
    made.follow(rig.poller)
    before = made(clock.now(), 0.0)
    assert before.pv_wh["today"].why == "the PV forecast does not cover all of this time"
    assert before.home_wh["until 18:00"].value == pytest.approx(3000.0)
    task = asyncio.ensure_future(made.run(clock))
    await rig.poller.ask()
    made.forget()
    await clock.sleep(61.0)
    got = made(clock.now(), 61.0)
    await end_tasks([task])
    power = rig.poller.forecast.power
    assert got.pv_wh["tomorrow"].value == pytest.approx(power.integral_h(*local_day(rig.now_s, BERLIN, 1)))
    assert (got.pv_wh["until 18:00"].value or 0.0) < (got.pv_wh["today"].value or 0.0)
    assert (got.surplus_wh["today"].value or 0.0) < (got.pv_wh["today"].value or 0.0)
    assert got.pv_low_wh["today"].why == "the errors of the past days are not known yet"


@virtually
async def test_a_failing_service_is_the_reason_and_the_past_fills_what_is_missing(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    rig.exchange.fail = True
    await rig.poller.ask()
    made = board(tmp_path)
    made.follow(rig.poller)
    why = made(clock.now(), 0.0).pv_wh["today"].why
    assert why == "the PV forecast does not cover all of this time: nothing listens there"
    filled = board(tmp_path, record=Record(pv=flat(3, 700.0)))
    filled.follow(rig.poller)
    assert filled(clock.now(), 0.0).pv_wh["until 18:00"].value == pytest.approx(7000.0)
    strict = board(tmp_path, ForecastPlan(BERLIN, PLACE, 9000.0, 9000.0, fills_from_past=False), filled.record)
    strict.follow(rig.poller)
    assert not strict(clock.now(), 0.0).pv_wh["until 18:00"].known


def test_without_a_service_the_last_days_forecast_and_without_days_nothing_does(tmp_path: Path) -> None:
    made = board(tmp_path, ForecastPlan(BERLIN), Record(pv=flat(3, 700.0)))
    assert made(MORNING, 0.0).pv_wh["until 18:00"].value == pytest.approx(7000.0)
    assert made.table(MORNING.timestamp()).pv.source == "persistence"
    assert made(MORNING, 0.0).surplus_wh["today"].why == "the record of the past days does not cover this time of day"
    assert not board(tmp_path, ForecastPlan(BERLIN))(MORNING, 0.0).pv_wh["today"].known


def test_a_tick_without_questions_costs_nothing(tmp_path: Path) -> None:
    made = board(tmp_path)
    made.answer(())
    assert made(MORNING, 0.0) is NO_FORECAST


def test_a_mistake_in_the_calculation_makes_the_forecast_unknown_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(boards, "forecast_table", broken)
    assert not board(tmp_path)(MORNING, 0.0).pv_wh["today"].known
    assert "the forecast cannot be calculated" in caplog.text


@virtually
async def test_the_table_is_calculated_in_the_background_and_the_record_is_saved_at_the_end(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    made = board(tmp_path)
    made.follow(rig.poller)
    task = asyncio.ensure_future(made.run(clock))
    await clock.sleep(1.0)
    await rig.poller.ask()
    made.forget()
    await clock.sleep(1.0)
    first = made.table(rig.now_s)
    assert first.pv.slots
    assert made.table(rig.now_s) is first
    await clock.sleep(920.0)
    assert made.table(rig.now_s) is not first
    await end_tasks([task])
    assert (tmp_path / "past.json").exists()


@virtually
async def test_a_journal_fills_the_record_and_a_broken_one_is_no_matter(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)

    def minutes(start: datetime, end: datetime) -> list[Point]:
        first, last = (int(at.timestamp() // 60) for at in (start, end))
        return [Point(minute * 60_000, pv_w=500.0, home_w=200.0) for minute in range(first, last)]

    made = board(tmp_path)
    await clock.sleep(420.0)  # in the middle of a quarter hour
    await made.fill(clock, minutes, has_pv=True)
    now_s = MORNING.timestamp()
    assert made.record.pv.covers(now_s - 27 * 86_400.0, now_s)

    def broken(start: datetime, end: datetime) -> list[Point]:
        raise JournalError("no journal")

    other = board(tmp_path)
    await other.fill(clock, broken, has_pv=True)
    assert other.record.pv.slots == ()


@virtually
async def test_an_unexpected_error_of_the_journal_does_not_end_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = VirtualClock(MORNING)

    def broken(start: datetime, end: datetime) -> list[Point]:
        raise ZeroDivisionError

    made = board(tmp_path)
    task = asyncio.ensure_future(made.run(clock, broken))
    await clock.sleep(60.0)
    assert not task.done()
    assert "the journal cannot fill the record" in caplog.text
    await end_tasks([task])
