"""A clock moved by hand, for tests over real sockets: only time in the house, never time on the wall."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)


class HandClock:
    """model.clock.Clock whose time stands still until `pass_s`; sleeping passes the time."""

    boot = ""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._mono_s = 1000.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._mono_s - 1000.0)

    def monotonic_s(self) -> float:
        return self._mono_s

    def pass_s(self, seconds: float) -> None:
        self._mono_s += seconds

    async def sleep(self, seconds: float) -> None:
        self._mono_s += seconds
        await asyncio.sleep(0)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        return asyncio.timeout(seconds)
