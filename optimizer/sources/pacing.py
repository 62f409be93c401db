"""The distance of two requests to a service: its own pace, and longer after failures."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.sources.port import Fault

NOT_REACHED: tuple[Fault, ...] = ("unreachable", "timeout")
FIRST_RETRY_S = 60.0
LONGEST_RETRY_S = 3600.0
MOST_DOUBLINGS = 6
PACE_SPREAD = 0.2
"""Random part of the time between two requests."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The requests to a feed so far."""

    since_s: float | None = None
    """Seconds since the last request. None: there was none."""
    failures: int = 0
    """Number of failures in a row."""
    fault: Fault | None = None
    """The last failure."""
    share: float = 0.0
    """A random number from 0 to 1, drawn anew for each request."""


def spacing_s(pace_s: float, attempts: Attempts) -> float:
    """Seconds between the last request and the next one."""
    if not attempts.failures:
        return pace_s * (1.0 + PACE_SPREAD * attempts.share)
    doubled = 2.0 ** min(MOST_DOUBLINGS, attempts.failures - 1)
    first_s = FIRST_RETRY_S if attempts.fault in NOT_REACHED else pace_s
    return min(max(LONGEST_RETRY_S, pace_s), first_s * doubled) * (1.0 + PACE_SPREAD * attempts.share)
