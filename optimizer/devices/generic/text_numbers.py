"""Numbers as meters write them into text: with a unit behind the number, or with a decimal comma."""

from __future__ import annotations

import re

from optimizer.devices.values import LONGEST_NUMBER, as_number
from optimizer.devices.words import printable

UNIT_AT_END = re.compile(r"[ \t\u00a0]*([A-Za-z%]{1,4})[ \t]*$", re.ASCII)
"""The unit behind a number, as in `1.2 kW`."""
LONGEST_QUOTE = 40
NUMBER_WITH_COMMA = re.compile(r"[ \t]*[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?[ \t]*", re.ASCII)
"""A number with a decimal comma; points stand between groups of three digits only."""


def measured(value: object, *, decimal_comma: bool = False) -> tuple[float | None, str]:
    """The number in `value` and the unit behind it, empty if there is none.

    The number is None if `value` holds none, or if its decimal sign is not the one that the settings name.
    """
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return as_number(value), ""
    found = UNIT_AT_END.search(value)
    # A number with an exponent ends in a digit, so what ends in letters ends in a unit.
    text, unit = (value[: found.start()], found.group(1)) if found else (value, "")
    if not decimal_comma:
        return as_number(text), unit
    if NUMBER_WITH_COMMA.fullmatch(text) is None:
        return None, unit
    return as_number(text.replace(".", "").replace(",", ".")), unit


def quoted(value: object) -> str:
    """`value` for a message: a text in quotes, a word for what is no single value."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return f"“{printable(str(value), LONGEST_QUOTE)}”"
