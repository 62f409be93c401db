"""Prices of one moment."""

from __future__ import annotations

from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import Prices


def prices(import_ct: float | None = None, feed_in_ct: float | None = None) -> Prices:
    """None: unknown."""
    return Prices(import_ct=_reading(import_ct), feed_in_ct=_reading(feed_in_ct))


def _reading(value: float | None) -> Reading[float]:
    return unknown("no price") if value is None else known(value, 1000.0)
