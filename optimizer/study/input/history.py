"""An owner's history from other programs: columns of times and values, with any names and spacing, become a series.

The input has PV, and either the home load or the values to calculate it: home = pv + grid + battery − ev.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, floor, isnan
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from optimizer.study.input.series import Series, StudyError
from optimizer.study.input.trace import MAX_ROWS, bridged_series, parse_number, read_text, rows_of

QUANTITIES = ("pv_w", "load_w", "grid_w", "battery_w", "ev_w", "price_ct")
"""The quantities of an import: W (grid + import, battery + discharge) and ct/kWh."""
_COLUMN = re.compile(r"(?P<sign>-?)(?P<name>.+?)(?:\*(?P<factor>\d+(?:\.\d+)?(?:e-?\d+)?))?")
NAN = float("nan")
MINUTE_S = 60.0
HOUR_S = 3600.0
UNKNOWN = frozenset({"unavailable", "unknown", "none", "null", "nan", "n/a", "-"})
"""The words with which programs mark an unknown value. An empty cell means the same."""
TOLD_EVERY = 10_000
"""Rows between two calls of `progress`."""
Samples = list[tuple[float, float]]
"""(unix s, value), in order of time."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of one quantity: a column or a query, and the factor for its values."""

    name: str
    factor: float = 1.0


def parse_mapping(texts: Iterable[str]) -> dict[str, Source]:
    """`pv_w=PV Power*1000`, `grid_w=-Feed-in`: quantity → source. Raises StudyError."""
    found: dict[str, Source] = {}
    for text in texts:
        quantity, separator, rest = text.partition("=")
        quantity = quantity.strip()
        if not separator or quantity not in QUANTITIES:
            raise StudyError(f"“{text}” is not a mapping. Write QUANTITY=COLUMN with one of {', '.join(QUANTITIES)}")
        if quantity in found:
            raise StudyError(f"{quantity} is mapped twice. Map it once")
        match = _COLUMN.fullmatch(rest.strip())
        if match is None:
            raise StudyError(f"“{text}” names no column. Write QUANTITY=COLUMN")
        factor = float(match["factor"] or 1.0) * (-1.0 if match["sign"] else 1.0)
        found[quantity] = Source(match["name"].strip(), factor)
    if "pv_w" not in found or not {"load_w", "grid_w"} & set(found):
        raise StudyError("map pv_w and load_w, or pv_w and grid_w (with battery_w and ev_w if they exist)")
    return found


def read_table(
    path: Path,
    mapping: Mapping[str, Source],
    *,
    time_column: str,
    zone: ZoneInfo,
    time_format: str = "",
    delimiter: str = ",",
    decimal_comma: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> tuple[dict[str, Samples], int]:
    """The samples of a CSV file, and the number of cells that are marked as unknown.

    Times are ISO 8601, unix s or ms, or follow `time_format` (strptime). Times without a zone are in `zone`.
    `progress` gets the finished part (0–1). Raises StudyError with file and line.
    """
    document = read_text(path)
    lines = document.count("\n") + 1
    rows = rows_of(path, document, delimiter)
    header = [word.strip() for word in next(rows, [])]
    for name in (time_column, *(source.name for source in mapping.values())):
        if name not in header:
            raise StudyError(f"{path}:1: there is no column “{name}”. The columns are {', '.join(header) or 'none'}")
    time_at = header.index(time_column)
    columns = {quantity: (header.index(source.name), source.factor) for quantity, source in mapping.items()}
    values = {quantity: array("d") for quantity in mapping}
    times: list[datetime] = []
    unknown = 0
    for line, row in enumerate(rows, start=2):
        if line % TOLD_EVERY == 0:
            progress(line / lines)
        if not row:
            continue
        at = f"{path}:{line}"
        if len(row) != len(header):
            raise StudyError(f"{at}: {len(row)} columns where the header has {len(header)}")
        times.append(_time(at, row[time_at].strip(), time_format))
        for quantity, (column, factor) in columns.items():
            text = row[column]
            if text.strip().lower() in UNKNOWN:
                unknown += 1
                values[quantity].append(NAN)
                continue
            if decimal_comma:
                text = text.replace(".", "").replace(",", ".")
            values[quantity].append(parse_number(at, header[column], text) * factor)
    unix_s = _unix_s(times, zone)
    found = {
        quantity: [(at_s, value) for at_s, value in zip(unix_s, own, strict=True) if not isnan(value)]
        for quantity, own in values.items()
    }
    return found, unknown


def _time(at: str, text: str, form: str) -> datetime:
    try:
        if form:
            time = datetime.strptime(text, form)  # noqa: DTZ007 - the zone comes below
        elif re.fullmatch(r"\d{9,10}(\.\d+)?", text):
            return datetime.fromtimestamp(float(text), UTC)
        elif re.fullmatch(r"\d{12,13}", text):
            return datetime.fromtimestamp(float(text) / 1000.0, UTC)
        else:
            time = datetime.fromisoformat(text)
    except ValueError as error:
        raise StudyError(
            f"{at}: the time {text!r} cannot be read ({error}). Give its format with --time-format"
        ) from error
    return time


def _unix_s(times: list[datetime], zone: ZoneInfo) -> list[float]:
    """Unix seconds of the times in a file, oldest or newest first. Times without a zone are in `zone`.

    One hour occurs twice at the end of DST. From the oldest time on, a step back begins the second occurrence.
    Hourly data repeat one time only. In finer data, a repeated time is a duplicate row.
    """
    steps_s = [
        (later.replace(tzinfo=None) - earlier.replace(tzinfo=None)).total_seconds()
        for earlier, later in pairwise(times)
    ]
    forwards = sum(step > 0.0 for step in steps_s) >= sum(step < 0.0 for step in steps_s)
    hourly = bool(steps_s) and median(abs(step) for step in steps_s) >= HOUR_S
    found = array("d", bytes(8 * len(times)))
    last: datetime | None = None
    fold = 0
    for at in range(len(times)) if forwards else reversed(range(len(times))):
        time = times[at]
        if time.tzinfo is None and _comes_twice(time, zone):
            if last is None:
                fold = 0
            elif time < last or (hourly and time == last):
                fold = 1
            last = time
            time = time.replace(fold=fold)
        else:
            last = None
        found[at] = (time if time.tzinfo is not None else time.replace(tzinfo=zone)).timestamp()
    return found.tolist()


def _comes_twice(time: datetime, zone: ZoneInfo) -> bool:
    first, second = (zone.utcoffset(time.replace(fold=fold)) for fold in (0, 1))
    return first is not None and second is not None and first > second


def assemble(name: str, samples: Mapping[str, Samples], step_s: float | None = None) -> Series:
    """A series of means over even steps (one minute, or the spacing of coarser data). Raises StudyError."""
    samples = {quantity: sorted(own) for quantity, own in samples.items()}
    pv = samples["pv_w"]
    if len(pv) < 2:
        raise StudyError(f"{name}: fewer than two values of PV")
    step_s = step_s or _spacing_s(pv)
    first_s = floor(min(s[0][0] for s in samples.values() if s) / step_s) * step_s
    last_s = max(s[-1][0] for s in samples.values() if s)
    rows = int((last_s - first_s) / step_s) + 1
    if not 2 <= rows <= MAX_ROWS:
        raise StudyError(f"{name}: {rows} rows of {step_s:g} s. A trace has 2 to {MAX_ROWS} rows")
    means = {quantity: _means(own, first_s, step_s, rows) for quantity, own in samples.items()}
    pv_w = array("d", (value if isnan(value) else max(0.0, value) for value in means["pv_w"]))
    notes: tuple[str, ...] = ()
    if "load_w" in means:
        load_w = means["load_w"]
    else:
        zeros = array("d", bytes(8 * rows))
        parts = zip(
            pv_w, means["grid_w"], means.get("battery_w", zeros), means.get("ev_w", zeros), strict=True
        )  # fmt: skip
        balance = [pv + grid + battery - ev for pv, grid, battery, ev in parts]
        below = sum(1 for value in balance if value < -50.0)
        load_w = array("d", (value if isnan(value) else max(0.0, value) for value in balance))
        notes = (f"The home load is the balance of the meters. In {100 * below / rows:.1f} % of the time it was "
                 "negative and counts as 0.",) if below else ()  # fmt: skip
    columns = {"pv_w": pv_w, "load_w": load_w}
    if "price_ct" in means:
        columns["price_ct"] = _held(means["price_ct"])
    series = bridged_series(name, datetime.fromtimestamp(first_s, UTC), step_s, columns)
    if series.known_share == 0.0:
        raise StudyError(f"{name}: PV and load are never known at the same time. Check the mapping and the times")
    return Series(
        name=series.name,
        start=series.start,
        step_s=step_s,
        pv_w=series.pv_w,
        load_w=series.load_w,
        price_ct=series.price_ct,
        notes=series.notes + notes,
    )


def _spacing_s(samples: Samples) -> float:
    usual_s = median(later[0] - earlier[0] for earlier, later in pairwise(samples[:5000]))
    return max(MINUTE_S, ceil(usual_s / MINUTE_S - 1e-6) * MINUTE_S)


def _means(samples: Samples, first_s: float, step_s: float, rows: int) -> array[float]:
    sums, counts = array("d", bytes(8 * rows)), array("l", bytes(array("l").itemsize * rows))
    for at_s, value in samples:
        row = int((at_s - first_s) / step_s)
        sums[row] += value
        counts[row] += 1
    return array("d", (total / count if count else NAN for total, count in zip(sums, counts, strict=True)))


def _held(values: array[float]) -> array[float]:
    """A price is valid until the next one."""
    last = NAN
    held = array("d")
    for value in values:
        last = last if isnan(value) else value
        held.append(last)
    return held
