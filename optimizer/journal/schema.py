"""The journal's tables, and how its file is opened."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

VERSION = 1
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
"""Made in journals from before it too."""


class JournalError(Exception):
    """The journal cannot be read; the message says which file and why."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """The journal, made if it is not there. Raises sqlite3.Error or OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found != VERSION:
            raise sqlite3.DatabaseError(f"its format is {found}, this program writes {VERSION}")
        db.execute(SETUP_TABLE)
        # NORMAL under WAL: the disk is forced at checkpoints only; a power cut costs the last minutes, never the file.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA wal_autocheckpoint = 256")
        db.execute("PRAGMA journal_size_limit = 1048576")
        db.execute("SELECT count(*) FROM block").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """The journal for reading, also while it is being written. Raises JournalError."""
    if not path.exists():
        raise JournalError(f"there is no journal at {path} yet; it begins when the service runs")
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)
        found = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise JournalError(f"the journal at {path} cannot be read: {error}") from error
    if found != VERSION:
        db.close()
        raise JournalError(f"the journal at {path} has format {found}, this program reads {VERSION}")
    return db


def to_ms(time: datetime) -> int:
    """An aware time as ms since 1970."""
    return round(time.timestamp() * 1000.0)


def from_ms(ms: int) -> datetime:
    """The UTC time behind ms since 1970."""
    return datetime.fromtimestamp(ms / 1000.0, UTC)
