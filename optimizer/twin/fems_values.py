"""Converts a JSON value that is written to an integer channel as an Edge does, and shows it as its log does."""

from __future__ import annotations

import math
from typing import Final

LEAST, MOST = -(2**31), 2**31 - 1


class Poison(Exception):
    """The value cannot become a 32-bit integer: the controller fails at this entry of its map in every cycle."""


IGNORED: Final = None
"""The channel takes the value and sets nothing (a list of several numbers)."""


def withdraws(value: object) -> bool:
    """Whether the value takes the entry out of the map."""
    return value is None or value == ""


def as_integer(value: object) -> int | None:
    """The integer of a value, or IGNORED. Fractions are rounded down. Raises Poison."""
    if isinstance(value, list):
        return as_integer(value[0]) if len(value) == 1 else IGNORED
    if isinstance(value, bool | int):
        number = int(value)
    elif isinstance(value, float) and math.isfinite(value):
        number = math.floor(value)
    elif isinstance(value, str):
        try:
            number = int(value)
        except ValueError:
            raise Poison(value) from None
    else:
        raise Poison(value)
    if not LEAST <= number <= MOST:
        raise Poison(value)
    return number


def logged(value: object) -> str:
    """The value as the log of the controller shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[I@{id(value) & 0xFFFFFFFF:x}"
    return str(value)
