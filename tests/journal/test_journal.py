"""The journal: what is recorded comes back, and what is damaged or too much goes."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.control.params import Params
from optimizer.journal.codec import CodecError
from optimizer.journal.reader import JournalReader
from optimizer.journal.record import read_block
from optimizer.journal.retention import Keep
from optimizer.journal.schema import JournalError, open_to_read, open_to_write, to_ms
from optimizer.journal.setup import Setup, setup_at
from optimizer.journal.writer import Journal
from optimizer.model.fields import DeviceNames
from optimizer.words.language import language_of
from optimizer.words.text import in_language
from tests.journal.ticks import BEGUN, recorded, ticks
from tests.serve.house import NOON, SITE

NAMES = DeviceNames(("carport",), ("cellar",), ("roof",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal(path)
    yield opened
    opened.close()


def test_every_tick_comes_back_identical(journal: Journal, path: Path) -> None:
    reports = ticks(40)
    for tick in reports:
        journal.on_tick(tick)
    assert journal.flush()
    reader = JournalReader(path)
    blocks = [block for _, block in reader.blocks(NOON, NOON + timedelta(hours=1))]
    assert len(blocks) == 4  # a minute each
    read = [tick for block in blocks for tick in block.ticks]
    assert [tick.state for tick in read] == [tick.state for tick in reports]
    assert [tick.decision for tick in read] == [tick.decision for tick in reports]
    assert [dict(tick.claims) for tick in read] == [dict(tick.verdict.claims) for tick in reports]
    assert blocks[0].memory is None
    assert blocks[1].memory == reports[0].memory
    assert reader.span() == (NOON, NOON + timedelta(seconds=195))


def test_it_is_readable_while_it_is_written(journal: Journal, path: Path) -> None:
    reports = ticks(6)
    for tick in reports[:3]:
        journal.on_tick(tick)
    assert journal.flush()
    with closing(open_to_read(path)) as db:
        db.execute("BEGIN")
        assert db.execute("SELECT sum(ticks) FROM block").fetchone()[0] == 3
        for tick in reports[3:]:
            journal.on_tick(tick)
        assert journal.flush()
        assert db.execute("SELECT sum(ticks) FROM block").fetchone()[0] == 3
    assert len(recorded(path)) == 6


def test_a_moment_is_answered_by_the_tick_before_it(journal: Journal, path: Path) -> None:
    for tick in ticks(5):
        journal.on_tick(tick)
    journal.flush()
    reader = JournalReader(path)
    found = reader.tick_at(NOON + timedelta(seconds=12))
    assert found is not None
    assert found.state.now == NOON + timedelta(seconds=10)
    assert reader.tick_at(NOON - timedelta(seconds=1)) is None
    assert reader.tick_at(NOON + timedelta(minutes=11)) is None


def test_minutes_changes_and_rule_files(journal: Journal, path: Path) -> None:
    journal.remember_book("abc123", {"rules.yaml": "rules: []"}, 1)
    for tick in ticks(30):
        journal.on_tick(tick)
    journal.flush()
    reader = JournalReader(path)
    points = reader.points(NOON, NOON + timedelta(hours=1))
    assert len(points) == 2
    assert points[0].grid_w == pytest.approx(-500.0 + 7.3 * 5.5, abs=0.06)
    assert {c.subject for c in reader.changes(NOON, NOON + timedelta(hours=1))} >= {"ev.carport", "battery.cellar"}
    assert reader.book("abc123") == {"rules.yaml": "rules: []"}
    assert reader.book("other") is None


def test_lines_of_the_log_keep_their_words_for_other_languages(journal: Journal, path: Path) -> None:
    german = language_of("de")
    assert german is not None
    for tick in ticks(30):
        journal.on_tick(tick)
    journal.flush()
    lines = JournalReader(path).changes(NOON, NOON + timedelta(hours=1))
    said = [in_language(line.text, german) for line in lines]
    assert all(line.text != other for line, other in zip(lines, said, strict=True))


def test_a_journal_from_before_lines_kept_their_words_goes_on(path: Path) -> None:
    open_to_write(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE change DROP COLUMN words")
        db.execute(
            "INSERT INTO change (at_ms, kind, subject, text) VALUES (?,'why','x','An old line.')", (to_ms(NOON),)
        )
        db.commit()
    day = (NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert [line.text for line in JournalReader(path).changes(*day)] == ["An old line."]
    journal = Journal(path)
    journal.on_tick(ticks(1)[0])
    journal.flush()
    journal.close()
    assert JournalReader(path).changes(*day)[0].text == "An old line."
    assert len(JournalReader(path).changes(*day)) > 1


def test_what_the_settings_say_is_kept_once_and_found_by_its_time(path: Path) -> None:
    setups = [Setup(SITE, Params(), NAMES), Setup(replace(SITE, fuse_a=25.0), Params(grid_share=0.2), NAMES)]
    for hour, setup in enumerate((setups[0], setups[0], setups[1])):
        journal = Journal(path)
        journal.begin(setup, BEGUN, to_ms(NOON + timedelta(hours=hour)))
        journal.on_tick(ticks(1)[0])
        journal.flush()
        journal.close()
    found = JournalReader(path).setups()
    assert found == [(NOON, setups[0]), (NOON + timedelta(hours=2), setups[1])]
    assert setup_at(found, NOON - timedelta(seconds=1)) is None
    assert setup_at(found, NOON + timedelta(hours=1)) == setups[0]
    assert setup_at(found, NOON + timedelta(hours=2)) == setups[1]


def test_the_first_block_of_a_run_has_the_memory_it_began_with(path: Path) -> None:
    journal = Journal(path)
    journal.begin(Setup(SITE, Params(), NAMES), BEGUN, 0)
    journal.on_tick(ticks(1)[0])
    journal.flush()
    journal.close()
    assert [block.memory for _, block in JournalReader(path).blocks(NOON, NOON + timedelta(hours=1))] == [BEGUN]


def test_a_journal_from_before_settings_were_kept_goes_on_with_them(path: Path) -> None:
    Journal(path).close()
    open_to_write(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE setup")
    assert JournalReader(path).setups() == []
    journal = Journal(path)
    journal.begin(Setup(SITE, Params(), NAMES), BEGUN, to_ms(NOON))
    journal.flush()
    journal.close()
    assert [since for since, _ in JournalReader(path).setups()] == [NOON]


@pytest.mark.parametrize("damage", ["{", "[" * 100_000], ids=["cut", "brackets"])
def test_damaged_settings_rules_and_minutes_are_told_with_the_file(path: Path, damage: str) -> None:
    with closing(open_to_write(path)) as db:
        db.execute("INSERT INTO setup VALUES (0, ?)", (damage,))
        db.execute("INSERT INTO book VALUES ('abc', 0, ?)", (damage,))
        db.execute("INSERT INTO minute (at_ms, data) VALUES (?, ?)", (int(NOON.timestamp() * 1000), damage))
    reader = JournalReader(path)
    with pytest.raises(JournalError, match=f"settings recorded in {path} cannot be read"):
        reader.setups()
    with pytest.raises(JournalError, match=f"rules recorded in {path} cannot be read"):
        reader.book("abc")
    with pytest.raises(JournalError, match=f"minutes recorded in {path} cannot be read"):
        reader.points(NOON - timedelta(hours=1), NOON + timedelta(hours=1))


def test_another_rule_book_begins_another_block(journal: Journal, path: Path) -> None:
    first, second = ticks(2)
    journal.on_tick(first)
    journal.on_tick(replace(second, book_version="def456"))
    journal.flush()
    versions = [block.book_version for _, block in JournalReader(path).blocks(NOON, NOON + timedelta(hours=1))]
    assert versions == ["abc123", "def456"]


def test_what_is_old_goes(path: Path) -> None:
    journal = Journal(path, Keep(days=2.0))
    for tick in ticks(4, every_s=86_400.0):
        journal.on_tick(tick)
    journal.flush()
    journal.close()
    assert len(recorded(path)) == 2


def test_what_is_too_much_goes_and_the_file_shrinks(path: Path) -> None:
    journal = Journal(path, Keep(max_mb=0.12))
    for tick in ticks(400, every_s=61.0):
        journal.on_tick(tick)
    journal.flush()
    journal.close()
    left = recorded(path)
    assert 10 < len(left) < 300
    assert left[-1] == ticks(1, 399, 61.0)[0].state
    assert path.stat().st_size < 400_000


def test_a_file_that_is_none_is_set_aside(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    journal = Journal(path)
    journal.on_tick(ticks(1)[0])
    assert journal.flush()
    journal.close()
    assert journal.failed == ""
    assert len(recorded(path)) == 1
    assert path.with_name("journal.db.broken-1").exists()
    assert "renamed to" in caplog.text


def test_damage_while_running_is_set_aside_too(path: Path) -> None:
    journal = Journal(path)
    journal.on_tick(ticks(1)[0])
    journal.flush()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("DROP TABLE block")
    journal.on_tick(ticks(1, 1)[0])
    journal.flush()
    assert "no such table" in journal.failed
    journal.close()


def test_a_journal_that_is_not_there_is_explained(path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal at"):
        JournalReader(path).span()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")  # as a full disk leaves it
    with pytest.raises(JournalError, match="there is no journal at"):
        JournalReader(path).span()


def test_a_damaged_block_is_said(journal: Journal, path: Path) -> None:
    journal.on_tick(ticks(1)[0])
    journal.flush()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE block SET data = substr(data, 1, 50)")
    with pytest.raises(JournalError, match=r"from 20\d\d-.* UTC cannot be read: a damaged block \(it is cut off\)"):
        recorded(path)
    with pytest.raises(CodecError, match="a damaged block"):
        read_block("x", b"nonsense")


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"rules": 7}',
        "[[]]",
        "null\n{",
        "null\n7",
        "null\n[]",
        'null\n{"claims": 7}',
        'null\n{"claims": {"ev.mode": 7}}',
        'null\n{"limits": []}',
        'null\n{"state": {"now": []}}',
        'null\n{"state": {"now": ["2025-06-21T12:00:00+00:00", "Europe"]}}',
        'null\n{"state": {"now": "0001-01-01T00:00:00+14:00"}}',
        pytest.param("null\n" + 100_000 * "[", id="deep"),
    ],
)
def test_whatever_is_damaged_in_a_block_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(CodecError, match="a damaged block"):
        read_block("x", zlib.compress(text.encode()))


def test_only_its_owner_may_read_it(journal: Journal, path: Path) -> None:
    journal.on_tick(ticks(1)[0])
    journal.flush()
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.glob("journal.db*")} == {
        "journal.db": "0o600",
        "journal.db-wal": "0o600",
        "journal.db-shm": "0o600",
    }
    path.chmod(0o644)
    open_to_write(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_fifo_in_its_place_is_said_at_once(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    journal = Journal(path)
    journal.on_tick(ticks(1)[0])
    assert journal.flush()
    assert "not a regular file; move it away" in journal.failed
    journal.close()
    with pytest.raises(JournalError, match="is not a regular file"):
        JournalReader(path).span()


def test_broken_journals_have_a_limit_together(path: Path) -> None:
    path.parent.mkdir()
    for number in (1, 2, 3):
        path.with_name(f"journal.db.broken-{number}").write_bytes(bytes(100_000 * number))
    path.write_bytes(b"no database" * 9000)
    journal = Journal(path, Keep(max_mb=0.45))
    journal.on_tick(ticks(1)[0])
    assert journal.flush()
    journal.close()
    left = {file.name: file.stat().st_size for file in path.parent.glob("*.broken-*")}
    assert sum(left.values()) <= 450_000
    assert "journal.db.broken-3" in left
