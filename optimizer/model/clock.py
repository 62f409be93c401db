"""One clock for everything: wall time, monotonic time, sleeping and deadlines.

Nothing else in the project reads a clock or sleeps, so a demo can run sixty times as fast and a
test can run a year without waiting.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Time as the house lives it."""

    @property
    def boot(self) -> str:
        """Identifies the start that the monotonic time counts from, for all processes; empty where it is unknown."""
        ...

    def now(self) -> datetime:
        """Wall time, aware, UTC. May jump; only rule windows and records use it."""
        ...

    def monotonic_s(self) -> float:
        """Monotonic time in s; every timeout, age and lease uses it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of house time."""
        ...

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """A deadline of `seconds` of house time; raises TimeoutError inside the block."""
        ...


JUMP_S = 5.0
"""If the wall clock moves this much more or less than the monotonic clock, somebody has set it."""


def wall_jump_s(now_before: datetime, mono_before_s: float, now: datetime, mono_s: float) -> float:
    """How far the wall clock was set between two moments, in s (+ forward); 0 where it was not set."""
    moved_s = (now - now_before).total_seconds() - (mono_s - mono_before_s)
    return moved_s if abs(moved_s) > JUMP_S else 0.0


BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Of Linux: another text after each boot (man random(4))."""
_MONOTONIC: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock on the wall."""

    def __init__(self) -> None:
        try:
            self.boot = BOOT_ID.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            self.boot = ""  # not Linux, or /proc is hidden

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Where the system can tell (Linux), the time that a machine was suspended counts too: readings and leases
        are older by it."""
        return time.clock_gettime(_MONOTONIC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(seconds)


class ScaledClock:
    """House time that starts at `start` and runs `speed` times as fast as the wall's."""

    MIN_TIMEOUT_S = 0.25
    """Real seconds that every deadline has on top: sockets and the scheduler do not run faster. Added, and not a
    least value, so that a shorter deadline inside a longer one still ends first."""
    boot = ""

    def __init__(self, start: datetime, speed: float) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be an aware time")
        self._start = start.astimezone(UTC)
        self.speed = speed
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        return (time.monotonic() - self._origin) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(self.MIN_TIMEOUT_S + seconds / self.speed)
