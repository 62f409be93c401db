"""A budget of relay operations in the last hour and the last day. Contactors wear with each operation."""

from __future__ import annotations

from typing import NamedTuple

HOUR_S = 3600.0
DAY_S = 86400.0


class Allowance(NamedTuple):
    """The allowed number of operations."""

    per_hour: int
    per_day: int
    spacing_s: float = 0.0
    """Shortest time between two operations."""


def may_spend(spent_at_s: tuple[float, ...], allowance: Allowance, now_s: float) -> bool:
    """Whether one more operation is allowed at monotonic time `now_s`. `spent_at_s` is ascending."""
    if not spent_at_s:
        return allowance.per_day > 0 and allowance.per_hour > 0
    if now_s - spent_at_s[-1] < allowance.spacing_s:
        return False
    if len(spent_at_s) < allowance.per_hour and len(spent_at_s) < allowance.per_day:
        return True
    return _since(spent_at_s, now_s - DAY_S) < allowance.per_day and (
        _since(spent_at_s, now_s - HOUR_S) < allowance.per_hour
    )


def left(spent_at_s: tuple[float, ...], allowance: Allowance, now_s: float) -> int:
    """The number of operations that remain in this hour and this day."""
    in_day = allowance.per_day - _since(spent_at_s, now_s - DAY_S)
    in_hour = allowance.per_hour - _since(spent_at_s, now_s - HOUR_S)
    return max(0, in_day if in_day < in_hour else in_hour)


def due_in_s(spent_at_s: tuple[float, ...], allowance: Allowance, now_s: float) -> float:
    """Time until one more operation is allowed, s. 0: now. DAY_S at most, also if the allowance is 0."""
    if may_spend(spent_at_s, allowance, now_s):
        return 0.0
    due_s = spent_at_s[-1] + allowance.spacing_s if spent_at_s else now_s + DAY_S
    for most, span_s in ((allowance.per_hour, HOUR_S), (allowance.per_day, DAY_S)):
        if most <= 0:
            return DAY_S
        if len(spent_at_s) >= most:
            due_s = max(due_s, spent_at_s[-most] + span_s)
    return min(DAY_S, due_s - now_s)


def spend(spent_at_s: tuple[float, ...], allowance: Allowance, now_s: float) -> tuple[float, ...]:
    """The record after one more operation. It keeps at most a day's allowance, because older entries have no effect."""
    return (*spent_at_s, now_s)[-max(1, allowance.per_day) :]


def spent(allowance: Allowance, now_s: float) -> tuple[float, ...]:
    """The record of a day that used its allowance evenly. The next one is allowed when the oldest is a day old."""
    spacing_s = DAY_S / max(1, allowance.per_day)
    return tuple(now_s - spacing_s * number for number in range(allowance.per_day - 1, -1, -1))


def _since(spent_at_s: tuple[float, ...], start_s: float) -> int:
    count = 0
    for at_s in reversed(spent_at_s):
        if at_s <= start_s:
            break
        count += 1
    return count
