"""The NRGkick twin: one unit with its JSON API."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.twin.http import HttpServer
from optimizer.twin.live import LiveHouse
from optimizer.twin.nrgkick_json import NrgkickJson
from optimizer.twin.nrgkick_unit import NrgkickSpec, NrgkickUnit

__all__ = ["NrgkickSpec", "NrgkickTwin"]


class NrgkickTwin:
    """An NRGkick on loopback."""

    def __init__(self, live: LiveHouse, spec: NrgkickSpec) -> None:
        self.unit = NrgkickUnit(live, spec)
        self._live = live
        self._http = HttpServer(
            NrgkickJson(self.unit).handle, live.clock, mischief=lambda: live.faults.pick(spec.name, live.t_s)
        )

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.unit.spec.name

    async def start(self) -> Mapping[str, str]:
        """Listen; the JSON API is the endpoint of the device's name."""
        return {self.name: await self._http.start()}

    async def stop(self) -> None:
        """Stop listening."""
        await self._http.stop()
