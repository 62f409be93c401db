"""The short form of the week of departures: two nights of the whole service, with most of its troubles."""

from __future__ import annotations

from pathlib import Path

from bench.departures import TWO_NIGHTS, week


def test_departures_are_met_or_said_in_time(tmp_path: Path) -> None:
    found = week(2, 1, tmp_path, troubles=TWO_NIGHTS)
    assert found.failed == []
    assert [night.target_percent for night in found.nights] == [70.0, 55.0]
    assert found.schedules > 20
    assert found.failures > 0  # the solver was killed
    assert any(night.met for night in found.nights)
