"""Literals: numbers with their units, times of day, and dates become constants in base units."""

from __future__ import annotations

import re
from datetime import date

from optimizer.model.kinds import CLOCK, DATE, NUMBER, UNITS
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text

MAX_NUMBER = 1e9
"""Larger numbers are typing errors in any unit."""
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(\D*)")


def quantity(node: Node) -> Node:
    """A number with its unit, if it has one. Raises ExpressionError."""
    match = _NUMBER.fullmatch(str(node.value))
    assert match is not None  # the grammar's terminal
    digits, unit = match.group(1), match.group(2).strip()
    kind, factor = UNITS[unit] if unit else (NUMBER, 1.0)
    amount = float(digits) * factor
    if amount > MAX_NUMBER:
        raise ExpressionError(Text("{value} is too large", value=str(node.value)), node.at, node.end)
    return Node("const", node.at, node.end, value=amount, kind=kind)


def clock(node: Node) -> Node:
    """A time of day, s since midnight. Raises ExpressionError."""
    hours, minutes = (int(part) for part in str(node.value).split(":"))
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise ExpressionError(
            Text("{value} is not a time of day", value=str(node.value)), node.at, node.end, Text("write 00:00 to 24:00")
        )
    return Node("const", node.at, node.end, value=hours * 3600.0 + minutes * 60.0, kind=CLOCK)


def day(node: Node) -> Node:
    """A date, as its ordinal. Raises ExpressionError."""
    try:
        found = date.fromisoformat(str(node.value))
    except ValueError:
        raise ExpressionError(
            Text("{value} is not a date", value=str(node.value)),
            node.at,
            node.end,
            Text("write year, month, and day: 2026-12-24"),
        ) from None
    return Node("const", node.at, node.end, value=float(found.toordinal()), kind=DATE)


def bare_number(node: Node, amount: float) -> Node:
    """A bare number in the place of `node`."""
    return Node("const", node.at, node.end, value=amount, kind=NUMBER)
