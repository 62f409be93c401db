"""Recorded PV power and home load of each minute, from a CSV trace.

PV is linear between the centers of minutes. The load is constant in a minute, because appliances switch.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

MINUTE_S = 60.0
MAX_BYTES = 200_000_000
"""About five years of minutes."""


class Source(Protocol):
    """Weather and load of a place."""

    @property
    def start(self) -> datetime:
        """Start of a run over this source, aware UTC."""
        ...

    def at(self, unix_s: float) -> tuple[float, float]:
        """(PV in W, home load in W) at a unix time."""
        ...


class Moved:
    """The period of another source, moved to another start."""

    __slots__ = ("_by_s", "_source", "_start")

    def __init__(self, source: Source, start: datetime) -> None:
        self._source = source
        self._start = start.astimezone(UTC)
        self._by_s = (start - source.start).total_seconds()

    @property
    def start(self) -> datetime:
        """Start of the run, aware UTC."""
        return self._start

    def at(self, unix_s: float) -> tuple[float, float]:
        """(PV in W, home load in W) at a unix time of the run."""
        return self._source.at(unix_s - self._by_s)


class TraceError(Exception):
    """A trace that cannot be read. The message gives the place, the mistake, and the advice."""


class Trace:
    """A recorded period. It repeats after its end, so that a demo may run longer than its trace."""

    __slots__ = ("_first_s", "_load", "_n", "_prices", "_pv", "_sd", "_start", "_step_s")

    def __init__(
        self,
        start: datetime,
        pv_w: Sequence[float],
        load_w: Sequence[float],
        *,
        step_s: float = MINUTE_S,
        pv_sd_w: Sequence[float] | None = None,
        price_ct: Sequence[float] | None = None,
    ) -> None:
        if not pv_w or len(pv_w) != len(load_w):
            raise TraceError("a trace needs as many load as PV values, and at least one")
        self._start = start.astimezone(UTC)
        self._first_s = start.timestamp()
        self._step_s = step_s
        self._pv = [float(x) for x in pv_w]
        self._load = [float(x) for x in load_w]
        self._sd = [float(x) for x in pv_sd_w] if pv_sd_w is not None else None
        self._prices = [float(x) for x in price_ct] if price_ct is not None else None
        self._n = len(self._pv)

    @property
    def start(self) -> datetime:
        """Aware UTC time of the first minute."""
        return self._start

    @property
    def duration_s(self) -> float:
        """Length in s."""
        return self._n * self._step_s

    @property
    def step_s(self) -> float:
        """Seconds from one row to the next."""
        return self._step_s

    @property
    def pv_w(self) -> Sequence[float]:
        """PV by row, W."""
        return self._pv

    @property
    def load_w(self) -> Sequence[float]:
        """Home load by row, W."""
        return self._load

    @property
    def pv_sd_w(self) -> Sequence[float] | None:
        """Standard deviation of the PV in each row, W, if the trace has it."""
        return self._sd

    @property
    def price_ct(self) -> Sequence[float] | None:
        """Price by row, ct/kWh, if the trace has it."""
        return self._prices

    def at(self, unix_s: float) -> tuple[float, float]:
        """(PV in W, home load in W) at a unix time."""
        x = (unix_s - self._first_s) / self._step_s
        row = math.floor(x) % self._n
        left = math.floor(x - 0.5)
        part = x - 0.5 - left
        if left < 0 or left + 1 >= self._n:
            # The first and the last half minute have no neighbor.
            return self._pv[row], self._load[row]
        a = self._pv[left]
        return a + (self._pv[left + 1] - a) * part, self._load[row]


def load_trace(path: Path) -> Trace:
    """Read `timestamp,pv_w[,pv_sd_w],load_w[,price_ct]`, plain or gzip. Raises TraceError with file and line."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        opener = gzip.open if packed else open
        with opener(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise TraceError(f"{path}: cannot be read: {error}") from error
    if len(data) > MAX_BYTES:
        raise TraceError(f"{path}: more than {MAX_BYTES // 1_000_000} MB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TraceError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    try:
        return _parse(str(path), text)
    except csv.Error as error:
        raise TraceError(f"{path}: this is no CSV: {error}") from error


def _parse(name: str, text: str) -> Trace:
    rows = csv.reader(io.StringIO(text))
    header = [h.strip() for h in next(rows, [])]
    missing = [h for h in ("timestamp", "pv_w", "load_w") if h not in header]
    if missing:
        raise TraceError(
            f"{name}:1: column {', '.join(missing)} is missing; the header must be "
            "timestamp,pv_w[,pv_sd_w],load_w[,price_ct]"
        )
    columns = {h: i for i, h in enumerate(header)}
    wanted = [h for h in ("pv_w", "load_w", "pv_sd_w", "price_ct") if h in columns]
    values: dict[str, list[float]] = {h: [] for h in wanted}
    start: datetime | None = None
    step_s = MINUTE_S
    count = 0
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        at = f"{name}:{line}"
        if len(row) != len(header):
            raise TraceError(f"{at}: {len(row)} columns where the header has {len(header)}")
        time = _time(at, row[columns["timestamp"]])
        if start is None:
            start = time
        else:
            elapsed = (time - start).total_seconds()
            if count == 1 and elapsed > 0:
                step_s = elapsed
            if abs(elapsed - count * step_s) > 1e-6:
                raise TraceError(
                    f"{at}: {row[columns['timestamp']]} does not follow after {step_s:.0f} s; "
                    "the rows must be evenly spaced and without gaps"
                )
        for h in wanted:
            values[h].append(_number(at, h, row[columns[h]]))
        count += 1
    if start is None:
        raise TraceError(f"{name}: no rows after the header")
    return Trace(
        start,
        values["pv_w"],
        values["load_w"],
        step_s=step_s,
        pv_sd_w=values.get("pv_sd_w"),
        price_ct=values.get("price_ct"),
    )


def _time(at: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise TraceError(f"{at}: timestamp {text!r} is not ISO 8601, such as 2016-06-17T00:00Z") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _number(at: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise TraceError(f"{at}: {column} {text!r} is not a number") from error
    if not math.isfinite(value):
        raise TraceError(f"{at}: {column} {text!r} is not a finite number")
    return value
