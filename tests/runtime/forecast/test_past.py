"""The record of the quarter hours: what counts as known, gaps, the disk, and the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.journal.chart import Point
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.reading import NOT_MEASURED, Reading, known
from optimizer.model.series import QUARTER_S, Series, Slot, constant
from optimizer.model.state import Grid, Pv, State
from optimizer.runtime.forecast.past import KEPT_S, MOST_QUARTERS, PastRecord
from optimizer.runtime.series_cache import SeriesCache
from tests.examples import one_in

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 6, 21, 12, tzinfo=BERLIN)
NOON_S = NOON.timestamp()


def state(after_s: float, pv: Reading[float], grid_w: float = -500.0, wrong_s: float = 0.0) -> State:
    now = NOON + timedelta(seconds=after_s + wrong_s)
    grid = Grid(power_w=known(grid_w, after_s))
    return State(now=now, local=now, mono_s=after_s, grid=grid, pvs={"roof": Pv("roof", power_w=pv)})


def past(folder: Path, identity: str = "a") -> PastRecord:
    return PastRecord(SeriesCache(KeptFiles(folder), "past.json", "record"), identity)


def drive(
    record: PastRecord, first_s: float, last_s: float, pv_w: float | None, step_s: float = 5.0, wrong_s: float = 0.0
) -> None:
    after_s = first_s
    while after_s <= last_s:
        record.take(state(after_s, NOT_MEASURED if pv_w is None else known(pv_w, after_s), wrong_s=wrong_s))
        after_s += step_s


def test_a_quarter_hour_has_the_means_of_its_ticks(tmp_path: Path) -> None:
    found = past(tmp_path)
    drive(found, 0.0, 450.0, 1000.0)
    drive(found, 455.0, 905.0, 2000.0)
    assert found.record.pv.at(NOON_S) == pytest.approx(1500.0, abs=6.0)
    assert found.record.home.at(NOON_S) == pytest.approx(1000.0, abs=6.0)
    assert found.record.forecast.slots == ()


def test_a_quarter_hour_that_is_known_for_less_than_its_half_is_unknown(tmp_path: Path) -> None:
    for known_s, expected in ((400.0, None), (500.0, 800.0)):
        found = past(tmp_path)
        drive(found, 0.0, known_s, 800.0)
        drive(found, known_s + 5.0, 905.0, None)
        assert found.record.pv.at(NOON_S) == expected


def test_a_time_without_ticks_counts_as_unknown(tmp_path: Path) -> None:
    found = past(tmp_path)
    drive(found, 0.0, 300.0, 800.0)
    drive(found, 850.0, 905.0, 800.0)
    assert found.record.pv.at(NOON_S) is None


def test_a_clock_that_is_set_back_replaces_what_it_repeats(tmp_path: Path) -> None:
    found = past(tmp_path)
    drive(found, 0.0, 1805.0, 800.0)
    drive(found, 0.0, 905.0, 300.0)
    assert found.record.pv.at(NOON_S) == pytest.approx(300.0)
    assert found.record.pv.at(NOON_S + 900.0) == pytest.approx(800.0)


def test_the_forecast_of_the_morning_is_recorded_beside(tmp_path: Path) -> None:
    found = past(tmp_path)
    found.expected = constant(1234.0, NOON_S - 3600.0, NOON_S + 3600.0)
    drive(found, 0.0, 905.0, None)
    assert found.record.forecast.at(NOON_S) == 1234.0
    assert found.record.pv.slots == ()


def test_it_survives_a_restart_and_other_roofs_begin_a_new_forecast(tmp_path: Path) -> None:
    found = past(tmp_path)
    found.expected = constant(1234.0, NOON_S - 3600.0, NOON_S + 3600.0)
    drive(found, 0.0, 905.0, 800.0)
    found.save()
    assert past(tmp_path).record == found.record
    other = past(tmp_path, "b").record
    assert other == replace(found.record, forecast=other.forecast)
    assert other.forecast.slots == ()


def test_it_is_written_every_six_hours_and_kept_for_four_weeks(tmp_path: Path) -> None:
    found = past(tmp_path)
    drive(found, 0.0, 5 * 3600.0, 800.0, step_s=30.0)
    assert not (tmp_path / "past.json").exists()
    drive(found, 5 * 3600.0, 7 * 3600.0, 800.0, step_s=30.0)
    assert (tmp_path / "past.json").stat().st_mode & 0o777 == 0o600
    drive(found, KEPT_S, KEPT_S + 7200.0, 800.0, step_s=30.0)
    assert found.record.pv.slots[0].start_s >= NOON_S + 7200.0 - 900.0


def test_the_minutes_of_a_journal_fill_gaps_only(tmp_path: Path) -> None:
    found = past(tmp_path)
    drive(found, 0.0, 905.0, 800.0)
    minutes = [Point(round(NOON_S - 900.0 + 60.0 * n) * 1000, pv_w=400.0, home_w=250.0) for n in range(30)]
    few = [Point(round(NOON_S - 1800.0 + 60.0 * n) * 1000, pv_w=400.0) for n in range(5)]
    found.fill([*few, *minutes], NOON_S + 1800.0, has_pv=True)
    assert [found.record.pv.at(NOON_S + offset) for offset in (-1800.0, -900.0, 0.0)] == [None, 400.0, 800.0]
    assert found.record.home.at(NOON_S - 900.0) == 250.0


def test_a_journal_of_a_house_without_pv_gives_its_consumption_only(tmp_path: Path) -> None:
    found = past(tmp_path)
    minutes = [Point(round(NOON_S + 60.0 * n) * 1000, pv_w=0.0, home_w=250.0) for n in range(15)]
    found.fill(minutes, NOON_S + 3600.0, has_pv=False)
    assert found.record.pv.slots == ()
    assert found.record.home.at(NOON_S) == 250.0


def weeks_until_noon() -> Series:
    return Series.of(
        [Slot(NOON_S - n * QUARTER_S, NOON_S - (n - 1) * QUARTER_S, float(n)) for n in range(1, MOST_QUARTERS + 1)]
    )


@settings(max_examples=one_in(3))
@given(wrong_days=st.floats(-20_000.0, 20_000.0), hours=st.floats(0.0, 5.0))
@example(wrong_days=365.0, hours=2.0)
def test_a_clock_that_is_wrong_for_some_hours_costs_no_weeks(wrong_days: float, hours: float) -> None:
    found = PastRecord(SeriesCache(KeptFiles(Path("/nowhere")), "past.json", "record", keep=False), "a")
    found.record = replace(found.record, pv=weeks_until_noon())
    drive(found, 0.0, 40_000.0, 800.0, 60.0)
    before = {slot.start_s for slot in found.record.pv}
    wrong_s, end_s = wrong_days * 86_400.0, 40_000.0 + hours * 3600.0
    drive(found, 40_000.0, end_s, 500.0, 60.0, wrong_s)
    drive(found, end_s, end_s + 7200.0, 800.0, 60.0)
    added = hours * 4.0 + 12.0
    assert len(before - {slot.start_s for slot in found.record.pv}) <= added


def test_a_clock_that_is_set_again_and_again_lets_the_record_not_grow() -> None:
    found = PastRecord(SeriesCache(KeptFiles(Path("/nowhere")), "past.json", "record", keep=False), "a")
    found.record = replace(found.record, pv=weeks_until_noon())
    for number in range(20):
        drive(found, 4000.0 * number, 4000.0 * number + 3900.0, 800.0, 60.0, 1e6 * number)
        assert len(found.record.pv.slots) <= MOST_QUARTERS
