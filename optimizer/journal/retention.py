"""What the journal forgets: what is too old, the oldest while the file is too large, and what only these needed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

DROP_AT_ONCE = 200
"""Most blocks that one transaction removes: retention must not stall the recording."""
MB = 1_000_000
DAY_MS = 86_400_000

BOOKS_OF_NO_BLOCK = """
DELETE FROM book WHERE first_ms < (SELECT min(first_ms) FROM block) AND version NOT IN (SELECT book FROM block)
"""
SETUPS_BEFORE = "DELETE FROM setup WHERE first_ms < (SELECT max(first_ms) FROM setup WHERE first_ms <= ?)"


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept."""

    days: float = 400.0
    max_mb: float = 2000.0


def trim(db: sqlite3.Connection, keep: Keep, now_ms: int) -> None:
    """Drop what is too old, and the oldest while the file is too large."""
    oldest_ms = now_ms - round(keep.days * DAY_MS)
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    over = (pages - free) * size - keep.max_mb * MB
    if over > 0:
        rows = db.execute("SELECT last_ms, length(data) FROM block ORDER BY id LIMIT ?", (DROP_AT_ONCE,))
        for last_ms, length in rows.fetchall():
            oldest_ms = max(oldest_ms, last_ms)
            over -= length
            if over <= 0:
                break
    db.execute(
        "DELETE FROM block WHERE id IN (SELECT id FROM block WHERE last_ms <= ? ORDER BY id LIMIT ?)",
        (oldest_ms, DROP_AT_ONCE),
    )
    db.execute("DELETE FROM change WHERE at_ms <= ?", (oldest_ms,))
    db.execute("DELETE FROM minute WHERE at_ms <= ?", (oldest_ms,))
    db.execute(SETUPS_BEFORE, (oldest_ms,))
    if free > 64:
        db.execute("PRAGMA incremental_vacuum(256)").fetchall()


def drop_unused_books(db: sqlite3.Connection) -> None:
    """Drop rule books from before the oldest block that no block needs. Looks at every block: for rare moments."""
    db.execute(BOOKS_OF_NO_BLOCK)
