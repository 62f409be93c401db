"""Reads the journal, also while the service writes it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from optimizer.journal.changes import Change
from optimizer.journal.chart import SERIES, Point
from optimizer.journal.codec import CodecError
from optimizer.journal.days import Day, read_days
from optimizer.journal.kept import Mark, read_mark
from optimizer.journal.record import Block, Tick, read_block
from optimizer.journal.schedules import RecordedSchedule, expanded
from optimizer.journal.schema import JournalError, from_ms, open_to_read, to_ms
from optimizer.journal.sessions import Session, read_sessions
from optimizer.journal.setup import Setup
from optimizer.words.text import Text, from_json, message_of

NEAR = timedelta(minutes=10)
"""A tick answers for this time after it. A moment further from every tick has no answer."""
MAX_ROWS = 5000
BLOCKS_AT_ONCE = 20
"""Number of blocks that are read each time the file is opened: opening it takes longer than reading one."""
DAMAGED = (ValueError, TypeError, RecursionError)
"""What reading a cell raises that is of another kind than it was written. A database accepts any kind in any column."""


class JournalReader:
    """One journal file. Every method opens it again, so that a reader never delays the writer's checkpoints."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tick_at(self, at: datetime) -> Tick | None:
        """The last tick at or before an aware time, or None if nothing was recorded around it.

        Raises JournalError.
        """
        query = (
            "SELECT first_ms, last_ms, book, data FROM block WHERE first_ms <= ?"
            " ORDER BY first_ms DESC, id DESC LIMIT 1"
        )
        for row in self._rows(query, (to_ms(at),)):
            before = [tick for tick in self._block(*row).ticks if tick.state.now <= at]
            if before and at - before[-1].state.now <= NEAR:
                return before[-1]
        return None

    def blocks(self, start: datetime, end: datetime) -> Iterator[tuple[int, Block]]:
        """All blocks that touch [start, end], oldest first, with their row number. Raises JournalError."""
        these = "SELECT id FROM block WHERE last_ms >= ? AND first_ms <= ? ORDER BY first_ms, id"
        ids = [row for (row,) in self._rows(these, (to_ms(start), to_ms(end)))]
        for at in range(0, len(ids), BLOCKS_AT_ONCE):
            some = ids[at : at + BLOCKS_AT_ONCE]
            places = ", ".join("?" for _ in some)
            query = (
                f"SELECT id, first_ms, last_ms, book, data FROM block WHERE id IN ({places})"  # noqa: S608 - no value
                " ORDER BY first_ms, id"
            )
            for row, *found in self._rows(query, tuple(some)):
                yield row, self._block(*found)

    def span(self) -> tuple[datetime, datetime] | None:
        """Times of the first and the last recorded tick, or None if there is none."""
        query = "SELECT min(first_ms), max(last_ms) FROM block HAVING min(first_ms) IS NOT NULL"
        found = self._rows(query, (), lambda first_ms, last_ms: (from_ms(first_ms), from_ms(last_ms)))
        return found[0] if found else None

    def block_count(self) -> int:
        """The number of blocks, each at most a minute long. Raises JournalError."""
        (count,) = self._rows("SELECT count(*) FROM block", ())[0]
        return int(count)

    def changes(self, start: datetime, end: datetime, limit: int = 200) -> list[Change]:
        """The newest lines of the log within [start, end], oldest first."""
        # All columns: journals of older versions have no `words`.
        query = "SELECT * FROM change WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms DESC, id DESC LIMIT ?"
        return self._rows(query, (to_ms(start), to_ms(end), min(limit, MAX_ROWS)), _change)[::-1]

    def points(self, start: datetime, end: datetime) -> list[Point]:
        """The minutes within [start, end], oldest first."""
        query = "SELECT at_ms, data FROM minute WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms LIMIT ?"
        rows = self._rows(query, (to_ms(start), to_ms(end), MAX_ROWS))
        try:
            return Point.from_rows(rows)
        except DAMAGED as error:
            raise JournalError(
                Text("the minutes recorded in {path} cannot be read: {why}", path=str(self.path), why=message_of(error))
            ) from error

    def means(self, start: datetime, end: datetime, step_ms: int) -> list[Point]:
        """The means over each step within [start, end), oldest first. The database calculates them, so that a long
        time costs little. A step may begin before `start`. Raises JournalError."""
        means = ", ".join(f"round(avg(json_extract(data, '$[{place}]')), 1)" for place in range(len(SERIES)))
        query = (
            f"SELECT at_ms / ? * ? AS step_ms, {means} FROM minute WHERE at_ms >= ? AND at_ms < ?"  # noqa: S608 - no value
            " GROUP BY step_ms ORDER BY step_ms LIMIT ?"
        )
        rows = self._rows(query, (step_ms, step_ms, to_ms(start), to_ms(end), MAX_ROWS))
        return [Point(*row) for row in rows]

    def sessions(self, start: datetime, end: datetime) -> list[Session]:
        """The visits of cars that begin within [start, end), oldest first. Raises JournalError."""
        return read_sessions(self.path, start, end)

    def days(self, first: date, last: date) -> list[Day]:
        """The parts of the days from `first` to `last`, both included, oldest first. Raises JournalError."""
        return read_days(self.path, first, last)

    def sessions_mark(self, before: datetime) -> Mark:
        """Changes whenever a session that began before this time is written. Raises JournalError."""
        return read_mark(self.path, "session", "start_ms", to_ms(before))

    def days_mark(self, before: date) -> Mark:
        """Changes whenever a part of a day before this one is written. Raises JournalError."""
        return read_mark(self.path, "day_part", "day", before.isoformat())

    def book(self, version: str) -> dict[str, str] | None:
        """The rule files of a version of the rule book, as text by file name, or None if they are not recorded."""
        for (document,) in self._rows("SELECT document FROM book WHERE version = ?", (version,)):
            try:
                return _texts(json.loads(document))
            except DAMAGED as error:
                raise JournalError(
                    Text(
                        "the rules recorded in {path} cannot be read: {why}", path=str(self.path), why=message_of(error)
                    )
                ) from error
        return None

    def setups(self) -> list[tuple[datetime, Setup]]:
        """The recorded setups with the time from which each held, oldest first. Journals of early versions have none.

        Raises JournalError.
        """
        if not self._rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'setup'", ()):
            return []
        rows = self._rows("SELECT first_ms, document FROM setup ORDER BY first_ms, rowid", ())
        try:
            return [(from_ms(first_ms), Setup.from_json(document)) for first_ms, document in rows]
        except DAMAGED as error:
            raise JournalError(
                Text(
                    "the settings recorded in {path} cannot be read: {why}", path=str(self.path), why=message_of(error)
                )
            ) from error

    def schedules(self, start: datetime, end: datetime) -> Iterator[RecordedSchedule]:
        """The schedules made within [start, end], oldest first, one at a time. Raises JournalError."""
        if not self._has_schedules():
            return
        times = "SELECT at_ms FROM schedule WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms"
        for (at_ms,) in self._rows(times, (to_ms(start), to_ms(end))):
            yield from self._schedules("SELECT at_ms, problem, document FROM schedule WHERE at_ms = ?", at_ms)

    def schedules_until(self, at: datetime, most: int = 1) -> list[RecordedSchedule]:
        """The newest schedules made at or before an aware time, newest first. Raises JournalError."""
        if not self._has_schedules():
            return []
        query = "SELECT at_ms, problem, document FROM schedule WHERE at_ms <= ? ORDER BY at_ms DESC LIMIT ?"
        return self._schedules(query, to_ms(at), most)

    def _has_schedules(self) -> bool:
        """Whether the version that wrote the journal recorded schedules."""
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schedule'", ()))

    def _schedules(self, query: str, *values: int) -> list[RecordedSchedule]:
        try:
            return [
                RecordedSchedule(from_ms(at_ms), expanded(problem), expanded(document))
                for at_ms, problem, document in self._rows(query, values)
            ]
        except DAMAGED as error:
            raise JournalError(
                Text("a schedule recorded in {path} cannot be read: {why}", path=str(self.path), why=message_of(error))
            ) from error

    def _block(self, first_ms: int, last_ms: int, book: str, data: bytes) -> Block:
        try:
            first, last = (f"{from_ms(end):%Y-%m-%d %H:%M:%S}" for end in (first_ms, last_ms))
        except ValueError as error:
            raise self._unreadable(error) from error
        try:
            return read_block(book, data)
        except CodecError as error:
            raise JournalError(
                Text(
                    "the records of {path} from {first} to {last} UTC cannot be read: {why}; choose a time before "
                    "or after them",
                    path=str(self.path),
                    first=first,
                    last=last,
                    why=message_of(error),
                )
            ) from error

    def _rows(self, query: str, values: tuple[Any, ...], made: Callable[..., Any] = lambda *row: row) -> list[Any]:
        """What `made` makes of the cells of each row."""
        with closing(open_to_read(self.path)) as db:
            try:
                return [made(*row) for row in db.execute(query, values)]
            except (sqlite3.Error, *DAMAGED) as error:
                raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> JournalError:
        return JournalError(
            Text("the journal at {path} cannot be read: {why}", path=str(self.path), why=message_of(error))
        )


def _change(_: int, at_ms: int, kind: str, subject: str, text: str, words: str | None = None) -> Change:
    """The line of a row. Raises ValueError."""
    if not all(isinstance(cell, str) for cell in (kind, subject, text)):
        raise ValueError("a line of the log is not text")
    return Change(from_ms(at_ms), kind, subject, from_json(text, words))


def _texts(document: Any) -> dict[str, str]:
    """The files of a rule book by name. Raises ValueError."""
    if not isinstance(document, dict) or not all(isinstance(text, str) for text in document.values()):
        raise ValueError("these are no files with text")
    return document
