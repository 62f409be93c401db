"""A journal of another version of the program is kept for it, and comes back with it."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal import schema, writer
from optimizer.journal.writer import Journal
from tests.journal.ticks import recorded, ticks


def written(path: Path, count: int) -> None:
    """A run of the service with so many ticks."""
    journal = Journal(path)
    for tick in ticks(count):
        journal.on_tick(tick)
    assert journal.flush()
    journal.close()
    assert journal.failed == ""


def of_format(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_journal_of_a_later_version_is_kept_and_not_broken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal.db"
    written(path, 3)
    of_format(path, 99)
    before = path.read_bytes()
    with caplog.at_level(logging.WARNING):
        written(path, 2)
    assert path.with_name("journal.db.format-99").read_bytes() == before
    assert "is of another version (format 99); renamed to journal.db.format-99, a new one starts" in caplog.text
    assert len(recorded(path)) == 2
    assert not list(tmp_path.glob("*.broken-*"))


def test_back_and_forth_between_two_versions_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    written(path, 3)
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr(writer, "VERSION", 2)
    written(path, 5)
    monkeypatch.undo()
    written(path, 4)
    assert len(recorded(path)) == 7
    assert path.with_name("journal.db.format-2").exists()
    assert not path.with_name("journal.db.format-1").exists()


@given(st.lists(st.integers(2, 4), max_size=6))
def test_no_journal_is_ever_overwritten(tmp_path_factory: pytest.TempPathFactory, versions: list[int]) -> None:
    path = tmp_path_factory.mktemp("state") / "journal.db"
    written(path, 1)
    for version in versions:
        of_format(path, version)
        written(path, 1)
    assert len(list(path.parent.glob("journal.db*"))) == 1 + len(versions)
