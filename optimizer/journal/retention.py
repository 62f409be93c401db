"""Retention: drops old records of the journal. By age if the clock is reliable, by size at any time.

Blocks are dropped in the order of their recording. Their wall times do not decide this order. A clock that was wrong
for an hour leaves blocks that seem years old or years ahead.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from optimizer.journal.sessions import MOST_ROWS as MOST_SESSIONS

DROP_AT_ONCE = 200
"""Most blocks that one transaction drops for size. Retention must not delay the recording."""
DROP_PER_BLOCK = 4
"""Most old blocks that are dropped for each written block. So a wrong clock costs at most four times the time for which
it was wrong. A smaller `keep_days` takes effect at four days a day."""
MB = 1_000_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000

BOOKS_OF_NO_BLOCK = """
DELETE FROM book WHERE first_ms < (SELECT min(first_ms) FROM block) AND version NOT IN (SELECT book FROM block)
"""
SETUPS_BEFORE = "DELETE FROM setup WHERE first_ms < (SELECT max(first_ms) FROM setup WHERE first_ms <= ?)"
SESSIONS_BEYOND = """
DELETE FROM session WHERE rowid <= (SELECT rowid FROM session ORDER BY rowid DESC LIMIT 1 OFFSET ?)
"""
"""Each state of a session that is recorded gets a new rowid. So the sessions that were recorded last stay."""
HAS_SESSIONS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'session'"
OLDEST = "SELECT id, last_ms FROM block ORDER BY id LIMIT ?"
OLDEST_SIZES = "SELECT id, length(data) FROM block ORDER BY id LIMIT ?"
LOOK = 6000
"""Most blocks at the old end that the search for an old block passes. A clock that was ahead recorded such blocks."""


@dataclass(frozen=True, slots=True)
class Keep:
    """The limits of the journal: days, and MB of the file."""

    days: float = 400.0
    max_mb: float = 4000.0


def trim(db: sqlite3.Connection, keep: Keep, now_ms: int, by_age: int = DROP_PER_BLOCK) -> None:
    """Drop at most `by_age` blocks that are too old, and the oldest ones while the file is too large.

    Sessions stay by their number, and by no age: they are small, and some must be kept for ten years. `now_ms` is the
    wall time of the newest tick.
    """
    drop_sessions_beyond(db, MOST_SESSIONS)
    drop_to = max(_too_old(db, keep, now_ms, by_age), _too_much(db, keep))
    if drop_to:
        db.execute("DELETE FROM block WHERE id <= ?", (drop_to,))
        # The lines and minutes of the remaining blocks stay, also if a wrong clock mixed up the order.
        (oldest_ms,) = db.execute("SELECT min(last_ms) FROM block").fetchone()
        if oldest_ms is None:
            oldest_ms = now_ms
        db.execute("DELETE FROM change WHERE at_ms <= ?", (oldest_ms - MINUTE_MS,))
        db.execute("DELETE FROM schedule WHERE at_ms <= ?", (oldest_ms - DAY_MS,))
        db.execute("DELETE FROM minute WHERE at_ms <= ?", (oldest_ms - 2 * MINUTE_MS,))
        db.execute(SETUPS_BEFORE, (oldest_ms - MINUTE_MS,))
    if _pages(db)[1] > 64:
        db.execute("PRAGMA incremental_vacuum(256)").fetchall()


def drop_sessions_beyond(db: sqlite3.Connection, most: int) -> None:
    """Keep the `most` sessions that were recorded last."""
    if db.execute(HAS_SESSIONS).fetchone() is not None:
        db.execute(SESSIONS_BEYOND, (most,))


def drop_unused_books(db: sqlite3.Connection) -> None:
    """Drop rule books from before the oldest block that no block needs. Reads every block: for rare moments."""
    db.execute(BOOKS_OF_NO_BLOCK)


def _too_old(db: sqlite3.Connection, keep: Keep, now_ms: int, most: int) -> int:
    """The newest block that is dropped by age, 0 for none. The first block within `keep.days` ends the search."""
    cut_ms = now_ms - round(keep.days * DAY_MS)
    passed: list[int] = []
    old = before = newest_ms = 0
    for block, last_ms in db.execute(OLDEST, (LOOK if most else 0,)):
        passed.append(block)
        # A block of the future, or one that seems older than a block recorded before it, was recorded by a wrong clock.
        # Its age is unknown. It goes when an old block recorded after it goes.
        if last_ms < newest_ms:
            # Only the last right block before it shows that its clock was behind, so that one stays too.
            old = before
        elif last_ms <= now_ms:
            if most == 0 or last_ms > cut_ms:
                break
            before, old, newest_ms, most = old, block, last_ms, most - 1
    return min(old, passed[:DROP_AT_ONCE][-1]) if old else 0


def _too_much(db: sqlite3.Connection, keep: Keep) -> int:
    """The newest block that is dropped for size, 0 for none."""
    pages, free, size = _pages(db)
    over = (pages - free) * size - keep.max_mb * MB
    last = 0
    if over > 0:
        for block, length in db.execute(OLDEST_SIZES, (DROP_AT_ONCE,)):
            last, over = block, over - length
            if over <= 0:
                break
    return last


def _pages(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Pages of the file, free ones among them, and the bytes of one."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return pages, free, size
