"""Series: PV and home load over time, evenly spaced; what a simulation lives on."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isnan

DAY_S = 86400.0


class StudyError(Exception):
    """Something that a person asked for cannot be done: what, why, and what would work."""


@dataclass(frozen=True, slots=True)
class Series:
    """Means over rows of `step_s` seconds; NaN where nothing is known. PV is taken as linear between the centres of
    rows, load as constant within a row (appliances switch, they do not ramp)."""

    name: str
    start: datetime
    """Aware UTC: the beginning of the first row."""
    step_s: float
    pv_w: array[float]
    load_w: array[float]
    """The home without its cars, W."""
    price_ct: array[float] | None = None
    """Price of imported energy by row, ct/kWh; NaN where unknown."""
    notes: tuple[str, ...] = field(default=())
    """What is uncertain about it, in sentences for the report."""

    def __post_init__(self) -> None:
        rows = len(self.pv_w)
        if rows < 2 or len(self.load_w) != rows or (self.price_ct is not None and len(self.price_ct) != rows):
            raise StudyError(f"{self.name}: PV, load and prices must be of one length, two rows or more")
        if self.start.utcoffset() != timedelta(0):
            raise StudyError(f"{self.name}: its start must be in UTC")

    @property
    def duration_s(self) -> float:
        """Length in s."""
        return len(self.pv_w) * self.step_s

    @property
    def end(self) -> datetime:
        """Aware UTC: the end of the last row."""
        return self.start + timedelta(seconds=self.duration_s)

    @property
    def known_share(self) -> float:
        """Part (0–1) of the rows in which both PV and load are known."""
        good = sum(1 for pv, load in zip(self.pv_w, self.load_w, strict=True) if not (isnan(pv) or isnan(load)))
        return good / len(self.pv_w)

    def part(self, start: datetime, end: datetime) -> Series:
        """The rows within [start, end). Raises StudyError when fewer than two are left."""
        first = max(0, math.ceil((start - self.start).total_seconds() / self.step_s - 1e-9))
        last = min(len(self.pv_w), math.floor((end - self.start).total_seconds() / self.step_s + 1e-9))
        if last - first < 2:
            raise StudyError(
                f"{self.name} has nothing between {start:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M} UTC; it goes from "
                f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M}"
            )
        return Series(
            name=self.name,
            start=self.start + timedelta(seconds=first * self.step_s),
            step_s=self.step_s,
            pv_w=self.pv_w[first:last],
            load_w=self.load_w[first:last],
            price_ct=None if self.price_ct is None else self.price_ct[first:last],
            notes=self.notes,
        )

    def split(self, share: float) -> tuple[Series, Series]:
        """Its first `share` (0–1) and the rest, cut at the start of a UTC day where there is one."""
        cut = self.start + timedelta(seconds=self.duration_s * share)
        midnight = datetime(cut.year, cut.month, cut.day, tzinfo=UTC)
        if midnight - self.start >= timedelta(days=1):
            cut = midnight
        return self.part(self.start, cut), self.part(cut, self.end)

    def ticks(self, tick_s: float) -> Iterator[tuple[float, float, int]]:
        """(PV in W, load in W, row) in the middle of each tick; where ticks do not divide rows, the means over each
        tick, of what is known of it."""
        if abs(self.step_s / tick_s - round(self.step_s / tick_s)) > 1e-9:
            yield from self._means(tick_s)
            return
        pv, load, step_s = self.pv_w, self.load_w, self.step_s
        last = len(pv) - 1
        for tick in range(int(self.duration_s / tick_s + 1e-9)):
            x = (tick + 0.5) * tick_s / step_s
            row = int(x)
            near = x - 0.5
            left = int(near) if near >= 0.0 else 0
            here = pv[left] if left < last else pv[row]
            if left < last and near > 0.0:
                power_w = here + (pv[left + 1] - here) * (near - left)
                # At the edge of a gap the row's own value counts.
                yield (pv[row] if isnan(power_w) else power_w), load[row], row
            else:
                yield here, load[row], row

    def _means(self, tick_s: float) -> Iterator[tuple[float, float, int]]:
        rows = tick_s / self.step_s
        for tick in range(int(self.duration_s / tick_s + 1e-9)):
            first, last = tick * rows, min((tick + 1) * rows, float(len(self.pv_w)))
            yield _mean(self.pv_w, first, last), _mean(self.load_w, first, last), int((first + last) / 2.0)


def _mean(values: array[float], first: float, last: float) -> float:
    """Of what is known from place `first` to `last` (rows, with their fractions); NaN where nothing is."""
    total = known = 0.0
    for row in range(int(first + 1e-9), math.ceil(last - 1e-9)):
        value = values[row]
        if not isnan(value):
            part = min(last, row + 1.0) - max(first, float(row))
            total += value * part
            known += part
    return total / known if known > 0.0 else float("nan")


def bridged(values: array[float], longest: int) -> tuple[array[float], int]:
    """The values with gaps of at most `longest` rows drawn straight, and how many rows that were."""
    out, filled = values[:], 0
    known_at = -1
    for at, value in enumerate(values):
        if isnan(value):
            continue
        gap = at - known_at - 1
        if known_at >= 0 and 0 < gap <= longest:
            for k in range(1, gap + 1):
                out[known_at + k] = values[known_at] + (value - values[known_at]) * k / (gap + 1)
            filled += gap
        known_at = at
    return out, filled
