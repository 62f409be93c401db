"""Series: evenly spaced PV and home load over time, the input of a simulation."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isnan

from optimizer.words.excerpt import sentence
from optimizer.words.text import Text

DAY_S = 86400.0


class StudyError(Exception):
    """A request of the user cannot be carried out. The text says what, why, and what to do. Its lines are printable."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message, lines=True))


@dataclass(frozen=True, slots=True)
class Series:
    """Means over rows of `step_s` seconds; NaN for an unknown value.

    PV is linear between the centers of rows. Load is constant within a row, because appliances switch and do not ramp.
    """

    name: str
    start: datetime
    """Aware UTC: the beginning of the first row."""
    step_s: float
    pv_w: array[float]
    load_w: array[float]
    """Power of the home without its cars, W."""
    price_ct: array[float] | None = None
    """Price of imported energy by row, ct/kWh; NaN where unknown."""
    feed_in_ct: array[float] | None = None
    """Payment for exported energy by row, ct/kWh; NaN where unknown."""
    market_ct: array[float] | None = None
    """Price of the market by row, ct/kWh; NaN where unknown. Only rules read it."""
    notes: tuple[str, ...] = field(default=())
    """Uncertainties, as sentences for the report."""

    def __post_init__(self) -> None:
        rows = len(self.pv_w)
        prices = (self.price_ct, self.feed_in_ct, self.market_ct)
        if rows < 2 or len(self.load_w) != rows or any(one is not None and len(one) != rows for one in prices):
            raise StudyError(
                Text("{name}: PV, load and prices must be of one length, two rows or more", name=self.name)
            )
        if self.start.utcoffset() != timedelta(0):
            raise StudyError(Text("{name}: its start must be in UTC", name=self.name))

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
        """The rows within [start, end). Raises StudyError if fewer than two remain."""
        first = max(0, math.ceil((start - self.start).total_seconds() / self.step_s - 1e-9))
        last = min(len(self.pv_w), math.floor((end - self.start).total_seconds() / self.step_s + 1e-9))
        if start >= self.end:
            raise StudyError(
                Text(
                    "{name} has no data from {start} UTC on. It covers {first} to {last}",
                    name=self.name,
                    start=f"{start:%Y-%m-%d %H:%M}",
                    first=f"{self.start:%Y-%m-%d %H:%M}",
                    last=f"{self.end:%Y-%m-%d %H:%M}",
                )
            )
        if last - first < 2:
            raise StudyError(
                Text(
                    "{name} has no data between {start} and {end} UTC. It covers {first} to {last}",
                    name=self.name,
                    start=f"{start:%Y-%m-%d %H:%M}",
                    end=f"{end:%Y-%m-%d %H:%M}",
                    first=f"{self.start:%Y-%m-%d %H:%M}",
                    last=f"{self.end:%Y-%m-%d %H:%M}",
                )
            )
        return Series(
            name=self.name,
            start=self.start + timedelta(seconds=first * self.step_s),
            step_s=self.step_s,
            pv_w=self.pv_w[first:last],
            load_w=self.load_w[first:last],
            price_ct=_part(self.price_ct, first, last),
            feed_in_ct=_part(self.feed_in_ct, first, last),
            market_ct=_part(self.market_ct, first, last),
            notes=self.notes,
        )

    def split(self, share: float) -> tuple[Series, Series]:
        """Its first `share` (0–1) and the rest, divided at the start of a UTC day if possible."""
        cut = self.start + timedelta(seconds=self.duration_s * share)
        midnight = datetime(cut.year, cut.month, cut.day, tzinfo=UTC)
        if midnight - self.start >= timedelta(days=1):
            cut = midnight
        return self.part(self.start, cut), self.part(cut, self.end)

    def ticks(self, tick_s: float) -> Iterator[tuple[float, float, int]]:
        """(PV in W, load in W, row) in the middle of each tick.

        If ticks do not divide rows, these are the means over the known part of each tick.
        """
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
                # At the edge of a gap, the value of the row counts.
                yield (pv[row] if isnan(power_w) else power_w), load[row], row
            else:
                yield here, load[row], row

    def _means(self, tick_s: float) -> Iterator[tuple[float, float, int]]:
        rows = tick_s / self.step_s
        for tick in range(int(self.duration_s / tick_s + 1e-9)):
            first, last = tick * rows, min((tick + 1) * rows, float(len(self.pv_w)))
            yield _mean(self.pv_w, first, last), _mean(self.load_w, first, last), int((first + last) / 2.0)


def _part(values: array[float] | None, first: int, last: int) -> array[float] | None:
    return None if values is None else values[first:last]


def _mean(values: array[float], first: float, last: float) -> float:
    """The mean of the known values from position `first` to `last` (fractional rows); NaN if none is known."""
    total = known = 0.0
    for row in range(int(first + 1e-9), math.ceil(last - 1e-9)):
        value = values[row]
        if not isnan(value):
            part = min(last, row + 1.0) - max(first, float(row))
            total += value * part
            known += part
    return total / known if known > 0.0 else float("nan")


def bridged(values: array[float], longest: int) -> tuple[array[float], int]:
    """The values with gaps of at most `longest` rows interpolated, and the number of these rows."""
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
