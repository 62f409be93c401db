"""Whether the time of a row is the beginning or the end of its interval, as far as a table tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from optimizer.words.text import Text

_CAMEL = re.compile(r"(?<=[a-zäöü])(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[a-zäöüß]+")
_END = frozenset({"bis", "ende", "endzeit", "enddatum", "intervallende", "periodenende", "until", "to", "end", "stop"})
_BEGIN = frozenset(
    {
        "von",
        "ab",
        "beginn",
        "anfang",
        "startzeit",
        "startdatum",
        "intervallbeginn",
        "from",
        "start",
        "begin",
        "beginning",
    }
)


class Side(Enum):
    """The part of an interval that the time of its row is."""

    UNKNOWN = ""
    BEGIN = "begin"
    END = "end"


def side_by_name(names: Iterable[str]) -> Side:
    """What the names of the time columns tell: `bis` and `period_end` are ends, `von` and `PeriodStart` beginnings."""
    words = {word for name in names for word in _WORD.findall(_CAMEL.sub(" ", name).lower())}
    ends, begins = not words.isdisjoint(_END), not words.isdisjoint(_BEGIN)
    if ends is begins:
        return Side.UNKNOWN
    return Side.END if ends else Side.BEGIN


def note_on_side(side: Side, *, by_name: bool) -> str:
    """What an import without the option says about its times; empty if the table tells that they are beginnings."""
    if side is Side.BEGIN:
        return ""
    if side is Side.UNKNOWN:
        return Text(
            "Nothing in the table tells whether a time is the beginning or the end of its interval. Each one counts "
            "as the beginning. If it is the end, write --times-at-end. If this is right, write --times-at-begin."
        )
    if by_name:
        return Text(
            "By the name of its column, each time counts as the end of its interval. If it is the beginning, write "
            "--times-at-begin."
        )
    return Text(
        "The times look like the ends of intervals (24:00, or from 00:15 to 00:00), and count as such. If they are the "
        "beginnings, write --times-at-begin."
    )
