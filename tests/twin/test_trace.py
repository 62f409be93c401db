"""Traces: what is read, how it is interpolated, and what is said of a broken one."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from optimizer.twin.trace import Moved, Trace, TraceError, load_trace

START = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
GOOD = "timestamp,pv_w,load_w\n2024-05-01T08:00Z,0,400\n2024-05-01T08:01Z,600,900\n2024-05-01T08:02Z,1200,300\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_pv_is_linear_between_minute_centres_and_load_is_held() -> None:
    trace = Trace(START, [0, 600, 1200], [400, 900, 300])
    t = START.timestamp()
    assert trace.at(t + 30) == (0, 400)
    assert trace.at(t + 60) == (300, 900)
    assert trace.at(t + 90) == (600, 900)
    assert trace.at(t + 119) == (pytest.approx(890), 900)
    assert trace.at(t + 121) == (pytest.approx(910), 300)
    assert trace.at(t + 10) == (0, 400)
    assert trace.at(t + 179) == (1200, 300)


def test_past_its_end_it_begins_again() -> None:
    trace = Trace(START, [0, 600, 1200], [400, 900, 300])
    assert trace.at(START.timestamp() + 180 + 90)[1] == 900
    assert trace.at(START.timestamp() - 30)[1] == 300


def test_a_day_is_moved_to_another_one() -> None:
    trace, start = Trace(START, [0, 600, 1200], [400, 900, 300]), datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    moved = Moved(trace, start)
    assert moved.start == start
    assert moved.at(start.timestamp() + 90) == trace.at(START.timestamp() + 90) == (600, 900)


def test_plain_and_gzip_read_alike(tmp_path: Path) -> None:
    plain = load_trace(write(tmp_path / "a.csv", GOOD))
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(GOOD.encode()))
    for trace in (plain, load_trace(packed)):
        assert trace.start == START
        assert trace.duration_s == 180
        assert list(trace.pv_w) == [0, 600, 1200]
        assert trace.pv_sd_w is None
        assert trace.price_ct is None


def test_optional_columns(tmp_path: Path) -> None:
    text = (
        "timestamp,pv_w,pv_sd_w,load_w,price_ct\n2024-05-01T08:00+02:00,1,2,3,30.5\n2024-05-01T08:15+02:00,1,2,3,-1\n"
    )
    trace = load_trace(write(tmp_path / "a.csv", text))
    assert trace.step_s == 900
    assert trace.start == datetime(2024, 5, 1, 6, 0, tzinfo=UTC)
    assert trace.pv_sd_w == [2, 2]
    assert trace.price_ct == [30.5, -1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: column timestamp, pv_w, load_w is missing"),
        ("timestamp,pv_w\n", ":1: column load_w is missing"),
        ("timestamp,pv_w,load_w\n", "no rows after the header"),
        (GOOD + "2024-05-01T08:03Z,12\n", ":5: 2 columns where the header has 3"),
        (GOOD + "yesterday,1,2\n", ":5: timestamp 'yesterday' is not ISO 8601"),
        (GOOD + "2024-05-01T08:03Z,1,many\n", ":5: load_w 'many' is not a number"),
        (GOOD + f"2024-05-01T08:03Z,{200_000 * '9'},2\n", ": this is no CSV: field larger than field limit"),
        (GOOD + "2024-05-01T08:03Z,nan,2\n", ":5: pv_w 'nan' is not a finite number"),
        (GOOD + "2024-05-01T08:05Z,1,2\n", ":5: 2024-05-01T08:05Z does not follow after 60 s"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TraceError) as caught:
        load_trace(write(tmp_path / "house.csv", text))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "house.csv"))


def test_unreadable_files_are_trace_errors(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="cannot be read"):
        load_trace(tmp_path / "none.csv")
    torn = tmp_path / "torn.csv.gz"
    torn.write_bytes(gzip.compress(GOOD.encode())[:40])
    with pytest.raises(TraceError, match="cannot be read"):
        load_trace(torn)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"timestamp\xff\xfe")
    with pytest.raises(TraceError, match="not UTF-8"):
        load_trace(binary)
