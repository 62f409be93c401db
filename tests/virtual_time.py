"""Hours in milliseconds: an event loop whose time jumps to the next timer as soon as nothing else is to do.

Nothing in a test under it may wait for a real socket or thread: such a wait takes no virtual time at all, and
timers would overtake it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

NOON = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)


class _JumpingSelector(selectors.SelectSelector):
    """Looks whether anything is ready, and otherwise lets the time be up at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("everything waits, and no timer is set: this would wait for ever")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop; its time begins at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._jumping.now_s


class VirtualClock:
    """model.clock.Clock on the running loop's time; `wall_jump` sets the wall clock."""

    def __init__(self, start: datetime = NOON) -> None:
        self.start = start
        self.wall_jump = timedelta()

    def now(self) -> datetime:
        return self.start + self.wall_jump + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(seconds)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a loop of its own; cancels what is left of it at the end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
