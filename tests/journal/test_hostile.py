"""A journal with a damaged cell: each question has an answer or a message. A column accepts any kind of cell."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optimizer.journal.reader import JournalReader
from optimizer.journal.schema import JournalError, to_ms
from optimizer.journal.writer import Journal
from tests.hostile_json import assert_is_a_message
from tests.journal.ticks import ticks
from tests.serve.house import NOON

START, END = NOON - timedelta(days=1), NOON + timedelta(days=2)
COLUMNS = (
    *(("block", column) for column in ("first_ms", "last_ms", "book", "data")),
    *(("change", column) for column in ("at_ms", "kind", "subject", "text", "words")),
    *(("minute", column) for column in ("at_ms", "data")),
    ("book", "document"),
    *(("setup", column) for column in ("first_ms", "document")),
    *(("schedule", column) for column in ("at_ms", "problem", "document")),
)
CELLS: list[Any] = [
    0, -1, 10**18, -(10**18), 1.5, 1e300, "", "x", "9" * 400, "null", "[]", "{}", "[[]]", '{"a": 1}', "[" * 3000,
    "\x1b[31m", b"", b"\xff\x00", zlib.compress(b"{}"), zlib.compress(b"null\n[]"),
]  # fmt: skip
QUESTIONS: dict[str, Callable[[JournalReader], object]] = {
    "span": lambda reader: reader.span(),
    "tick": lambda reader: reader.tick_at(NOON + timedelta(minutes=1)),
    "blocks": lambda reader: list(reader.blocks(START, END)),
    "changes": lambda reader: [change.text.upper() for change in reader.changes(START, END)],
    "minutes": lambda reader: reader.points(START, END),
    "means": lambda reader: reader.means(START, END, 900_000),
    "rules": lambda reader: [text.upper() for text in (reader.book("v") or {}).values()],
    "settings": lambda reader: reader.setups(),
    "schedules": lambda reader: list(reader.schedules(START, END)),
    "newest schedules": lambda reader: reader.schedules_until(END, 3),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = tmp_path_factory.mktemp("state") / "journal.db"
    journal = Journal(file)
    for tick in ticks(15):
        journal.on_tick(tick)
    assert journal.flush()
    journal.close()
    with closing(sqlite3.connect(file)) as db:
        at_ms = to_ms(NOON)
        db.execute("INSERT INTO book VALUES ('v', ?, '{\"a.yaml\": \"version: 1\"}')", (at_ms,))
        db.execute("INSERT INTO setup VALUES (?, '{}')", (at_ms,))
        db.execute("INSERT INTO schedule VALUES (?, ?, ?)", (at_ms, zlib.compress(b"{}"), zlib.compress(b"{}")))
        db.execute("INSERT INTO change (at_ms, kind, subject, text) VALUES (?, 'mode', 'x', 'hello')", (at_ms,))
        db.commit()
    yield file


@pytest.mark.parametrize("question", QUESTIONS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(COLUMNS), cell=st.sampled_from(CELLS))
@example(column=("block", "last_ms"), cell=1e300)
@example(column=("block", "data"), cell=1.5)
@example(column=("schedule", "problem"), cell="x")
@example(column=("change", "text"), cell=b"\xff\x00")
@example(column=("book", "document"), cell="[]")
def test_a_damaged_cell_ends_in_a_message(path: Path, question: str, column: tuple[str, str], cell: Any) -> None:
    table, name = column
    with closing(sqlite3.connect(path)) as db:
        row, before = db.execute(f"SELECT rowid, {name} FROM {table} LIMIT 1").fetchone()
        write = f"UPDATE {table} SET {name} = ? WHERE rowid = ?"
        try:
            db.execute(write, (cell, row))
        except sqlite3.IntegrityError:
            return  # a primary key is a whole number
        db.commit()
    try:
        QUESTIONS[question](JournalReader(path))
    except JournalError as error:
        assert_is_a_message(str(error))
    finally:
        with closing(sqlite3.connect(path)) as db:
            place = "rowid" if name == "at_ms" and table in ("minute", "schedule") else ""
            db.execute(write, (before, cell if place and isinstance(cell, int) else row))
            db.commit()
