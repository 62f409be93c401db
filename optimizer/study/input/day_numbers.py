"""Times as a spreadsheet keeps them: days since the end of 1899, such as 45809.25 for 6 o'clock on 2025-06-01."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_NUMBER = re.compile(r"([2-7][0-9]{4})(?:[.,]([0-9]+))?")
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - wall time
_FIRST_DAY, _LAST_DAY = 25569, 73050
"""1970 to 2099: years of measured data."""
_DAY_S = 86_400
_SURE = 5
"""With so many decimals the second is known."""
_EXACT_S = 0.5
"""With fewer, only a number that meets a whole minute by this is not rounded."""


def is_day_number(text: str) -> bool:
    """Whether the text can be the day of a spreadsheet, with or without a part of the day."""
    return (text[5:6] in {".", ","} or len(text) == 5) and text[:5].isdecimal()


def day_of_number(text: str) -> datetime | None:
    """The day of a spreadsheet's number with a part of a day, in any year; None for other texts."""
    return _DAY_0 + timedelta(days=int(text[:5])) if text[5:6] in {".", ","} and is_day_number(text) else None


def time_of_day_number(text: str) -> datetime | None:
    """The wall time of a spreadsheet's number; None for other texts, and for a number that is rounded too much."""
    match = _NUMBER.fullmatch(text)
    if match is None or not _FIRST_DAY <= int(match[1]) < _LAST_DAY:
        return None
    decimals = match[2] or ""
    second_s = float(f"0.{decimals or 0}") * _DAY_S
    if len(decimals) < _SURE and abs(second_s - round(second_s / 60.0) * 60.0) > _EXACT_S:
        return None
    return _DAY_0 + timedelta(days=int(match[1]), seconds=round(second_s))
