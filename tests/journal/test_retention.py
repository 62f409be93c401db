"""Retention: what the journal keeps of the visits of cars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from optimizer.journal.retention import Keep, drop_sessions_beyond, trim
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
