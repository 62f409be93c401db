"""InputPoller: reads the inputs of one server, broker, or device in the background, at its pace."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.runtime.deadline import deadline
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.pacing import PATIENCE, backoff_s

log = logging.getLogger(__name__)


class InputReader(Protocol):
    """Reads values by the names of inputs. Every call may raise DeviceError and nothing else."""

    async def readings(self) -> dict[str, Reading[Any]]:
        """One reading of each input."""
        ...

    async def close(self) -> None:
        """Release the connection; never raises."""
        ...


class InputPoller:
    """Reads one source until canceled."""

    def __init__(
        self,
        name: str,
        reader: InputReader,
        inputs: tuple[str, ...],
        board: InputBoard,
        clock: Clock,
        *,
        pace_s: float,
        deadline_s: float,
    ) -> None:
        """`name` is the connection in the settings, `inputs` are the names of what is read over it."""
        self.name = name
        self._reader = reader
        self._inputs = inputs
        self._board = board
        self._clock = clock
        self._pace_s = pace_s
        self._deadline_s = deadline_s
        self._failures = 0

    async def run(self) -> None:
        """Read until canceled, then release the connection."""
        try:
            while True:
                started_s = self._clock.monotonic_s()
                await self.read()
                wait_s = backoff_s(self._failures, self._pace_s, self.name) if self._failures else self._pace_s
                await self._clock.sleep(max(started_s + wait_s - self._clock.monotonic_s(), 0.05 * self._pace_s))
        finally:
            await self.close()

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._reader.close()

    async def read(self) -> None:
        """Read once. A failure is logged when it lasts, and the last values stay until they are too old."""
        try:
            async with deadline(self._clock, self._deadline_s, f"reading inputs from {self.name}"):
                readings = await self._reader.readings()
        except DeviceError as error:
            self._failures += 1
            if self._failures == PATIENCE:
                log.warning("inputs cannot be read from %s: %s", self.name, error)
            self._board.fail(self._inputs, error.message)
            return
        if self._failures >= PATIENCE:
            log.info("inputs are read from %s again", self.name)
        self._failures = 0
        self._board.post(readings)
