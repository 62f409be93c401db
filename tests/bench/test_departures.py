"""The short form of the week of departures: one night of the whole service, with late prices and a moved departure."""

from __future__ import annotations

from pathlib import Path

from bench.departures import ONE_NIGHT, week


def test_a_departure_that_is_moved_is_met_in_one_run(tmp_path: Path) -> None:
    found = week(1, 1, tmp_path, pace=30.0, troubles=ONE_NIGHT)
    assert found.failed == []
    assert [night.target_percent for night in found.nights] == [70.0]
    assert all(night.met for night in found.nights)
    assert found.schedules > 10
