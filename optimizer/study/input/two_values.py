"""Two values at one time: a clock that went back, two exports put together, or two devices under one name."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

MIXED_SHARE = 0.1
"""A name with two values at one time in a larger part of its rows stands for two devices."""
TWO_ON_ONE_DAY = (
    "{place}: “{name}” has two values on one day, {before} (line {lines}) and {value}, and the times are dates only. "
    "If the clock is in another column, write --time-column DATE+TIME"
)
TWO_AT_ONE_TIME = (
    "{place}: “{name}” has two values at one time, {before} (line {lines}) and {value}. If the clock went back, give "
    "its --zone. If each row has one state, use --long. If the mean is right, write --repeated-times"
)
TWO_PARTS = (
    "{path}:{line}: lines {line} to {end} have the times of lines {line_before} to {end_before} with other values of "
    "“{name}”, as if two exports were put together. Remove one of the two parts. If the mean of both is right, write "
    "--repeated-times"
)
PART_ROWS = 3
"""Fewer rows are no part of a table."""
PART_SPAN = 2.0
"""A part may also have rows with equal or unknown values: it has at most this many lines for each other row."""


def refuse_two_values(name: str, samples: Samples, *, days_only: bool) -> None:
    """Raise StudyError if two rows of one time have different values. `days_only`: the times are dates."""
    twice = _twice(samples)
    if not twice:
        return
    at = twice[0]
    if not days_only and (parts := _two_parts(samples, twice)):
        raise StudyError(Text(TWO_PARTS, path=samples.source, name=name, **parts))
    raise StudyError(
        Text(
            TWO_ON_ONE_DAY if days_only else TWO_AT_ONE_TIME,
            place=samples.place(at),
            name=name,
            before=samples.values[at - 1],
            lines=samples.lines[at - 1],
            value=samples.values[at],
        )
    )


def _twice(samples: Samples) -> list[int]:
    """The positions whose value differs from the one before, at the same time."""
    return [
        at
        for at in range(1, len(samples))
        if samples.at_s[at] == samples.at_s[at - 1] and abs(samples.values[at] - samples.values[at - 1]) > 0.0
    ]


def _two_parts(samples: Samples, twice: Sequence[int]) -> dict[str, float]:
    """The first and last lines of two parts of the table with the same times; empty if the rows lie elsewhere."""
    pairs = [sorted((samples.lines[at - 1], samples.lines[at])) for at in twice]
    first, second = (sorted(lines) for lines in zip(*pairs, strict=True))
    if len(pairs) < PART_ROWS or first[-1] >= second[0] or max(_span(first), _span(second)) > PART_SPAN * len(pairs):
        return {}
    return {"line": second[0], "end": second[-1], "line_before": first[0], "end_before": first[-1]}


def _span(lines: Sequence[int]) -> int:
    return lines[-1] - lines[0] + 1


def refuse_mixture(name: str, samples: Samples) -> None:
    """Raise StudyError if a name often has two values at one time. Once, it is a state that changed twice."""
    twice = _twice(samples)
    if len(twice) > MIXED_SHARE * len(samples):
        at = twice[0]
        raise StudyError(
            Text(
                "{place}: “{name}” has two values at one time, {before} (line {lines}) and {value}, and often so. If "
                "these are two devices, name a column in --long that tells them apart, or remove one of them",
                place=samples.place(at),
                name=name,
                before=samples.values[at - 1],
                lines=samples.lines[at - 1],
                value=samples.values[at],
            )
        )
