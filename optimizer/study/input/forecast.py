"""Past PV forecasts as CSV files, `timestamp,pv_w`, plain or gzip: the mean power from each time until the next row."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

from optimizer.model.series import HOUR_S, Series, Slot
from optimizer.study.input.series import StudyError
from optimizer.study.input.trace import parse_number, parse_time, rows_of
from optimizer.words.text import Text, message_of

LONGEST_S = 3 * HOUR_S
"""A row is valid no longer than this. The rest of a longer time is unknown."""
NEEDED = ("timestamp", "pv_w")


def read_forecast(path: Path) -> Series:
    """The forecasts of a file, W. Raises StudyError with file and line."""
    rows = rows_of(path)
    header = [word.strip() for word in next(rows, [])]
    if any(name not in header for name in NEEDED):
        raise StudyError(Text("{path}:1: the header must be {names}", path=str(path), names=",".join(NEEDED)))
    columns = [header.index(name) for name in NEEDED]
    found: list[tuple[float, float]] = []
    for line, row in enumerate(rows, start=2):
        at = f"{path}:{line}"
        if not row:
            continue
        if len(row) != len(header):
            raise StudyError(
                Text(
                    "{at}: {count} columns where the header has {expected}", at=at, count=len(row), expected=len(header)
                )
            )
        at_s = parse_time(at, row[columns[0]]).timestamp()
        power_w = parse_number(at, "pv_w", row[columns[1]])
        if power_w < 0.0:
            raise StudyError(Text("{at}: pv_w is negative", at=at))
        if found and at_s <= found[-1][0]:
            raise StudyError(Text("{at}: its time is not after the one of the row before", at=at))
        found.append((at_s, power_w))
    if len(found) < 2:
        raise StudyError(Text("{path}: a forecast needs two rows or more after the header", path=str(path)))
    return _series(path, found)


def _series(path: Path, found: list[tuple[float, float]]) -> Series:
    lengths = [min(LONGEST_S, later - earlier) for (earlier, _), (later, _) in pairwise(found)]
    slots = [
        Slot(at_s, at_s + length_s, power_w)
        for (at_s, power_w), length_s in zip(found, [*lengths, lengths[-1]], strict=True)
        if not math.isnan(power_w)
    ]
    try:
        return Series.of(slots, unit="W", source=path.name)
    except ValueError as error:
        raise StudyError(Text("{path}: {why}", path=str(path), why=message_of(error))) from None
