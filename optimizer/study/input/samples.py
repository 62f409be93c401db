"""Samples: the values of one column or query, with their times."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil, inf
from statistics import median_low

MINUTE_S = 60.0
FIRST_STEPS = 5000
"""Number of steps that determine the usual spacing."""


class Samples:
    """Values with their times. NaN is unknown.

    If `held`, each value is valid until the next sample, but no longer than `lasts_s`. Otherwise each value counts at
    its time only.
    """

    __slots__ = ("at_s", "bridged_s", "grain_wh", "held", "lasts_s", "lines", "source", "values")

    def __init__(
        self, pairs: Iterable[tuple[float, float]] = (), *, held: bool = False, lasts_s: float = inf, source: str = ""
    ) -> None:
        self.at_s = array("d")
        """Unix time, s."""
        self.values = array("d")
        self.lines = array("l")
        """Lines in the file, for messages; empty for a query."""
        self.held = held
        self.lasts_s = lasts_s
        self.grain_wh = 0.0
        """The smallest step of the counter that the powers come from; 0 for other samples."""
        self.bridged_s = 0.0
        """How long the powers are means over readings that are missing; 0 for other samples."""
        self.source = source
        """The file or the query, for messages."""
        self.extend(pairs)

    def extend(self, pairs: Iterable[tuple[float, float]]) -> None:
        """Add samples at the end."""
        for at_s, value in pairs:
            self.at_s.append(at_s)
            self.values.append(value)

    def in_order(self) -> Samples:
        """The same samples sorted by time. Samples of one time keep their order."""
        if all(earlier <= later for earlier, later in pairwise(self.at_s)):
            return self
        order = sorted(range(len(self)), key=self.at_s.__getitem__)
        found = Samples((self[n] for n in order), held=self.held, lasts_s=self.lasts_s, source=self.source)
        found.grain_wh, found.bridged_s = self.grain_wh, self.bridged_s
        found.lines.extend(self.lines[n] for n in order if self.lines)
        return found

    def spacing_s(self) -> float:
        """The usual time between samples, s; 0 if there are fewer than two times."""
        steps = [self.at_s[n + 1] - self.at_s[n] for n in range(min(len(self) - 1, FIRST_STEPS))]
        return median_low([step for step in steps if step > 0.0] or [0.0])

    def place(self, at: int) -> str:
        """The file and line of a sample, or the query."""
        return f"{self.source}:{self.lines[at]}" if self.lines else self.source

    def __len__(self) -> int:
        return len(self.at_s)

    def __getitem__(self, at: int) -> tuple[float, float]:
        return self.at_s[at], self.values[at]

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return zip(self.at_s, self.values, strict=True)


def whole_minutes_s(spacing_s: float) -> float:
    """The spacing in whole minutes, at least one, s."""
    return max(MINUTE_S, ceil(spacing_s / MINUTE_S - 1e-6) * MINUTE_S)
