"""The life cycle of a rule: idle → pending → active → ending → idle. It follows levels, never edges.

A rule becomes active when its condition has been true for `for`. It ends when `until` has been true for `keep_for`.
Without `until`, it ends when its condition has been false for `keep_for`. A closing window ends it at once.
"""

from __future__ import annotations

from typing import NamedTuple

from optimizer.rules.book.book import IfUnknown, Part

IDLE, PENDING, ACTIVE, ENDING = 0, 1, 2, 3
PHASE_NAMES = ("idle", "pending", "active", "ending")
NEVER = float("inf")


class Step(NamedTuple):
    """The state of a rule after a tick."""

    phase: int
    since_s: float
    """Monotonic s at which the phase began."""
    due_s: float
    """Monotonic s at which the timer ends the phase; infinite without a timer."""


def advance(
    part: Part,
    phase: int,
    since_s: float,
    when: bool | None,
    until: bool | None,
    is_open: bool,
    now_s: float,
    ended_s: float | None = None,
) -> Step:
    """One tick of one rule. `until` counts only if the rule has one.

    `ended_s`: monotonic s from which `keep_for` counts if the condition has ended; None: from now on.
    """
    if not is_open:
        return Step(IDLE, since_s if phase == IDLE else now_s, NEVER)
    ends = False
    if part.until >= 0:
        if until is None and part.unknown is IfUnknown.HOLD:
            return Step(phase, since_s, NEVER)
        ends = until is True or (until is None and part.unknown is IfUnknown.RELEASE)
    if when is None and part.unknown is IfUnknown.HOLD and not (part.until >= 0 and phase >= ACTIVE):
        return Step(phase, since_s, NEVER)
    go = when is True or (when is None and part.unknown is IfUnknown.APPLY)

    if phase < ACTIVE:
        return _starting(part, phase, since_s, go and not ends, now_s)
    over = ends if part.until >= 0 else not go
    return _running(part, phase, since_s, over, now_s, now_s if ended_s is None else ended_s)


def _starting(part: Part, phase: int, since_s: float, go: bool, now_s: float) -> Step:
    if not go:
        return Step(IDLE, since_s if phase == IDLE else now_s, NEVER)
    begun_s = now_s if phase == IDLE else since_s
    if now_s - begun_s >= part.for_s:
        return Step(ACTIVE, now_s, NEVER)
    return Step(PENDING, begun_s, begun_s + part.for_s)


def ending(part: Part, when: bool | None, until: bool | None) -> bool | None:
    """Whether an active rule must end; None while that is unknown."""
    if part.until >= 0:
        return until
    return None if when is None else not when


def _running(part: Part, phase: int, since_s: float, end: bool, now_s: float, ended_s: float) -> Step:
    if not end:
        return Step(ACTIVE, since_s if phase == ACTIVE else now_s, NEVER)
    begun_s = ended_s if phase == ACTIVE else min(since_s, ended_s)
    if now_s - begun_s >= part.keep_s:
        return Step(IDLE, now_s, NEVER)
    return Step(ENDING, begun_s, begun_s + part.keep_s)
