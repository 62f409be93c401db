"""Sessions that another program recorded: added to the journal beside our own, and removed again."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from optimizer.journal.schema import JournalError, open_to_read, open_to_write
from optimizer.journal.sessions import MOST_ROWS, TABLE, Session, to_row
from optimizer.words.text import Text, message_of

ADD = "INSERT OR IGNORE INTO session (charger, start_ms, end_ms, document) VALUES (?,?,?,?)"
OF_SOURCE = "json_extract(document, '$.source') = ?"
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Sorted:
    """Sessions of another program, beside those of the journal."""

    new: list[Session] = field(default_factory=list)
    known: list[Session] = field(default_factory=list)
    """The journal has them already."""
    overlapping: list[tuple[Session, Session]] = field(default_factory=list)
    """Each with a session of the same charger and time that the journal, or the same import, has."""


class _Times:
    """The sessions of one charger by their times."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._sessions = sorted(sessions, key=lambda one: one.start)
        self._starts = [one.start for one in self._sessions]
        self._longest = list(accumulate(self._sessions, _later))
        """Up to each place: the session that ends last."""

    def beside(self, session: Session) -> Session | None:
        """A session at the same time, if there is one. One that begins when another ends is not."""
        same = bisect_left(self._starts, session.start)
        if same < len(self._starts) and self._starts[same] == session.start:
            return self._sessions[same]
        before = bisect_right(self._starts, session.start) - 1
        if before >= 0 and _end(self._longest[before]) > session.start:
            return self._longest[before]
        if before + 1 < len(self._starts) and self._starts[before + 1] < session.end:
            return self._sessions[before + 1]
        return None


def _later(one: Session, other: Session) -> Session:
    return one if _end(one) >= _end(other) else other


def _end(session: Session) -> datetime:
    return END_OF_TIME if session.open else session.end


def sorted_out(found: Sequence[Session], recorded: Iterable[Session]) -> Sorted:
    """The sessions of `found` (in the order of their times) that the journal does not have, and the others. Pure."""
    by_charger: dict[str, list[Session]] = {}
    for one in recorded:
        by_charger.setdefault(one.charger, []).append(one)
    times = {charger: _Times(own) for charger, own in by_charger.items()}
    last: dict[str, Session] = {}
    result = Sorted()
    for one in found:
        there = times[one.charger].beside(one) if one.charger in times else None
        before = last.get(one.charger)
        if there is None and before is not None and (before.end > one.start or before.start == one.start):
            there = before
        if there is None:
            result.new.append(one)
            last[one.charger] = one
        elif there is not before and there.source == one.source and there.start == one.start:
            result.known.append(one)
        else:
            result.overlapping.append((one, there))
    return result


def add_sessions(path: Path, sessions: Sequence[Session]) -> int:
    """Add sessions to a journal, also while the service writes it. A recorded session stays as it is.

    Returns how many were added: all, or none with a JournalError.
    """
    rows = [to_row(one) for one in sessions]
    with _changed(path) as db:
        db.execute(TABLE)
        before = _count(db)
        db.executemany(ADD, rows)
        after = _count(db)
        if after > MOST_ROWS:
            raise JournalError(
                Text(
                    "the journal keeps {most} sessions, and would have {after}. Import fewer",
                    most=MOST_ROWS,
                    after=after,
                )
            )
    return after - before


def remove_sessions(path: Path, source: str) -> int:
    """Remove the sessions of another program. Returns how many there were. Raises JournalError."""
    with _changed(path) as db:
        db.execute(TABLE)
        return db.execute(f"DELETE FROM session WHERE {OF_SOURCE}", (source,)).rowcount  # noqa: S608 - no value


@contextmanager
def _changed(path: Path) -> Iterator[sqlite3.Connection]:
    """The journal in a transaction. Raises JournalError."""
    open_to_read(path).close()  # a journal that is missing or of another version is not created or changed
    try:
        with closing(open_to_write(path)) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
    except (sqlite3.Error, OSError) as error:
        raise JournalError(
            Text(
                "the journal at {path} cannot be changed: {why}. Run the command as root or as the user of the service",
                path=str(path),
                why=message_of(error),
            )
        ) from error


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM session").fetchone()[0])
