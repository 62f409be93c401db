"""Histories: the last readings of a device, to get its value at the time of another device's reading."""

from __future__ import annotations

from bisect import bisect_left

from optimizer.model.reading import Reading

History = tuple[tuple[float, float], ...]
"""(monotonic s, value), oldest first."""

REACH_S = 90.0
"""The length of a history. A meter may be 60 s late, and a battery reading 30 s old."""
MOST = 40
"""Largest number of stored readings."""
NO_HISTORY: History = ()


def with_reading(history: History, reading: Reading[float]) -> History:
    """The history with one more reading. An unknown or a repeated one changes nothing."""
    value, at_s, _ = reading
    if value is None or (history and at_s <= history[-1][0]):
        return history
    if history and (history[0][0] < at_s - REACH_S or len(history) >= MOST):
        return (*history[1:], (at_s, value))
    return (*history, (at_s, value))


def value_at(history: History, at_s: float) -> float | None:
    """The value at `at_s`, linear between two readings. Outside of the history its nearest reading. None if empty."""
    if not history:
        return None
    last_s, last = history[-1]
    if at_s >= last_s:
        return last
    index = bisect_left(history, (at_s,))
    after_s, after = history[index]
    if index == 0 or after_s == at_s:
        return after
    before_s, before = history[index - 1]
    return before + (after - before) * (at_s - before_s) / (after_s - before_s)
