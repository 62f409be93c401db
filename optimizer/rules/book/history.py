"""Values over time: `avg`, `max_over`, `min_over`, and `changed_within`, in at most 64 buckets per function.

A value is valid until the next one, but at most two minutes. Unknown values do not count. A result is known while
known values cover at least half of the window.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.model.kinds import Value
from optimizer.rules.language.emit import Average

BUCKETS = 60
MAX_HOLD_S = 120.0
MIN_COVER = 0.5


class Bucket(NamedTuple):
    """A period, closed or still growing."""

    start_s: float
    known_s: float
    """The part with a known value, s."""
    area: float
    """Value × seconds."""
    low: float
    high: float


class History(NamedTuple):
    """The memory of one function over time."""

    closed: tuple[Bucket, ...] = ()
    """Oldest first."""
    growing: Bucket | None = None
    known_s: float = 0.0
    """Sum over the closed buckets."""
    area: float = 0.0
    """Sum over the closed buckets."""
    last: Value | None = None
    """The value since `seen_s`; for `changed_within` the last known value."""
    seen_s: float = 0.0
    changed_s: float | None = None
    """For `changed_within`: monotonic s of the last change."""


EMPTY_HISTORY = History()


def remember(average: Average, history: History, value: Value | None, now_s: float) -> History:
    """The history after one more tick."""
    if average.op == "changed_within":
        if value is None or value == history.last:
            return history
        changed_s = history.changed_s if history.last is None else now_s
        return History(last=value, seen_s=now_s, changed_s=changed_s)
    number = float(value) if isinstance(value, int | float) else None
    growing = history.growing or Bucket(now_s, 0.0, 0.0, float("inf"), float("-inf"))
    held = history.last
    start_s, known_s, area, low, high = growing
    if isinstance(held, int | float):
        step_s = min(max(0.0, now_s - history.seen_s), MAX_HOLD_S)
        known_s += step_s
        area += held * step_s
        low, high = min(low, held), max(high, held)
    if number is not None:
        low, high = min(low, number), max(high, number)
    grown = Bucket(start_s, known_s, area, low, high)
    if now_s - start_s < average.length_s / BUCKETS:
        return history._replace(growing=grown, last=number, seen_s=now_s)
    return _closed(average, history, grown, number, now_s)


def _closed(average: Average, history: History, grown: Bucket, number: float | None, now_s: float) -> History:
    """Close the growing bucket, and drop buckets that are outside the window."""
    oldest_s = now_s - average.length_s
    kept = tuple(
        bucket
        for bucket, following in zip(
            (*history.closed, grown), (*(b.start_s for b in history.closed[1:]), grown.start_s, now_s), strict=False
        )
        if following > oldest_s
    )[-(BUCKETS + 1) :]
    seed = float("inf") if number is None else number, float("-inf") if number is None else number
    return History(
        closed=kept,
        growing=Bucket(now_s, 0.0, 0.0, *seed),
        known_s=sum(bucket.known_s for bucket in kept),
        area=sum(bucket.area for bucket in kept),
        last=number,
        seen_s=now_s,
    )


def result(average: Average, history: History, now_s: float) -> Value | None:
    """The present value of the function; None while too little is known."""
    if average.op == "changed_within":
        if history.last is None:
            return None
        return history.changed_s is not None and now_s - history.changed_s <= average.length_s
    growing = history.growing
    if growing is None:
        return None
    known_s = history.known_s + growing.known_s
    if known_s < MIN_COVER * average.length_s:
        return None
    if average.op == "avg":
        return (history.area + growing.area) / known_s
    if average.op == "max_over":
        return max(growing.high, *(b.high for b in history.closed)) if history.closed else growing.high
    return min(growing.low, *(b.low for b in history.closed)) if history.closed else growing.low
