"""The layout of a table: where its header is, what separates columns, and whether each row has one state."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from optimizer.study.input.series import StudyError
from optimizer.study.input.text import lines_of
from optimizer.words.text import Text, message_of

SEPARATORS = (",", ";", "\t", "|")
HEAD_LINES = 100
"""Lines in which the header is searched."""
HOME_ASSISTANT = ("entity_id", "state")
STATISTICS = "statistic_id", "start"
"""Columns of the name and the time in exported statistics of Home Assistant."""
AT_END = frozenset({"sum", "state"})
"""Their columns with the reading at the end of the interval that begins at the time."""
HOME_ASSISTANT_TIMES = ("last_changed", "last_updated")


@dataclass(frozen=True, slots=True)
class Form:
    """The format of a table by the user's options. None and empty texts: as found in the table."""

    time_column: str
    """The column with the time, or `DATE+TIME` for two columns."""
    delimiter: str | None = None
    encoding: str = ""
    skip: int = 0
    """Lines before the header."""
    long: tuple[str, str] | None = None
    """The columns of the name and the value, if each row has one state."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A header, its line, and what follows from it."""

    path: Path
    encoding: str
    line: int
    delimiter: str
    header: tuple[str, ...]
    time_at: tuple[int, ...]
    """Positions of the parts of the time: one, or date and clock."""
    long_at: tuple[int, int] | None = None
    """Positions of the name and the value, if each row has one state."""

    def time_of(self, row: Sequence[str]) -> str:
        """The time of a row as written, its parts with a blank between them."""
        return " ".join(row[at].strip() for at in self.time_at)

    @property
    def values_at_end(self) -> bool:
        """Whether the value of a row is of the end of its interval, and the time of its beginning."""
        if self.long_at is None or len(self.time_at) != 1:
            return False
        name, value, time = (self.header[at] for at in (*self.long_at, self.time_at[0]))
        return (name, time) == STATISTICS and value in AT_END

    def rows(self, cut: Callable[[int], None] = lambda _: None) -> Iterator[tuple[int, list[str]]]:
        """The rows under the header with their lines. Empty rows are left out. Raises StudyError.

        A file that was cut off ends within a line. Such a line is left out, and `cut` gets its number.
        """
        lines = _Lines(islice(lines_of(self.path, self.encoding), self.line, None))
        reader = csv.reader(lines, delimiter=self.delimiter)
        width = len(self.header)
        try:
            for row in reader:
                if len(row) > width and not any(cell.strip() for cell in row[width:]):
                    del row[width:]
                if not any(cell.strip() for cell in row):
                    continue
                line = self.line + reader.line_num
                if len(row) < width and not lines.last.endswith(("\n", "\r")):
                    cut(line)
                    return
                if len(row) != width:
                    raise StudyError(
                        Text(
                            "{path}:{line}: {count} columns where the header has {width}",
                            path=str(self.path),
                            line=line,
                            count=len(row),
                            width=width,
                        )
                    )
                yield line, row
        except csv.Error as error:
            raise StudyError(
                Text(
                    "{path}:{line}: not a CSV file: {why}",
                    path=str(self.path),
                    line=self.line + reader.line_num,
                    why=message_of(error),
                )
            ) from error


class _Lines(Iterator[str]):
    """Lines that remember the last one. Only the last line of a file can be without an end."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.last = ""

    def __next__(self) -> str:
        self.last = next(self._lines)
        return self.last


def parse_long(text: str) -> tuple[str, str] | None:
    """`entity_id,state`: the columns of the name and the value. Raises StudyError."""
    if not text:
        return None
    names = [word.strip() for word in text.split(",")]
    if len(names) != 2 or not all(names):
        raise StudyError(
            Text("--long “{text}” is not two columns. Write NAME,VALUE, such as entity_id,state", text=text)
        )
    return names[0], names[1]


def find_layout(path: Path, form: Form, fits: Callable[[Sequence[str]], str]) -> Layout:
    """The layout of a table with these columns. `fits` returns the first missing column of a header, or "".

    The header is the first line with the time column and all mapped columns. Raises StudyError.
    """
    delimiters = (_delimiter(form.delimiter),) if form.delimiter is not None else SEPARATORS
    best: tuple[int, tuple[str, ...], str] | None = None
    for line, text in enumerate(
        islice(lines_of(path, form.encoding), form.skip, form.skip + HEAD_LINES), form.skip + 1
    ):
        for delimiter in delimiters:
            header = cells_of(text, delimiter)
            missing = _missing(header, form, fits)
            if not missing:
                return _checked(path, form, line, delimiter, header, None)
            if _is_home_assistant(header, form):
                return _checked(path, form, line, delimiter, header, HOME_ASSISTANT)
            known = bool(_time_columns(header, form))
            if best is None or (known, len(header)) > (bool(_time_columns(best[1], form)), len(best[1])):
                best = line, header, missing
    if best is None:
        raise StudyError(Text("{path}:{line}: the file ends before its header", path=str(path), line=form.skip + 1))
    line, header, missing = best
    what = Text(
        "{path}:{line}: there is no column “{missing}”. The columns are {value}",
        path=str(path),
        line=line,
        missing=missing,
        value=", ".join(filter(None, header)) or "none",
    )
    if missing != form.time_column:
        raise StudyError(what)
    raise StudyError(Text("{what}. Name the one with the time: --time-column", what=what))


def _missing(header: Sequence[str], form: Form, fits: Callable[[Sequence[str]], str]) -> str:
    times = _time_columns(header, form) or (form.time_column,)
    needed: Iterable[str] = (*times, *(form.long or ()))
    return next((name for name in needed if name not in header), "") or ("" if form.long else fits(header))


def _time_columns(header: Sequence[str], form: Form) -> tuple[str, ...]:
    """The columns of the time: one, or those of date and clock. Empty if they are not in the header."""
    if form.time_column in header:
        return (form.time_column,)
    parts = tuple(part.strip() for part in form.time_column.split("+"))
    return parts if len(parts) > 1 and set(parts) <= set(header) else ()


def _is_home_assistant(header: Sequence[str], form: Form) -> bool:
    return (
        form.long is None
        and set(HOME_ASSISTANT) <= set(header)
        and any(name in header for name in (form.time_column, *HOME_ASSISTANT_TIMES))
    )


def _checked(
    path: Path, form: Form, line: int, delimiter: str, header: tuple[str, ...], found: tuple[str, str] | None
) -> Layout:
    long = form.long or found
    times = _time_columns(header, form) or (next(name for name in HOME_ASSISTANT_TIMES if name in header),)
    for name in (*times, *(long or ())):
        if header.count(name) > 1:
            raise StudyError(
                Text("{path}:{line}: there are two columns “{name}”. Rename one", path=str(path), line=line, name=name)
            )
    long_at = (header.index(long[0]), header.index(long[1])) if long else None
    return Layout(
        path,
        encoding=form.encoding,
        line=line,
        delimiter=delimiter,
        header=header,
        time_at=tuple(header.index(name) for name in times),
        long_at=long_at,
    )


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    """The cells of one line, without empty ones at its end. Empty for a line that is no CSV."""
    try:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return ()
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cell.strip() for cell in cells)


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '\r\n" ':
        raise StudyError(
            Text(
                "“{text}” cannot separate columns. Write one character, such as ;, or leave --delimiter out", text=text
            )
        )
    return text
