"""Schedules of the journal: what the solver got, and what it answered."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

MOST_BYTES = 8_000_000
"""Largest size of a document after decompression."""


@dataclass(frozen=True, slots=True)
class RecordedSchedule:
    """One schedule."""

    at: datetime
    """When it was made, aware UTC."""
    problem: str
    """JSON."""
    schedule: str
    """JSON."""


def compressed(text: str) -> bytes:
    """The text, compressed."""
    return zlib.compress(text.encode(), 6)


def expanded(data: bytes) -> str:
    """The text again. Raises ValueError if it is damaged or too large."""
    try:
        work = zlib.decompressobj()
        text = work.decompress(data, MOST_BYTES)
        if work.unconsumed_tail or not work.eof:
            raise ValueError("it is too large or not complete")
        return text.decode()
    except (zlib.error, TypeError) as error:
        raise ValueError(f"it is damaged: {error}") from error
