"""Whether a table ends in the middle of a number, as a download that was cut off does."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from optimizer.study.input.layout import Layout
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

MIN_ROWS = 10
"""Fewer numbers may have as many decimals by chance."""
GZIP = b"\x1f\x8b"
LINE_ENDS = (b"\n", b"\r", b"\n\x00", b"\r\x00")
_DECIMALS = re.compile(r"[0-9]?[.,]([0-9]*)$")


def refuse_cut_off(layout: Layout, place: int) -> None:
    """Raise StudyError if the last number in a column, the last one of its rows, lacks decimals that all others have.

    Only a table without an end of its last line can be cut off there. Whole numbers do not tell.
    """
    if place != len(layout.header) - 1 or _ends_a_line(layout.path):
        return
    digits: Counter[int] = Counter()
    last: tuple[int, str] | None = None
    for line, row in layout.rows():
        if last is not None and last[1]:
            digits[_decimals(last[1])] += 1
        last = line, row[place].strip()
    alike = len(digits) == 1 and digits.total() >= MIN_ROWS
    if last is not None and last[1] and alike and _decimals(last[1]) < min(digits):
        raise StudyError(
            Text(
                "{path}:{line}: the table ends within the number {cell}, because all others have {digits} decimals. "
                "Export it again, or remove the last line",
                path=str(layout.path),
                line=last[0],
                cell=repr(last[1]),
                digits=min(digits),
            )
        )


def _ends_a_line(path: Path) -> bool:
    """Whether the last line has an end. A compressed file that was cut off cannot be read at all."""
    with path.open("rb") as file:
        if file.read(2) == GZIP:
            return True
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 2))
        return file.read().endswith(LINE_ENDS)


def _decimals(cell: str) -> int:
    match = _DECIMALS.search(cell)
    return 0 if match is None else len(match[1])
