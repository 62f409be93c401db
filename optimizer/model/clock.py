"""One clock for the whole service: wall time, monotonic time, sleep, and deadlines.

No other module reads a clock or sleeps. Therefore a demo can run at sixty times the speed, and a test can run a year
without waiting.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """The time of the house."""

    @property
    def boot(self) -> str:
        """The identity of the boot that the monotonic time starts from, equal in all processes. Empty if unknown."""
        ...

    def now(self) -> datetime:
        """Wall time, aware, UTC. It may jump. Only rule windows and records use it."""
        ...

    def monotonic_s(self) -> float:
        """Monotonic time, s. Every timeout, age, and lease uses it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of house time."""
        ...

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """A deadline of `seconds` of house time. It raises TimeoutError inside the block."""
        ...


JUMP_S = 5.0
"""If the wall clock and the monotonic clock differ by more than this, the wall clock was set."""


def wall_jump_s(now_before: datetime, mono_before_s: float, now: datetime, mono_s: float) -> float:
    """The change by which the wall clock was set between two times, s (+ forward). 0 if it was not set."""
    moved_s = (now - now_before).total_seconds() - (mono_s - mono_before_s)
    return moved_s if abs(moved_s) > JUMP_S else 0.0


STEADY_S = 6 * 3600.0
"""A wall clock that was not set for this long is right. Until then nothing is dropped because of its age."""


class SteadyTime:
    """Follows from tick to tick how long the wall clock has run without being set."""

    def __init__(self) -> None:
        self._before: tuple[datetime, float] | None = None
        self._since_s = 0.0

    def take(self, now: datetime, mono_s: float) -> float:
        """Monotonic s since somebody last set the wall clock, or since the first tick."""
        if self._before is None or wall_jump_s(*self._before, now, mono_s):
            self._since_s = mono_s
        self._before = now, mono_s
        return mono_s - self._since_s


BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""A file of Linux with a different text after each boot (man random(4))."""
_MONOTONIC: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock of the machine."""

    def __init__(self) -> None:
        try:
            self.boot = BOOT_ID.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            self.boot = ""  # not Linux, or /proc is hidden

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """On Linux, the time of a suspended machine counts too, because readings and leases are older by it."""
        return time.clock_gettime(_MONOTONIC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(seconds)


class ScaledClock:
    """House time that starts at `start` and runs at `speed` times the speed of the wall clock."""

    MIN_TIMEOUT_S = 0.25
    """Real seconds that are added to every deadline, because sockets and the scheduler do not run faster. It is no
    minimum, so that a short deadline inside a longer one still ends first."""
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
