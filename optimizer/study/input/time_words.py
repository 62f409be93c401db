"""Removes words around a time in a table: names of zones and days, the end of the interval, and 24:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo

_UNTIL = re.compile(r"(.*\d\d?:\d\d.*?)\s+(?:-|–|—|bis|to|until)\s+(.*\d\d?:\d\d.*)")
"""`01.06.2025 00:00 - 00:15`: the interval begins at the first time."""
_ZONE = re.compile(r"(.*(?:Z|[+-]\d\d:?\d\d))\[[A-Za-z_/]+\]|(.*\d)\s*([A-Z]{3,4})")
"""`… 10:00 CEST`, or `…+02:00[Europe/Berlin]`, where the offset tells."""
_END_OF_DAY = re.compile(r"(\d{4}-\d{2}-\d{2}[T ])24(:00(?::00(?:\.0+)?)?.*)")
_BROWSER = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC)([+-]\d{4})(?: \(.*\))?"
)
"""`Sun Jun 01 2025 10:00:00 GMT+0200 (CEST)`, as a program in a browser writes it."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZONES: dict[str, tzinfo] = {
    "UTC": UTC,
    "GMT": UTC,
    **{name: timezone(timedelta(hours=hours)) for name, hours in (("CET", 1), ("MEZ", 1), ("CEST", 2), ("MESZ", 2))},
}
"""Names that mean one offset. Others, such as BST, mean several."""


@dataclass(frozen=True, slots=True)
class Written:
    """A time without the words around it."""

    text: str
    zone: tzinfo | None = None
    next_day: bool = False
    """Whether the time is 24:00. `text` has 00:00 of the same day."""


def without_end(text: str) -> str:
    """The first time of an interval, or the text itself."""
    match = _UNTIL.fullmatch(text) if " " in text else None
    return text if match is None else match[1]


def written(text: str) -> Written:
    """The time without the name of a zone, and with 00:00 for 24:00."""
    zone = None
    if text[:1].isalpha() and (match := _BROWSER.fullmatch(text)) is not None and match[1] in _MONTHS:
        return Written(f"{match[3]}-{_MONTHS.index(match[1]) + 1:02}-{match[2]}T{match[4]}{match[5]}")
    if not text[-2:-1].isdecimal() and (match := _ZONE.fullmatch(text)):
        if match[3] is None:
            text = match[1]
        elif match[3] in _ZONES:
            text, zone = match[2], _ZONES[match[3]]
        elif match[3] == "DST":  # local time, as the clock on the wall
            text = match[2]
    if "24" not in text:
        return Written(text, zone)
    ends = _END_OF_DAY.fullmatch(text)
    return Written(text, zone) if ends is None else Written(f"{ends[1]}00{ends[2]}", zone, next_day=True)
