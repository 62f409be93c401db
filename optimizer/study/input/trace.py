"""Traces: series as CSV files, `timestamp,pv_w,load_w[,price_ct]`, plain or gzip. An empty cell is unknown."""

from __future__ import annotations

import csv
import gzip
import math
from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from optimizer.study.input.series import DAY_S, Series, StudyError, bridged
from optimizer.study.input.text import lines_of
from optimizer.study.input.times import FarYear, checked_year
from optimizer.words.text import Text, message_of

MAX_ROWS = 6_000_000
SHORTEST_S = 1.0
BRIDGE_S = 900.0
"""Gaps up to this length are interpolated. Longer ones remain gaps."""
FIRST_ROWS = 500
"""Number of rows that determine the spacing."""
NEEDED = ("timestamp", "pv_w", "load_w")
MOST_W = 2e6
"""A transformer for low voltage gives no more, so a larger value is an error of the meter, or of its unit or factor."""
MOST_CT = 1e6
"""Far above any price, in any currency."""
NAN = float("nan")


def read_trace(path: Path) -> Series:
    """A trace as a series. Rows must be evenly spaced. Missing rows are gaps. Raises StudyError with file and line."""
    rows = rows_of(path)
    header = [word.strip() for word in next(rows, [])]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise StudyError(
            Text(
                "{path}:1: column {names} is missing. The header must be timestamp,pv_w,load_w[,price_ct]. "
                "`optimizer import` converts other tables",
                path=str(path),
                names=", ".join(missing),
            )
        )
    columns = {name: header.index(name) for name in (*NEEDED, "price_ct") if name in header}
    read: dict[str, array[float]] = {name: array("d") for name in columns if name != "timestamp"}
    start: datetime | None = None
    elapsed_s, lines = array("d"), array("l")
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        at = f"{path}:{line}"
        if len(row) != len(header):
            raise StudyError(
                Text(
                    "{at}: {count} columns where the header has {expected}", at=at, count=len(row), expected=len(header)
                )
            )
        time = parse_time(at, row[columns["timestamp"]])
        start = start or time
        elapsed_s.append((time - start).total_seconds())
        lines.append(line)
        for name, values in read.items():
            values.append(parse_number(at, name, row[columns[name]]))
    if start is None or len(lines) < 2:
        raise StudyError(Text("{path}: a trace needs two rows or more after the header", path=str(path)))
    step_s = _step_s(elapsed_s)
    if not SHORTEST_S <= step_s <= DAY_S:
        raise StudyError(
            Text(
                "{path}: the rows are {step} s apart. A row is 1 s to a day. Check their times",
                path=str(path),
                step=f"{step_s:.6g}",
            )
        )
    found: dict[str, array[float]] = {name: array("d") for name in read}
    for at_row, (at_s, line) in enumerate(zip(elapsed_s, lines, strict=True)):
        count, place = len(found["pv_w"]), at_s / step_s
        if place < count - 1e-6 or abs(place - round(place)) > 1e-6:
            time = start + timedelta(seconds=at_s)
            raise StudyError(
                Text(
                    "{path}:{line}: {time} is not on the grid of {step} s. Space the rows evenly",
                    path=str(path),
                    line=line,
                    time=f"{time:%Y-%m-%dT%H:%M:%SZ}",
                    step=step_s,
                )
            )
        if place > MAX_ROWS:
            time = start + timedelta(seconds=at_s)
            raise StudyError(
                Text(
                    "{path}:{line}: {time} is too far from the first row, {start}",
                    path=str(path),
                    line=line,
                    time=f"{time:%Y-%m-%d}",
                    start=f"{start:%Y-%m-%d}",
                )
            )
        for name, values in found.items():
            values.extend([NAN] * (round(place) - count))
            values.append(read[name][at_row])
    return bridged_series(path.name, start, step_s, found)


def _step_s(elapsed_s: array[float]) -> float:
    """The most frequent of the first spacings, s. Of two equally frequent ones, the smaller: the other has a gap."""
    firsts = elapsed_s[:FIRST_ROWS]
    spacings = Counter(round(later - earlier, 6) for earlier, later in pairwise(firsts) if later > earlier)
    return min(spacings, key=lambda spacing: (-spacings[spacing], spacing), default=1.0)


def bridged_series(name: str, start: datetime, step_s: float, found: dict[str, array[float]]) -> Series:
    """A series of these columns with short gaps interpolated, and a note about both kinds of gaps."""
    longest = int(BRIDGE_S / step_s)
    pv_w, filled = bridged(found["pv_w"], longest)
    load_w, filled_load = bridged(found["load_w"], longest)
    notes = []
    if filled + filled_load:
        minutes = max(filled, filled_load) * step_s / 60.0
        notes.append(Text("{minutes_0d} min of short gaps in the data are interpolated.", minutes_0d=minutes))
    return Series(
        name=name,
        start=start,
        step_s=step_s,
        pv_w=pv_w,
        load_w=load_w,
        price_ct=found.get("price_ct"),
        notes=tuple(notes),
    )


def write_trace(series: Series, path: Path) -> None:
    """Write the series as a trace, compressed if the name ends in .gz. Raises StudyError."""
    try:
        with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            prices = series.price_ct
            writer.writerow(["timestamp", "pv_w", "load_w", *(["price_ct"] if prices is not None else [])])
            for row, (pv_w, load_w) in enumerate(zip(series.pv_w, series.load_w, strict=True)):
                time = series.start + timedelta(seconds=row * series.step_s)
                price = [_cell(prices[row], 3)] if prices is not None else []
                writer.writerow([f"{time:%Y-%m-%dT%H:%M:%SZ}", _cell(pv_w, 1), _cell(load_w, 1), *price])
    except OSError as error:
        raise StudyError(Text("{path}: cannot be written: {why}", path=str(path), why=message_of(error))) from error


def _cell(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def parse_time(at: str, text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC. Raises StudyError."""
    try:
        time = checked_year(datetime.fromisoformat(text.strip()))
    except FarYear as error:
        raise StudyError(
            Text("{at}: timestamp {text}: {why}", at=at, text=repr(text), why=message_of(error))
        ) from error
    except ValueError as error:
        raise StudyError(
            Text("{at}: timestamp {text} is not ISO 8601, such as 2025-06-17T00:00Z", at=at, text=repr(text))
        ) from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def parse_number(at: str, column: str, text: str) -> float:
    """A number that can be in a home: W, or ct/kWh for `price_ct`. NaN for an empty cell. Raises StudyError."""
    text = text.strip()
    if not text:
        return NAN
    try:
        value = float(text)
    except ValueError as error:
        raise StudyError(
            Text("{at}: {column} {text} is not a number", at=at, column=column, text=repr(text))
        ) from error
    if math.isinf(value):
        raise StudyError(Text("{at}: {column} {text} is not a finite number", at=at, column=column, text=repr(text)))
    most, unit = (MOST_CT, "ct/kWh") if column == "price_ct" else (MOST_W, "W")
    if abs(value) > most:
        raise StudyError(
            Text(
                "{at}: {column} is {value} {unit}. The largest possible value is {most}. Correct it, or leave it empty",
                at=at,
                column=column,
                value=f"{value:.6g}",
                unit=unit,
                most=f"{most:.0f}",
            )
        )
    return value


def rows_of(path: Path) -> Iterator[list[str]]:
    """The rows of a CSV file. Raises StudyError with file and line if it is not CSV."""
    rows = csv.reader(lines_of(path))
    try:
        yield from rows
    except csv.Error as error:
        raise StudyError(
            Text(
                "{path}:{line_num}: not a CSV file: {why}",
                path=str(path),
                line_num=rows.line_num,
                why=message_of(error),
            )
        ) from error
