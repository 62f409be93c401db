"""Rows that replace their earlier state, and wait for the next transaction of the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from optimizer.journal.codec import CodecError
from optimizer.journal.schema import JournalError, open_to_read
from optimizer.words.text import Text, message_of

T = TypeVar("T")

MOST_PENDING = 200
"""Rows that wait at most for a disk that fails. The oldest are dropped first."""


class KeptTable(NamedTuple):
    """A table of such rows."""

    table: str
    """The statement that creates it."""
    keep: str
    """The statement that writes a row over its earlier state."""


class KeptRows:
    """The waiting rows of one table. The newest state of each row replaces the earlier one. Not safe across threads."""

    def __init__(self, table: KeptTable) -> None:
        self._table = table
        self._rows: dict[Hashable, tuple[Any, ...]] = {}

    def put(self, key: Hashable, row: tuple[Any, ...]) -> None:
        """Let the row wait."""
        self._rows[key] = row
        while len(self._rows) > MOST_PENDING:
            self._rows.pop(next(iter(self._rows)))

    def waiting(self) -> dict[Hashable, tuple[Any, ...]]:
        """The rows that wait now."""
        return dict(self._rows)

    def store(self, db: sqlite3.Connection, rows: dict[Hashable, tuple[Any, ...]]) -> None:
        """Write rows that `waiting` returned. Raises sqlite3.Error."""
        if rows:
            db.execute(self._table.table)
            db.executemany(self._table.keep, list(rows.values()))

    def forget(self, rows: dict[Hashable, tuple[Any, ...]]) -> None:
        """Drop rows that are on the disk. A row that has changed since waits on."""
        for key, row in rows.items():
            if self._rows.get(key) is row:
                del self._rows[key]


Mark = tuple[int, int]
"""The number of rows and the last row of a part of a table. It changes whenever a row of this part is written."""


def read_mark(path: Path, table: str, column: str, before: str | int) -> Mark:
    """The mark of the rows whose `column` is below `before`. Raises JournalError."""
    query = f"SELECT count(*), coalesce(max(rowid), 0) FROM {table} WHERE {column} < ?"  # noqa: S608 - names of ours
    found = read_rows(path, table, query, (before,), lambda count, last: (int(count), int(last)))
    return found[0] if found else (0, 0)


def read_rows(path: Path, table: str, query: str, arguments: tuple[Any, ...], made: Callable[..., T]) -> list[T]:
    """The result of `made` for each row of a query. Empty for a journal without the table. Raises JournalError."""
    db = open_to_read(path)
    try:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchall():
            return []
        return [made(*row) for row in db.execute(query, arguments)]
    except (sqlite3.Error, ValueError, TypeError, LookupError, AttributeError, CodecError, RecursionError) as error:
        raise JournalError(
            Text(
                "the rows of {table} recorded in {path} cannot be read: {why}",
                table=table,
                path=str(path),
                why=message_of(error),
            )
        ) from error
    finally:
        db.close()
