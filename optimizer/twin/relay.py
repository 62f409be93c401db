"""The common part of simulated relays with an HTTP server: the load behind them, their address, and their faults."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from optimizer.twin.faults import Fault
from optimizer.twin.http import HttpServer, Request, Response
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import SwitchedLoad


class RelayTwin(ABC):
    """One relay with a load behind it."""

    def __init__(self, house: LiveHouse, load: int, name: str) -> None:
        """`load`: the index of the load in the house. Without a `name` it has that of the load."""
        self.load: SwitchedLoad = house.physics.loads[load]
        self._house = house
        self._name = name or self.load.spec.name
        self._server = HttpServer(self.answer, house.clock, mischief=self._mischief)

    @property
    def name(self) -> str:
        """Key of its endpoints, of its faults, and in the ledger."""
        return self._name

    async def start(self) -> Mapping[str, str]:
        """Listen on loopback. Returns its URL."""
        return {"": await self._server.start()}

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        await self._server.stop()

    @abstractmethod
    async def answer(self, request: Request) -> Response:
        """Answer one request."""

    def _mischief(self) -> Fault | None:
        return self._house.faults.pick(self._name, self._house.t_s)
