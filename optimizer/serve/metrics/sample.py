"""One sample of a metric."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

J_PER_WH = 3600.0


class Sample(NamedTuple):
    """One sample: the metric's name in the table, label values in the table's order, and the value."""

    name: str
    labels: tuple[str, ...]
    value: float


def given(name: str, value: float | None, *labels: str, factor: float = 1.0) -> Iterator[Sample]:
    """The sample, unless the value is unknown."""
    if value is not None:
        yield Sample(name, labels, factor * value)
