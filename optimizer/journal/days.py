"""Days: each local day with its energies and its money, kept in the journal without a limit of age.

A clock that is set may leave a day and come back to it, for example after a start without network. Then the ledger
begins this day anew. So a day is a sum of parts, and no part replaces another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from optimizer.journal.codec import decode, encode
from optimizer.journal.kept import read_rows
from optimizer.model.by_source import BySource

TABLE = """
CREATE TABLE IF NOT EXISTS day_part (day TEXT, part INTEGER, document TEXT NOT NULL, PRIMARY KEY (day, part))
"""
KEEP = "INSERT OR REPLACE INTO day_part (day, part, document) VALUES (?,?,?)"
MOST_ROWS = 40_000


@dataclass(frozen=True, slots=True)
class Day:
    """The energies (Wh) and the money (ct) of one local day, or of a part of it, as the service counted them."""

    day: str
    """The local date, ISO."""
    part: int = 0
    """Seconds that the books had counted when this part of the day began. They never decrease."""
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


def to_row(day: Day) -> tuple[str, int, str]:
    """The row of the table."""
    return day.day, day.part, json.dumps(encode(Day, day), separators=(",", ":"))


def read_days(path: Path, first: date, last: date) -> list[Day]:
    """The parts of the days from `first` to `last`, both included, oldest first. Raises JournalError."""
    query = "SELECT document FROM day_part WHERE day BETWEEN ? AND ? ORDER BY day, part LIMIT ?"
    span = (first.isoformat(), last.isoformat(), MOST_ROWS)
    return read_rows(path, "day_part", query, span, lambda document: decode(Day, json.loads(document)))
