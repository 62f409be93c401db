"""The schedule of a running service, as page, API, metrics, and commands show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from optimizer.model.schedule import Schedule

ALARM_FAILURES = 3
"""Failures in a row from which the missing schedule is an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleReport:
    """The schedule of a running service."""

    schedule: Schedule | None
    """The one in force. None: there is none."""
    before: Schedule | None = None
    """The one before it. None: there was none."""
    reason: str = ""
    """The event for which it was made."""
    why: str = ""
    """Why there is no schedule. Empty if there is one."""
    problem: str = ""
    """Why the last attempt has failed. Empty if it has not."""
    next_try_s: float | None = None
    """Unix time in s of the next attempt after a failed one. None: the last one has not failed."""
    failures: int = 0
    """Failed attempts in a row."""
    solved: int = 0
    """Schedules made since the start."""
    failed: int = 0
    """Failed attempts since the start."""
    duration_s: float | None = None
    """Time that the last schedule took, with its process."""

    @property
    def alarm(self) -> bool:
        """Whether the owner must know that no schedule is made."""
        return self.failures >= ALARM_FAILURES


class ScheduleSource(Protocol):
    """The scheduler of a running service."""

    def report(self) -> ScheduleReport:
        """The schedule now."""
        ...
