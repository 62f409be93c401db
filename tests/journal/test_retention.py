"""Retention: what the journal keeps of the visits of cars, and what it drops for its size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from optimizer.journal.retention import DAY_MS, DROP_AT_ONCE, Keep, drop_sessions_beyond, trim
from optimizer.journal.schema import open_to_write
from optimizer.journal.sessions import KEEP, TABLE, Session, read_sessions, to_row

START = datetime(2026, 5, 1, tzinfo=UTC)
ALL = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def visit(day: int) -> Session:
    at = START + timedelta(days=day)
    return Session(charger="carport", start=at, end=at + timedelta(hours=2), open=False)


def test_the_sessions_that_were_recorded_last_stay(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    db = open_to_write(path)
    db.execute(TABLE)
    # The clock was wrong for the visit of day 900. It was recorded first, so it is dropped first.
    for day in (900, 0, 1, 2, 0):
        db.execute(KEEP, to_row(visit(day)))
    drop_sessions_beyond(db, 4)
    assert [one.start for one in read_sessions(path, *ALL)] == [visit(day).start for day in (0, 1, 2, 900)]
    drop_sessions_beyond(db, 2)
    db.close()
    kept = [one.start for one in read_sessions(path, *ALL)]
    assert kept == [visit(day).start for day in (0, 2)], "the visit of day 0 was recorded again"


def test_no_age_drops_a_session(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    db = open_to_write(path)
    trim(db, Keep(days=1.0), 0)
    db.execute(TABLE)
    db.execute(KEEP, to_row(visit(0)))
    trim(db, Keep(days=1.0), 10**14)
    db.close()
    assert read_sessions(path, *ALL) == [visit(0)]


def test_size_drops_the_oldest_blocks_with_the_schedules_from_before_and_not_too_many_at_once(tmp_path: Path) -> None:
    count = DROP_AT_ONCE + 50
    db = open_to_write(tmp_path / "journal.db")
    rows = [(number, number * DAY_MS, number * DAY_MS, 1, "a", bytes(10_000)) for number in range(1, count + 1)]
    db.executemany("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.executemany("INSERT INTO schedule VALUES (?, '', '')", [(number * DAY_MS,) for number in range(1, count + 1)])
    trim(db, Keep(days=1e6, max_mb=0.001), count * DAY_MS)
    blocks = [number for (number,) in db.execute("SELECT id FROM block ORDER BY id")]
    assert blocks == list(range(DROP_AT_ONCE + 1, count + 1))
    schedules = [at_ms // DAY_MS for (at_ms,) in db.execute("SELECT at_ms FROM schedule ORDER BY at_ms")]
    assert schedules == list(range(DROP_AT_ONCE + 1, count + 1)), "a block has a schedule of at most a day before it"
    trim(db, Keep(days=1e6, max_mb=0.001), count * DAY_MS)
    assert db.execute("SELECT count(*) FROM block").fetchone() == (0,)
    db.close()
