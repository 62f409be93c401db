"""A table that is read from Home Assistant page by page."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

HEADER = ("entity_id", "state", "last_changed", "unit")
Row = tuple[str, str, str, str]
Watch = Callable[[float], bool]
"""Gets the finished part (0-1) after each page. False ends the reading."""


def check_request(start: datetime, end: datetime, token: str) -> None:
    """Raises StudyError for a period without time, and for a token that no header can carry."""
    if start >= end:
        raise StudyError(
            Text(
                "the start {start} is not before the end {end} UTC. Change --from or --to",
                start=f"{start:%Y-%m-%d %H:%M}",
                end=f"{end:%Y-%m-%d %H:%M}",
            )
        )
    if not (token.isascii() and token.isprintable()):
        raise StudyError(Text("the token has a character that Home Assistant does not take"))


def save_pages(
    path: Path,
    rows: Callable[[datetime, datetime], Iterable[Row]],
    start: datetime,
    end: datetime,
    page: timedelta,
    watch: Watch | None,
) -> bool:
    """Write the rows between two moments, page by page. Returns whether they are complete.

    If `watch` ends the reading, the pages so far are kept.
    """
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        first = start
        while first < end:
            last = min(first + page, end)
            writer.writerows(rows(first, last))
            first = last
            done = (first - start) / (end - start)
            if watch is not None and not watch(done) and done < 1.0:
                return False
    return True
