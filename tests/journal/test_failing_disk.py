"""A disk that is full, gone, slow, or hung costs ticks, and never the service."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.journal.schema import open_to_write
from optimizer.journal.writer import Journal
from tests.journal.ticks import recorded, ticks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


def test_a_full_disk_is_said_once_and_outlived(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = True

    def opened(where: Path) -> sqlite3.Connection:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        return open_to_write(where)

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    journal = Journal(path)
    with caplog.at_level(logging.WARNING):
        for tick in ticks(26):
            journal.on_tick(tick)
        assert journal.flush()
        assert "disk is full" in journal.failed
        full = False
        assert journal.flush()
    journal.close()
    assert journal.failed == ""
    assert len(recorded(path)) == 26
    said = [record.message for record in caplog.records if "not being written" in record.message]
    assert said == [f"the journal is not being written: {path}: database or disk is full"]


def test_a_folder_that_cannot_be_written_does_not_stop_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journal.db")
    for tick in ticks(20):
        journal.on_tick(tick)
    assert journal.flush()
    assert journal.failed == f"{tmp_path / 'file' / 'journal.db'}: File exists"
    journal.close()


@pytest.mark.parametrize(
    ("pragma", "message"), [("max_page_count = 1", "disk is full"), ("query_only = 1", "readonly database")]
)
def test_a_disk_that_refuses_in_the_middle_leaves_whole_ticks(
    path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str, message: str
) -> None:
    refusing = False

    def opened(where: Path) -> sqlite3.Connection:
        db = open_to_write(where)
        if refusing:
            db.execute(f"PRAGMA {pragma}")
        return db

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    journal = Journal(path)
    reports = ticks(260)
    for tick in reports[:20]:
        journal.on_tick(tick)
    assert journal.flush()
    refusing = True
    journal._close()  # as after any failure: the next write opens anew
    for tick in reports[20:240]:
        journal.on_tick(tick)
    assert journal.flush()
    assert message in journal.failed
    before = recorded(path)
    assert before == [tick.state for tick in reports[: len(before)]]
    refusing = False
    for tick in reports[240:]:
        journal.on_tick(tick)
    assert journal.flush()
    journal.close()
    assert journal.failed == ""
    assert recorded(path) == [tick.state for tick in reports]


def test_a_disk_that_fails_for_long_costs_the_oldest_ticks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = True

    def opened(where: Path) -> sqlite3.Connection:
        if broken:
            raise sqlite3.OperationalError("unable to open database file")
        return open_to_write(where)

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    monkeypatch.setattr("optimizer.journal.writer.PENDING_BLOCKS", 2)
    journal = Journal(path)
    reports = ticks(60)
    for tick in reports:
        journal.on_tick(tick)
    assert journal.flush()
    broken = False
    assert journal.flush()
    journal.close()
    kept = recorded(path)
    assert kept == [tick.state for tick in reports[-len(kept) :]]
    assert len(kept) + journal.dropped == 60


def test_a_disk_that_is_too_slow_delays_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()

    def opened(where: Path) -> sqlite3.Connection:
        go.wait(10.0)
        return open_to_write(where)

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    monkeypatch.setattr("optimizer.journal.writer.QUEUE_TICKS", 10)
    journal = Journal(path)
    for tick in ticks(60):
        journal.on_tick(tick)
    assert journal.dropped > 0
    go.set()
    assert journal.flush()
    journal.close()
    assert len(recorded(path)) == 60 - journal.dropped


def test_a_disk_that_fails_for_months_fills_no_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(where: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    monkeypatch.setattr("optimizer.journal.writer.PENDING_BLOCKS", 5)
    monkeypatch.setattr("optimizer.journal.writer.PENDING_POINTS", 10)
    journal = Journal(path)
    for tick in ticks(200, every_s=60.0):
        journal.on_tick(tick)
    assert journal.flush()
    waiting = journal._batch
    assert len(waiting.blocks) <= 5
    assert len(waiting.points) == 10
    assert waiting.points[-1].at_ms > waiting.points[0].at_ms
    journal.close()


def test_a_disk_that_hangs_holds_up_nobody_at_the_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def opened(where: Path) -> sqlite3.Connection:
        go.wait(30.0)
        return open_to_write(where)

    monkeypatch.setattr("optimizer.journal.writer.open_to_write", opened)
    monkeypatch.setattr("optimizer.journal.writer.QUEUE_TICKS", 10)
    monkeypatch.setattr("optimizer.journal.writer.END_S", 0.05)
    journal = Journal(path)
    for tick in ticks(60):
        journal.on_tick(tick)

    def leave() -> None:
        assert not journal.flush(0.05)
        journal.close()

    leaving = threading.Thread(target=leave, daemon=True)
    leaving.start()
    leaving.join(5.0)
    hangs = leaving.is_alive()
    go.set()
    leaving.join(5.0)
    assert not hangs


def test_ticks_that_cannot_be_recorded_are_counted_and_said_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reports = ticks(60)
    for number in (20, 21, 22, 40):
        reports[number] = replace(reports[number], decision=object())  # type: ignore[arg-type]
    journal = Journal(path)
    with caplog.at_level(logging.ERROR):
        for tick in reports:
            journal.on_tick(tick)
        assert journal.flush()
    journal.close()
    assert len(recorded(path)) + journal.dropped == len(reports)
    said = [record.message for record in caplog.records]
    assert said == ["a tick could not be recorded"] * 2


def test_a_log_of_writes_that_vanishes_while_it_is_measured_counts_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite removes the file when the writer closes the journal after a failure."""
    journal = Journal(path)
    for tick in ticks(20):
        journal.on_tick(tick)
    assert journal.flush()
    journal.close()
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(bytes(100))
    measured = Path.stat

    def vanishing(self: Path, **options: Any) -> os.stat_result:
        found = measured(self, **options)
        if self == log:
            log.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "stat", vanishing)
    assert journal.size_bytes >= path.lstat().st_size > 0
