"""Moments in requests: ISO 8601 with an offset."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.serve.access.access import Refused
from optimizer.serve.years import BEYOND, YEARS
from optimizer.words.text import Text


def aware_time(text: str) -> datetime:
    """The UTC time that a text gives. Raises Refused with status 400."""
    # In a query an offset's "+" that nobody escaped arrives as a space.
    for spelling in (text, "+".join(text.rsplit(" ", 1))):
        try:
            at = datetime.fromisoformat(spelling)
        except ValueError:
            continue
        if at.tzinfo is not None:
            if at.year not in YEARS:
                raise Refused(400, Text("{text} is {beyond}", text=repr(text), beyond=BEYOND))
            return at.astimezone(UTC)
    wrong = "{text} is not a time with its offset, such as 2025-06-21T14:05:00+02:00"
    raise Refused(400, Text(wrong, text=repr(text)))
