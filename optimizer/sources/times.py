"""Times in answers: ISO 8601 with an offset, or Unix time in s or ms."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.sources.port import SourceError, finite, quoted
from optimizer.words.text import Text

FIRST_S = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
LAST_S = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
"""Times outside are mistakes."""
LEAST_MS = 10_000_000_000.0
"""A Unix time above this is in ms: in s it is in the year 2286."""


def unix_s(value: object) -> float:
    """The Unix time of a value, s. Raises SourceError if it is not a time, or has no offset to UTC."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SourceError("garbled", Text("{value} is not a time", value=quoted(str(value))))
    at_s = _iso(value) if isinstance(value, str) else finite(value)
    if at_s is not None and not isinstance(value, str) and at_s > LEAST_MS:
        at_s /= 1000.0
    if at_s is None or not FIRST_S <= at_s < LAST_S:
        raise SourceError("garbled", Text("{value} is not a time from 2000 to 2100", value=quoted(str(value))))
    return at_s


def _iso(text: str) -> float:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SourceError("garbled", Text("{value} is not a time in ISO 8601", value=quoted(text))) from None
    if time.tzinfo is None:
        raise SourceError("garbled", Text("the time {value} has no offset to UTC", value=quoted(text)))
    try:
        return time.timestamp()
    except (OverflowError, ValueError, OSError):
        raise SourceError("garbled", Text("{value} is not a time from 2000 to 2100", value=quoted(text))) from None
