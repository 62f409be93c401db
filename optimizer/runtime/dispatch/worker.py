"""The common part of the workers of chargers, batteries, and loads: the command with its lease, and the loop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from optimizer.control.report import LeaseStatus
from optimizer.model.clock import Clock
from optimizer.model.decision import Command
from optimizer.runtime.dispatch.retries import Retries
from optimizer.runtime.health import Monitor
from optimizer.runtime.pacing import wait_for

LONGEST_WAIT_S = 60.0
RECORD_RETRY_S = 5.0
"""Interval of attempts for a write that waits for the record of devices written to."""


class Worker(ABC):
    """Makes all writes to one device."""

    def __init__(self, key: str, clock: Clock, monitor: Monitor) -> None:
        self.key = key
        self._clock = clock
        self._monitor = monitor
        self._command: Command | None = None
        self._retries = Retries()
        self._wake = asyncio.Event()
        self._exchanging = False
        """Whether an exchange with the device is under way. It may take effect before its answer, so that no reading
        counts against the last command."""

    @property
    def doubtful_until_s(self) -> float:
        """Monotonic s until which an abandoned write may still take effect."""
        return self._retries.doubtful_until_s

    def take(self, command: Command) -> None:
        """Take the command of a new decision. It renews the lease."""
        self._command = command
        self._wake.set()

    def status(self) -> LeaseStatus | None:
        """The present lease. None before the first decision."""
        command = self._command
        if command is None:
            return None
        return LeaseStatus(
            device=self.key,
            order=command.order,
            issued_s=command.issued_s,
            expires_s=command.expires_s,
            written_s=self._last_write_s(),
            longest_gap_s=self._longest_gap_s(),
            failing=self._monitor.failing(self.key),
        )

    async def run(self) -> None:
        """Work until canceled."""
        while True:
            self._exchanging = True
            wait_s = await self._step()
            self._exchanging = False
            await wait_for(self._clock, self._wake, min(wait_s, LONGEST_WAIT_S))

    @abstractmethod
    async def _step(self) -> float:
        """Do the action that is due. Returns the seconds until the next one may be due."""

    @abstractmethod
    def _last_write_s(self) -> float | None:
        """Monotonic s of the last successful write or refresh. None before the first."""

    def _longest_gap_s(self) -> float:
        """Longest time between two refreshes while a setpoint was wanted, s. 0 without refreshes."""
        return 0.0
