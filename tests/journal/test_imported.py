"""Sessions of another program: none is added twice or beside another one, and nothing else of the journal changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.imported import add_sessions, remove_sessions, sorted_out
from optimizer.journal.schema import JournalError, open_to_write
from optimizer.journal.sessions import Session, read_sessions
from optimizer.journal.writer import Journal

START = datetime(2024, 5, 1, tzinfo=UTC)
ALL = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def session(
    start_h: int, hours: int, charger: str = "carport", source: str = "evcc", *, open_: bool = False
) -> Session:
    start = START + timedelta(hours=start_h)
    return Session(charger, start, start + timedelta(hours=hours), open=open_, source=source, unknown_wh=1000.0)


sessions = st.lists(
    st.builds(session, st.integers(0, 60), st.integers(0, 6), st.sampled_from(["carport", "yard"])), max_size=12
).map(lambda found: sorted(found, key=lambda one: one.start))
own = st.lists(
    st.builds(
        session, st.integers(0, 60), st.integers(0, 30), st.sampled_from(["carport", "yard"]), st.just(""),
        open_=st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


def overlap(one: Session, other: Session) -> bool:
    """Whether both are at one charger at the same time; two that begin at one moment are."""
    if one.charger != other.charger:
        return False
    ends = [ALL[1] if each.open else each.end for each in (one, other)]
    return one.start == other.start or (one.start < ends[1] and other.start < ends[0])


@given(sessions, own)
def test_each_session_is_new_known_or_beside_another_one(found: list[Session], recorded: list[Session]) -> None:
    result = sorted_out(found, recorded)
    assert len(result.new) + len(result.known) + len(result.overlapping) == len(found)
    for one in result.new:
        assert not any(overlap(one, other) for other in recorded)
        assert not any(overlap(one, other) for other in result.new if other is not one)
    for one, there in result.overlapping:
        assert overlap(one, there)
    again = sorted_out(found, [*recorded, *result.new])
    assert again.new == []
    assert {one.start for one in result.new} <= {one.start for one in again.known}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    open_to_write(path).close()
    return path


def test_added_sessions_are_read_and_removed_without_touching_others(path: Path) -> None:
    mine = replace(session(0, 1, source=""), open=False)
    journal = Journal(path)
    journal.keep_session(mine)
    journal.close()
    assert add_sessions(path, [session(2, 1), session(4, 1)]) == 2
    assert add_sessions(path, [session(2, 1), session(4, 1), replace(mine, source="evcc")]) == 0
    assert [one.source for one in read_sessions(path, *ALL)] == ["", "evcc", "evcc"]
    assert remove_sessions(path, "evcc") == 2
    assert [one.source for one in read_sessions(path, *ALL)] == [""]
    assert remove_sessions(path, "evcc") == 0


def test_only_the_table_of_sessions_changes(path: Path) -> None:
    def others() -> list[str]:
        with closing(sqlite3.connect(path)) as db:
            return [line for line in db.iterdump() if "session" not in line]

    before = others()
    add_sessions(path, [session(2, 1)])
    assert others() == before


def test_sessions_are_added_while_the_service_writes(path: Path) -> None:
    journal = Journal(path)
    journal.keep_session(session(0, 1, source=""))
    assert journal.flush()
    assert add_sessions(path, [session(2, 1)]) == 1
    journal.keep_session(session(4, 1, source=""))
    journal.close()
    assert journal.failed == ""
    assert len(read_sessions(path, *ALL)) == 3


def test_more_than_the_journal_keeps_is_refused_and_nothing_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.journal.imported.MOST_ROWS", 2)
    assert add_sessions(path, [session(0, 1)]) == 1
    with pytest.raises(JournalError, match="the journal keeps 2 sessions, and would have 3"):
        add_sessions(path, [session(2, 1), session(4, 1)])
    assert len(read_sessions(path, *ALL)) == 1


def test_a_journal_that_is_missing_or_busy_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = path.with_name("none.db")
    with pytest.raises(JournalError, match="there is no journal"):
        add_sessions(missing, [session(0, 1)])
    assert not missing.exists()
    monkeypatch.setattr("optimizer.journal.schema.BUSY_S", 0.01)
    with closing(open_to_write(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="cannot be changed: database is locked"):
            add_sessions(path, [session(0, 1)])
