"""Numbers as other programs write them: as a number or a text, with a unit behind it, or with a decimal comma."""

from __future__ import annotations

import math
import re

LONGEST_NUMBER = 40
NUMBER = re.compile(r"[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*", re.ASCII)
"""What counts as a number in a text; float() takes more (other digits, control characters, underscores)."""
UNIT_AT_END = re.compile(r"[ \t\u00a0]*([A-Za-z%°]{1,4})[ \t]*$", re.ASCII)
"""The unit behind a number, as in `1.2 kW`."""
NUMBER_WITH_COMMA = re.compile(r"[ \t]*[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?[ \t]*", re.ASCII)
"""A number with a decimal comma; points stand between groups of three digits only."""

THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})((?:[\u00a0\u2009\u202f'\u2019]\d{3})+)(?!\d)", re.ASCII)
"""Digits in groups of three, with an apostrophe or a narrow blank between them. An ordinary blank parts two numbers."""
GROUPED_BY_COMMA = re.compile(r"([+-]?[1-9]\d{0,2})((?:,\d{3})+)(\.\d+)?", re.ASCII)
"""A number with a decimal point and commas between groups of three digits."""


def as_number(value: object) -> float | None:
    """A finite number, also one that is printed as text; None for everything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if len(value) > LONGEST_NUMBER or NUMBER.fullmatch(value) is None:
            return None
        value = float(value)
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def measured(value: object, *, decimal_comma: bool = False) -> tuple[float | None, str]:
    """The number in `value` and the unit behind it, empty if there is none.

    The number is None if `value` holds none, or if its decimal sign is not the one that the settings name.
    """
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER:
        return as_number(value), ""
    value = THOUSANDS.sub(_joined, value.replace("\u2212", "-"))
    found = UNIT_AT_END.search(value)
    # A number with an exponent ends in a digit, so what ends in letters ends in a unit.
    text, unit = (value[: found.start()], found.group(1)) if found else (value, "")
    if not decimal_comma:
        return as_number(_without_commas(text)), unit
    if NUMBER_WITH_COMMA.fullmatch(text) is None:
        return None, unit
    return as_number(text.replace(".", "").replace(",", ".")), unit


def _joined(match: re.Match[str]) -> str:
    return match[1] + "".join(character for character in match[2] if character.isdecimal())


def _without_commas(text: str) -> str:
    """The text without the commas of 1,234.5 or 1,234,567. The comma of 1,234 may start decimals, so it stays."""
    match = GROUPED_BY_COMMA.fullmatch(text.strip(" \t"))
    if match is None or (match[3] is None and match[2].count(",") < 2):
        return text
    return text.replace(",", "")
