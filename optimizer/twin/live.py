"""The house on a clock. Each read or write advances the physics to the present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from optimizer.model.clock import Clock
from optimizer.twin.faults import Faults
from optimizer.twin.ledger import Ledger
from optimizer.twin.physics import House
from optimizer.twin.trace import Source

STEP_S = 1.0
"""The physics advances in whole steps, so that a run does not depend on the times of reads."""


class Twin(Protocol):
    """A simulated device with its servers."""

    @property
    def name(self) -> str:
        """Key of its endpoints, of its faults, and in the ledger."""
        ...

    async def start(self) -> Mapping[str, str]:
        """Listen on loopback. Returns endpoint → URL or host:port.

        An empty key is the device itself. The house adds other keys to its name (`modbus` of `carport` becomes the
        endpoint `carport_modbus`).
        """
        ...

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        ...


class LiveHouse:
    """Physics, weather, clock, faults, and ledger for every twin."""

    def __init__(self, physics: House, source: Source, clock: Clock, faults: Faults) -> None:
        self.physics = physics
        self.source = source
        self.clock = clock
        self.faults = faults
        self.ledger = Ledger(physics)
        self.started = clock.now()
        self._origin_s = clock.monotonic_s()
        self._unix_s = self.started.timestamp()
        self._cycles: list[Callable[[float], None]] = []

    @property
    def t_s(self) -> float:
        """House seconds since the start, by the clock."""
        return self.clock.monotonic_s() - self._origin_s

    def wall(self) -> datetime:
        """House time as aware UTC: the start plus `t_s`. A jump of the wall clock does not move the sun."""
        return self.started + timedelta(seconds=self.t_s)

    def each_cycle(self, cycle: Callable[[float], None]) -> None:
        """Call `cycle(house second)` before each step of 1 s, for the own control of a device."""
        self._cycles.append(cycle)

    def advance(self) -> House:
        """Advance the physics to the present and return it."""
        physics = self.physics
        now = self.t_s
        while physics.t_s + STEP_S <= now:
            for cycle in self._cycles:
                cycle(physics.t_s)
            pv_w, load_w = self.source.at(self._unix_s + physics.t_s + STEP_S / 2.0)
            physics.step(STEP_S, pv_w, load_w)
        return physics
