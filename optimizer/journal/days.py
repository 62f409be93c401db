"""Days: one record for each local day with its energies and its money, kept in the journal without a limit of age."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.schema import JournalError, open_to_read

TABLE = "CREATE TABLE IF NOT EXISTS day (day TEXT PRIMARY KEY, document TEXT NOT NULL)"
KEEP = "INSERT OR REPLACE INTO day (day, document) VALUES (?,?)"
MOST_ROWS = 40_000


@dataclass(frozen=True, slots=True)
class BySource:
    """An energy (Wh) or its cost (ct) by where it comes from."""

    surplus: float = 0.0
    """Straight from PV."""
    battery: float = 0.0
    grid: float = 0.0

    @property
    def total(self) -> float:
        return self.surplus + self.battery + self.grid

    def plus(self, other: BySource) -> BySource:
        """The sum of both."""
        return BySource(self.surplus + other.surplus, self.battery + other.battery, self.grid + other.grid)


@dataclass(frozen=True, slots=True)
class Day:
    """The energies (Wh) and the money (ct) of one local day, as the service counted them."""

    day: str
    """The local date, ISO."""
    accounted_s: float = 0.0
    """Time in which every power was known. The energies by consumer are those of this time."""
    used_wh: Mapping[str, BySource] = field(default_factory=dict)
    """By consumer: `home` and `ev.<name>`."""
    used_ct: Mapping[str, BySource] = field(default_factory=dict)
    """The grid at its price, and PV and battery at the payment for export that was lost."""
    unpriced_wh: float = 0.0
    """Energy used for which a price was not known. It is in no cost."""
    pv_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    charged_wh: float = 0.0
    discharged_wh: float = 0.0
    import_ct: float | None = None
    """What imported energy has cost. None: the price was not known on this day."""
    export_ct: float | None = None
    """What exported energy has earned. None: the price was not known on this day."""


def to_row(day: Day) -> tuple[str, str]:
    """The row of the table."""
    return day.day, json.dumps(encode(Day, day), separators=(",", ":"))


def read_days(path: Path, first: date, last: date) -> list[Day]:
    """The recorded days from `first` to `last`, both included, oldest first. Raises JournalError."""
    db = open_to_read(path)
    try:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'day'").fetchall():
            return []
        rows = db.execute(
            "SELECT document FROM day WHERE day BETWEEN ? AND ? ORDER BY day LIMIT ?",
            (first.isoformat(), last.isoformat(), MOST_ROWS),
        ).fetchall()
        return [decode(Day, json.loads(document)) for (document,) in rows]
    except (sqlite3.Error, ValueError, CodecError, RecursionError) as error:
        raise JournalError(f"the days recorded in {path} cannot be read: {error}") from error
    finally:
        db.close()
