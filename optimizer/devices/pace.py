"""A pace for new connections: at most so many to one host within a time, for commands that try several things.

An OpenEMS Edge lets everybody wait when more than ten connections are opened within 5 s. The service itself keeps one
connection; `probe` and `init` open several, one after another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from optimizer.model.clock import Clock

WINDOW_S = 5.0
MOST = 8
"""Fewer than the ten that a device may take: one exchange can need two connections."""


class ConnectPace:
    """Counts the connections that were opened, by host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened_s: dict[str, deque[float]] = {}

    def opened(self, host: str) -> None:
        """A connection to `host` is being opened."""
        self._opened_s.setdefault(host, deque()).append(self._clock.monotonic_s())

    async def turn(self, host: str) -> None:
        """Return when another connection to `host` may be opened."""
        while (wait_s := self._wait_s(host)) > 0.0:
            await self._clock.sleep(wait_s)

    def _wait_s(self, host: str) -> float:
        opened_s, now_s = self._opened_s.get(host), self._clock.monotonic_s()
        if opened_s is None:
            return 0.0
        while opened_s and opened_s[0] <= now_s - WINDOW_S:
            opened_s.popleft()
        return opened_s[-MOST] + WINDOW_S - now_s if len(opened_s) >= MOST else 0.0


_current: ContextVar[ConnectPace | None] = ContextVar("connect_pace", default=None)


def current_pace() -> ConnectPace | None:
    """The pace that holds here; None: no limit."""
    return _current.get()


@contextmanager
def paced(clock: Clock) -> Iterator[ConnectPace]:
    """Hold every connection of adapters that are made inside to one pace."""
    pace = ConnectPace(clock)
    token = _current.set(pace)
    try:
        yield pace
    finally:
        _current.reset(token)
