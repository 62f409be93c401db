"""The FEMS twin: an Edge with its REST API."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.twin.fems_rest import FemsGate, FemsRest
from optimizer.twin.fems_unit import FemsSpec, FemsUnit
from optimizer.twin.http import Gate, HttpServer
from optimizer.twin.live import LiveHouse

__all__ = ["FemsSpec", "FemsTwin"]


class FemsTwin:
    """A FEMS on loopback."""

    def __init__(self, live: LiveHouse, spec: FemsSpec) -> None:
        self.unit = FemsUnit(live, spec)
        gate = FemsGate(live.clock, spec.max_connections, spec.accepts) if spec.accepts else Gate()
        self._http = HttpServer(
            FemsRest(self.unit).handle,
            live.clock,
            mischief=lambda: live.faults.pick(spec.name, live.t_s),
            gate=gate,
            idle_s=spec.idle_s,
        )

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.unit.spec.name

    @property
    def connections(self) -> int:
        """Accepted so far."""
        return self._http.connections

    async def start(self) -> Mapping[str, str]:
        """Listen; the base URL is the device itself."""
        return {"": await self._http.start()}

    async def stop(self) -> None:
        """Stop listening."""
        await self._http.stop()
