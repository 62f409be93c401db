"""A clock for tests that goes only when told."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

START = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


class HandClock:
    """Sleeping moves it on at once; deadlines are real and long, for nothing here waits for one."""

    boot = ""

    def __init__(self) -> None:
        self._mono_s = 1000.0
        self.slept: list[float] = []

    def pass_s(self, seconds: float) -> None:
        self._mono_s += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self._mono_s - 1000.0)

    def monotonic_s(self) -> float:
        return self._mono_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_s(seconds)
        await asyncio.sleep(0)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(max(5.0, seconds))
