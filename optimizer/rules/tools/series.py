"""Input series in short notation: `-3kWx10 missingx5 0W..3kWx30 500W`.

Items are separated by spaces. `VALUExN` stands for N steps, `A..BxN` for a straight line from A to B in N steps,
`missing` for an unknown reading. The last item applies until the end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from optimizer.model.fields import FieldRef
from optimizer.model.kinds import Value
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.tools.inputs import read_value
from optimizer.words.text import Text

MAX_STEPS = 100_000
_REPEATED = re.compile(r"(.+)x(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of steps."""

    first: Value | None
    last: Value | None
    steps: int

    def value(self, index: int) -> Value | None:
        """The value of its step `index`."""
        if self.first == self.last or not isinstance(self.first, int | float) or not isinstance(self.last, int | float):
            return self.first
        return self.first + (self.last - self.first) * index / max(1, self.steps - 1)


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one field over the steps of a test."""

    runs: tuple[Run, ...]
    ends: tuple[int, ...]
    """The step behind each run. A test asks for the value of each of its steps, and a series may have thousands."""

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Series:
        """The series of these runs, at least one."""
        listed = tuple(runs)
        return cls(listed, tuple(accumulate(run.steps for run in listed)))

    def at(self, step: int) -> Value | None:
        """The value at a step. The last value applies to all later steps."""
        index = bisect_right(self.ends, step)
        if index == len(self.runs):
            return self.runs[-1].value(self.runs[-1].steps - 1)
        return self.runs[index].value(step - self.ends[index] + self.runs[index].steps)


def read_series(text: str, ref: FieldRef) -> Series:
    """The series that `text` describes. Raises ExpressionError."""
    runs: list[Run] = []
    total = 0
    for match in re.finditer(r"\S+", text):
        try:
            runs.append(_run(match.group(), ref))
        except ExpressionError as error:
            raise ExpressionError(error.message, match.start(), match.end(), error.hint) from None
        total += runs[-1].steps
        if total > MAX_STEPS:
            raise ExpressionError(Text("more than {max_steps} steps", max_steps=MAX_STEPS), match.start(), match.end())
    if not runs:
        raise ExpressionError(Text("the series is empty"), 0, hint=Text("such as -3kWx10, or missing"))
    return Series.of(runs)


def _run(item: str, ref: FieldRef) -> Run:
    repeated = _REPEATED.fullmatch(item)
    text, steps = (repeated.group(1), int(repeated.group(2))) if repeated else (item, 1)
    if steps < 1:
        raise ExpressionError(Text("a repeat is 1 or more"), 0)
    start, line, end = text.partition("..")
    first = read_value(start, ref)
    last = read_value(end, ref) if line else first
    if line and not (isinstance(first, float) and isinstance(last, float)):
        raise ExpressionError(Text("a line goes from one number to another"), 0)
    return Run(first, last, steps)
