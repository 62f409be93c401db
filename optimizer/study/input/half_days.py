"""Times of a clock of 12 hours whose AM and PM are lost: each of them stands for two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

HOUR_S = 3600.0
DAY_S = 86_400.0
MIN_ROWS = 24
"""Fewer rows may lie in one half of a day."""
TWICE = 0.25
"""Part of the times that occur twice in a table of whole days without order."""


def refuse_lost_half_days(path: str, wall_s: Sequence[float], lines: Sequence[int]) -> None:
    """Raise StudyError if no time is before 1:00 or after 12:59, and the times go back by half a day or occur twice."""
    hours = {int(one % DAY_S // HOUR_S) for one in wall_s}
    if len(wall_s) < MIN_ROWS or not {1, 12} <= hours <= set(range(1, 13)):
        return
    back = next((at for at, (one, other) in enumerate(pairwise(wall_s), start=1) if _is_back(one, other)), None)
    if back is None and len(wall_s) - len(set(wall_s)) < TWICE * len(wall_s):
        return
    raise StudyError(
        Text(
            "{path}:{line}: no time is before 1:00 or after 12:59, and the times repeat, so AM and PM seem to be lost. "
            "Export the table with AM and PM, or with a clock of 24 hours",
            path=path,
            line=lines[back or 0],
        )
    )


def _is_back(one_s: float, other_s: float) -> bool:
    """Whether the hour goes from 12 to 1 on one day, in a table with the oldest or the newest row first."""
    same_day = one_s // DAY_S == other_s // DAY_S
    return same_day and {int(one_s % DAY_S // HOUR_S), int(other_s % DAY_S // HOUR_S)} == {1, 12}
