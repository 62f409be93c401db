"""Traces as files: read, written, and refused with the place of the mistake."""

from __future__ import annotations

import gzip
import math
from array import array
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from optimizer.study.input.series import StudyError
from optimizer.study.input.trace import read_trace, write_trace
from tests.study.scene import sunny


@pytest.mark.parametrize("name", ["day.csv", "day.csv.gz"])
def test_there_and_back(tmp_path: Path, name: str) -> None:
    day = sunny(2.0)
    day = replace(day, price_ct=array("d", [12.345] * 120))
    write_trace(day, tmp_path / name)
    again = read_trace(tmp_path / name)
    assert (again.start, again.step_s, list(again.load_w)) == (day.start, 60.0, list(day.load_w))
    assert again.price_ct is not None
    assert again.price_ct[0] == 12.345


def test_missing_rows_and_empty_cells_are_gaps(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    rows = ["timestamp,load_w,pv_w", "2025-06-01T00:00Z,100,0", "2025-06-01T00:05Z,,0", "2025-06-01T02:00Z,300,0"]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    series = read_trace(path)
    assert series.start == datetime(2025, 6, 1, tzinfo=UTC)
    assert series.step_s == 300.0
    assert len(series.pv_w) == 25
    assert math.isnan(series.load_w[1])
    assert math.isnan(series.pv_w[12])


@pytest.mark.parametrize("minutes", [(0, 2, 3, 4, 5), (0, 2, 3), (0, 1, 2, 4, 5)])
def test_a_row_that_is_missing_at_the_start_does_not_set_the_step(tmp_path: Path, minutes: tuple[int, ...]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["timestamp,pv_w,load_w", *(f"2025-06-01T00:0{m}Z,{100 * m},50" for m in minutes)]))
    series = read_trace(path)
    assert series.step_s == 60.0
    assert list(series.pv_w) == [100.0 * m for m in range(minutes[-1] + 1)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("time,pv_w\n", "t.csv:1: column timestamp, load_w is missing"),
        ("timestamp,pv_w,load_w\n2025-06-01T00:00Z,x,1\n", "t.csv:2: pv_w 'x' is not a number"),
        ("timestamp,pv_w,load_w\nyesterday,1,1\n", "t.csv:2: timestamp 'yesterday' is not ISO 8601"),
        ("timestamp,pv_w,load_w\n2025-06-01T00:00Z,1\n", "t.csv:2: 2 columns where the header has 3"),
        (
            (
                "timestamp,pv_w,load_w\n2025-06-01T00:00Z,1,1\n2025-06-01T00:01Z,1,1\n2025-06-01T00:02Z,1,1\n"
                "2025-06-01T00:02:30Z,1,1\n"
            ),
            "t.csv:5: .* is not on the grid of 60 s",
        ),
        (
            "timestamp,pv_w,load_w\n2025-06-01T00:00Z,1,1\n2025-06-01T00:01Z,1,1\n2025-06-01T00:01Z,1,1\n",
            "t.csv:4: .* is not on the grid",
        ),
        (
            "timestamp,pv_w,load_w\n2025-06-01T00:00Z,1,1\n2025-05-31T23:59Z,1,1\n",
            "t.csv:3: .* is not on the grid",
        ),
        ("timestamp,pv_w,load_w\n2025-06-01T00:00Z,1,1\n", "two rows or more"),
        pytest.param(f"timestamp,pv_w,load_w\n2025-06-01,1,{200_000 * '1'}\n", "t.csv:2: not a CSV file", id="long"),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(StudyError, match=says):
        read_trace(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_trace(tmp_path / "none.csv")


@pytest.mark.parametrize("year", ["0001", "0025", "1925", "2125", "9999"])
def test_a_year_without_measured_data_is_a_mistake(year: str, tmp_path: Path) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(f"timestamp,pv_w,load_w\n{year}-06-01T00:00Z,0,300\n{year}-06-01T00:15Z,0,300\n")
    with pytest.raises(StudyError, match=f"trace.csv:2: timestamp .*: the year {int(year)} is not from 1970 to 2099"):
        read_trace(path)
