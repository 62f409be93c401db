"""The tables of the journal, and the functions that open its file."""

from __future__ import annotations

import errno
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from optimizer.journal.state_file import open_state_file
from optimizer.words.excerpt import sentence
from optimizer.words.text import Text, message_of

VERSION = 1
NONE_YET = "there is no journal at {path} yet; the service writes it within a minute after its start"
BUSY_S = 5.0

TABLES = """
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    ticks INTEGER NOT NULL,
    book TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX block_last ON block (last_ms);
CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX change_at ON change (at_ms);
CREATE TABLE minute (
    at_ms INTEGER PRIMARY KEY,
    data TEXT NOT NULL
);
CREATE TABLE book (
    version TEXT PRIMARY KEY,
    first_ms INTEGER NOT NULL,
    document TEXT NOT NULL
);
"""
SETUP_TABLE = "CREATE TABLE IF NOT EXISTS setup (first_ms INTEGER NOT NULL, document TEXT NOT NULL)"
"""Also created in journals of versions that did not have it."""
SCHEDULE_TABLE = """
CREATE TABLE IF NOT EXISTS schedule (at_ms INTEGER PRIMARY KEY, problem BLOB NOT NULL, document BLOB NOT NULL)
"""
"""Problems and their schedules, compressed JSON. Also created in journals of versions that did not have it."""
WORDS_COLUMN = "ALTER TABLE change ADD COLUMN words TEXT"
"""The template and the values of a line, as JSON. Also added to journals of versions that did not have it."""


class JournalError(Exception):
    """The journal cannot be read. The message names the file and the reason. It is printable."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


class OtherFormat(sqlite3.DatabaseError):
    """The journal is of another version of the program, and not damaged."""

    def __init__(self, found: int) -> None:
        super().__init__(Text("its format is {found}, this program writes {version}", found=found, version=VERSION))
        self.found = found


def open_to_write(path: Path) -> sqlite3.Connection:
    """Opens the journal for writing, and creates it if necessary. Raises sqlite3.Error or OSError, and
    OtherFormat for a journal of another version."""
    _make_private(path)
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found != VERSION:
            raise OtherFormat(found)
        db.execute(SETUP_TABLE)
        db.execute(SCHEDULE_TABLE)
        if not has_words(db):
            db.execute(WORDS_COLUMN)
        # NORMAL with WAL forces the disk at checkpoints only. A power cut costs the last minutes, but never the file.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 256")
        db.execute("PRAGMA journal_size_limit = 1048576")
        db.execute("SELECT count(*) FROM block").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def has_words(db: sqlite3.Connection) -> bool:
    """Whether the lines of the log keep their template and values. Raises sqlite3.Error."""
    return any(column == "words" for _, column, *_ in db.execute("PRAGMA table_info(change)"))


def _make_private(path: Path) -> None:
    """Create the file with mode 0600, or correct its mode, because its data show when nobody is at home. SQLite copies
    the mode for its other files. Raises OSError, also for a FIFO or a folder in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(open_state_file(path, os.O_RDWR | os.O_CREAT))
    elif not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file; move it away", str(path))
    elif path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        # By its name, because closing another descriptor would release the locks of SQLite in this process.
        path.chmod(0o600)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Opens the journal for reading, also while the service writes it. Raises JournalError."""
    if not path.exists():
        raise JournalError(Text(NONE_YET, path=str(path)))
    if not path.is_file():
        raise JournalError(Text("the journal at {path} is not a regular file; move it away", path=str(path)))
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
        try:
            found = db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            db.close()
            raise
    except sqlite3.Error as error:
        raise JournalError(
            Text("the journal at {path} cannot be read: {why}", path=str(path), why=message_of(error))
        ) from error
    if found == 0 and path.stat().st_size == 0:
        db.close()
        raise JournalError(Text(NONE_YET, path=str(path)))
    if found != VERSION:
        db.close()
        raise JournalError(
            Text(
                "the journal at {path} has format {found}, this program reads {version}",
                path=str(path),
                found=found,
                version=VERSION,
            )
        )
    return db


def to_ms(time: datetime) -> int:
    """An aware time as ms since 1970."""
    return round(time.timestamp() * 1000.0)


def from_ms(ms: int) -> datetime:
    """The UTC time for ms since 1970. Raises ValueError for a time that is in no calendar."""
    try:
        return datetime.fromtimestamp(ms / 1000.0, UTC)
    except (OverflowError, OSError, TypeError) as error:
        raise ValueError(f"{ms} is not a time") from error
