"""evcc's database (`evcc.db`, SQLite): its table of sessions, read without writing anything."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from optimizer.study.input.evcc.rows import LONGEST_NAME, NEEDED, Row
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

COLUMNS = {
    "created": "created",
    "finished": "finished",
    "loadpoint": "loadpoint",
    "chargedEnergy": "charged_kwh",
    "vehicle": "vehicle",
    "meterStart": "meter_start_kwh",
    "meterStop": "meter_end_kwh",
    "solarPercentage": "solar_percentage",
    "price": "price",
}
"""The columns of the fields."""
BUSY_S = 5.0
DEADLINE_S = 30.0
STEPS = 100_000
"""Steps of SQLite between two looks at the clock."""


def database_rows(path: Path, most: int) -> Iterator[Row]:
    """At most `most` rows, in the order of their numbers. Raises StudyError with file and row."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)) as db:
            yield from _rows(db, path, most)
    except sqlite3.Error as error:
        raise StudyError(
            Text(
                "{path}: the database cannot be read: {why}. Stop evcc, copy evcc.db, and give the copy",
                path=str(path), why=message_of(error),
            )
        ) from error  # fmt: skip


def _rows(db: sqlite3.Connection, path: Path, most: int) -> Iterator[Row]:
    end_s = time.monotonic() + DEADLINE_S
    db.set_progress_handler(lambda: time.monotonic() > end_s, STEPS)
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    db.execute("PRAGMA query_only = ON")
    db.execute("PRAGMA trusted_schema = OFF")
    there = {str(column) for _, column, *_ in db.execute("PRAGMA table_info(sessions)")}
    missing = [COLUMNS[field] for field in NEEDED if COLUMNS[field] not in there]
    if missing:
        raise StudyError(
            Text(
                "{path}: this is no database of evcc: its table “sessions” lacks {missing}",
                path=str(path), missing=", ".join(missing),
            )
        )  # fmt: skip
    names = {field: column for field, column in COLUMNS.items() if column in there}
    # A longer text is a mistake, and is not read whole.
    cells = ", ".join(
        f"CASE WHEN typeof({name}) IN ('text', 'blob') THEN substr({name}, 1, {LONGEST_NAME + 1}) ELSE {name} END"
        for name in names.values()
    )
    query = f"SELECT rowid, {cells} FROM sessions ORDER BY rowid LIMIT ?"  # noqa: S608 - names of ours
    for number, *values in db.execute(query, (most,)):
        place = Text("{path}, session {number}", path=str(path), number=int(number))
        yield Row(place, dict(zip(names, values, strict=True)), names)
