"""One sample of a metric."""

from __future__ import annotations

from typing import NamedTuple


class Sample(NamedTuple):
    """One sample: the metric's name in the table, label values in the table's order, and the value."""

    name: str
    labels: tuple[str, ...]
    value: float
