"""Series: values over time, such as prices, as slots [start, end) that may have gaps.

A slot may have any length. A local day may have 92 or 100 quarter hours. Therefore nothing here counts the values of a
day. A time without a slot is unknown, and so is a sum or mean over it.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import NamedTuple

MOST_SLOTS = 40_000
"""Largest number of slots of one series. A year has 35,136 quarter hours."""
QUARTER_S = 900.0
"""Length of a quarter hour, s. Markets and meters count by it."""
HOUR_S = 3600.0


class Slot(NamedTuple):
    """One value that is valid from `start_s` until just before `end_s`."""

    start_s: float
    """Unix time, s."""
    end_s: float
    """Unix time, s, after `start_s`."""
    value: float
    """In the unit of the series."""

    @property
    def start(self) -> datetime:
        """The first instant, aware UTC."""
        return datetime.fromtimestamp(self.start_s, UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it, aware UTC."""
        return datetime.fromtimestamp(self.end_s, UTC)


class Span(NamedTuple):
    """A time from `start_s` until just before `end_s`, Unix time in s."""

    start_s: float
    end_s: float


def instant(time: datetime) -> float:
    """The Unix time of `time`, s. Raises ValueError for a time without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no time zone")
    return time.timestamp()


@dataclass(frozen=True, slots=True)
class Series:
    """Slots in order of time. They never overlap. Make one with `Series.of`."""

    slots: tuple[Slot, ...] = ()
    unit: str = ""
    """The unit of the values, such as ct/kWh."""
    source: str = ""
    """The name of the service or setting that the values come from."""
    fetched_s: float | None = None
    """Unix time at which the newest of the values was fetched, s. None: calculated here."""
    _starts: tuple[float, ...] = ()

    @classmethod
    def of(cls, slots: Iterable[Slot], *, unit: str = "", source: str = "", fetched_s: float | None = None) -> Series:
        """A series of these slots, in any order. Neighbors are not merged.

        Raises ValueError if two slots overlap with different values, if a slot is empty or not finite, and above
        MOST_SLOTS slots. A slot that is given twice counts once.
        """
        ordered = tuple(sorted(set(slots)))
        starts, ends = tuple([slot.start_s for slot in ordered]), [slot.end_s for slot in ordered]
        # Each test is one call for all slots: a forecast and a year of prices have thousands.
        if (
            len(ordered) > MOST_SLOTS
            or not all(map(math.isfinite, chain.from_iterable(ordered)))
            or any(map(operator.ge, starts, ends))
            or any(map(operator.lt, starts[1:], ends))
        ):
            raise ValueError(_mistake(ordered))
        return cls(ordered, unit=unit, source=source, fetched_s=fetched_s, _starts=starts)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self.slots)

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def reach_s(self) -> float | None:
        """Unix time at which the last slot ends, s. None for an empty series."""
        return self.slots[-1].end_s if self.slots else None

    def slot_at(self, at_s: float) -> Slot | None:
        """The slot that contains Unix time `at_s`, or None in a gap."""
        index = bisect_right(self._starts, at_s) - 1
        if index < 0 or self.slots[index].end_s <= at_s:
            return None
        return self.slots[index]

    def at(self, at_s: float) -> float | None:
        """The value at Unix time `at_s`, or None in a gap."""
        slot = self.slot_at(at_s)
        return None if slot is None else slot.value

    def within(self, start_s: float, end_s: float) -> Series:
        """The part from `start_s` until just before `end_s`. Slots across a border are cut."""
        slots = _cut(self._touching(start_s, end_s), start_s, end_s)
        # Parts of a series are in order and do not overlap. They need no check again.
        return Series(
            slots=slots,
            unit=self.unit,
            source=self.source,
            fetched_s=self.fetched_s,
            _starts=tuple([slot.start_s for slot in slots]),
        )

    def gaps(self, start_s: float, end_s: float) -> tuple[Span, ...]:
        """The unknown times from `start_s` until just before `end_s`."""
        found: list[Span] = []
        known_until_s = start_s
        for slot_start_s, slot_end_s, _ in self._touching(start_s, end_s):
            if slot_start_s > known_until_s:
                found.append(Span(known_until_s, slot_start_s))
            known_until_s = slot_end_s
        if known_until_s < end_s:
            found.append(Span(known_until_s, end_s))
        return tuple(found)

    def covers(self, start_s: float, end_s: float) -> bool:
        """Whether every value from `start_s` until just before `end_s` is known."""
        return not self.gaps(start_s, end_s)

    def known_until_s(self, at_s: float) -> float | None:
        """Unix time until which values are known without a gap from `at_s` on, s. None if there is none at `at_s`."""
        if self.reach_s is None or self.slot_at(at_s) is None:
            return None
        gaps = self.gaps(at_s, self.reach_s)
        return gaps[0].start_s if gaps else self.reach_s

    def integral_h(self, start_s: float, end_s: float) -> float | None:
        """The sum of value times hours: Wh for a series in W. None if a part is unknown."""
        if not self.covers(start_s, end_s):
            return None
        parts = _cut(self._touching(start_s, end_s), start_s, end_s)
        return math.fsum(slot.value * (slot.end_s - slot.start_s) for slot in parts) / HOUR_S

    def mean(self, start_s: float, end_s: float) -> float | None:
        """The mean over time. None if a part is unknown or the time is empty."""
        if end_s <= start_s or not self.covers(start_s, end_s):
            return None
        parts = _cut(self._touching(start_s, end_s), start_s, end_s)
        if all(slot.value == parts[0].value for slot in parts):
            return parts[0].value  # without the rounding of a division
        return math.fsum(slot.value * (slot.end_s - slot.start_s) for slot in parts) / (end_s - start_s)

    def over(self, other: Series) -> Series:
        """This series, with the values of `other` in its gaps. Unit, source, and time of fetch are those of this."""
        if not other.slots:
            return self
        filled = list(self.slots)
        start_s, end_s = other.slots[0].start_s, other.slots[-1].end_s
        for gap in self.gaps(start_s, end_s):
            filled.extend(_cut(other._touching(gap.start_s, gap.end_s), gap.start_s, gap.end_s))
        return self._with(filled)

    def map(self, change: Callable[[float], float], *, unit: str | None = None) -> Series:
        """The series with every value changed."""
        changed = self._with(Slot(slot.start_s, slot.end_s, change(slot.value)) for slot in self.slots)
        return changed if unit is None else replace(changed, unit=unit)

    def named(self, *, unit: str | None = None, source: str | None = None) -> Series:
        """The same values under another unit or source."""
        return replace(self, unit=self.unit if unit is None else unit, source=self.source if source is None else source)

    def averaged(self, borders: Sequence[float]) -> Series:
        """One slot between each two neighbors of `borders` (ascending Unix times), with the mean over it.

        A slot is missing if a part of it is unknown. The time outside the borders is dropped.
        """
        found: list[Slot] = []
        for start_s, end_s in pairwise(borders):
            mean = self.mean(start_s, end_s)
            if mean is not None:
                found.append(Slot(start_s, end_s, mean))
        return self._with(found)

    def _with(self, slots: Iterable[Slot]) -> Series:
        return Series.of(slots, unit=self.unit, source=self.source, fetched_s=self.fetched_s)

    def _touching(self, start_s: float, end_s: float) -> tuple[Slot, ...]:
        """The slots with a part from `start_s` until just before `end_s`."""
        first = max(0, bisect_right(self._starts, start_s) - 1)
        if first < len(self.slots) and self.slots[first].end_s <= start_s:
            first += 1
        return self.slots[first : bisect_left(self._starts, end_s)]


def _mistake(ordered: Sequence[Slot]) -> str:
    """What is wrong with slots that are no series."""
    for before, slot in pairwise((None, *ordered)):
        assert slot is not None
        if not (math.isfinite(slot.start_s) and math.isfinite(slot.end_s) and math.isfinite(slot.value)):
            return f"{slot.value} from {slot.start_s} to {slot.end_s} is not a finite slot"
        if slot.end_s <= slot.start_s:
            return f"the slot from {_text(slot.start_s)} to {_text(slot.end_s)} has no length"
        if before is not None and slot.start_s < before.end_s:
            return f"there are two values for {_text(slot.start_s)}"
    return f"there are more than {MOST_SLOTS} values"


def combined(change: Callable[..., float], *parts: Series) -> Series:
    """`change` of the values of several series, over the union of their borders. Unknown where one is unknown.

    `change` gets one value of each series, in order. The time of fetch is the oldest one.
    """
    if not parts:
        return Series()
    borders = sorted({border for part in parts for slot in part for border in (slot.start_s, slot.end_s)})
    found: list[Slot] = []
    for start_s, end_s in pairwise(borders):
        values = [part.at(start_s) for part in parts]
        if None not in values:
            found.append(Slot(start_s, end_s, change(*values)))
    fetched = [part.fetched_s for part in parts if part.fetched_s is not None]
    return Series.of(found, unit=parts[0].unit, source=parts[0].source, fetched_s=min(fetched, default=None))


def total(*parts: Series) -> Series:
    """The sum of several series. Unknown where one is unknown."""
    return combined(lambda *values: math.fsum(values), *parts)


def constant(value: float, start_s: float, end_s: float, *, unit: str = "", source: str = "") -> Series:
    """One value from `start_s` until just before `end_s`."""
    return Series.of([Slot(start_s, end_s, value)], unit=unit, source=source)


def _cut(slots: tuple[Slot, ...], start_s: float, end_s: float) -> tuple[Slot, ...]:
    """The slots without their parts outside of `start_s` to `end_s`. All touch this time, so only the first and the
    last one can reach beyond it."""
    if not slots or end_s <= start_s:
        return ()
    if slots[0].start_s < start_s:
        slots = (slots[0]._replace(start_s=start_s), *slots[1:])
    if slots[-1].end_s > end_s:
        slots = (*slots[:-1], slots[-1]._replace(end_s=end_s))
    return slots


def _text(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
