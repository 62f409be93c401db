"""The NRGkick twin: one unit with its JSON API, its Modbus registers, and its announcement."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from optimizer.twin.faults import Fault
from optimizer.twin.http import HttpServer
from optimizer.twin.live import LiveHouse
from optimizer.twin.mdns import Mdns
from optimizer.twin.modbus import ModbusServer
from optimizer.twin.nrgkick_feed import NrgkickFeed
from optimizer.twin.nrgkick_json import NrgkickJson
from optimizer.twin.nrgkick_modbus import NrgkickRegisters
from optimizer.twin.nrgkick_unit import NrgkickSpec, NrgkickUnit

__all__ = ["NrgkickSpec", "NrgkickTwin"]
SERVICE = "_nrgkick._tcp.local."


class NrgkickTwin:
    """An NRGkick on loopback."""

    def __init__(self, live: LiveHouse, spec: NrgkickSpec) -> None:
        self.unit = unit = NrgkickUnit(live, spec)

        def mischief() -> Fault | None:
            return live.faults.pick(spec.name, live.t_s)

        self._http = HttpServer(NrgkickJson(unit).handle, live.clock, mischief=mischief)
        self._modbus = ModbusServer(
            NrgkickRegisters(unit), live.clock, mischief=mischief, enabled=lambda: unit.modbus_enabled
        )
        self._mdns = Mdns(SERVICE, f"NRGkick {unit.spec.serial}", f"nrgkick-{unit.spec.serial.lower()}")
        self._live = live
        self.feed: NrgkickFeed | None = None
        """The PV-led profile while it runs."""

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.unit.spec.name

    async def start(self) -> Mapping[str, str]:
        """Listen. The empty key is the URL of the JSON API, `modbus` is host:port."""
        endpoints = {"": await self._http.start()}
        if self.unit.spec.modbus:
            endpoints["modbus"] = await self._modbus.start()
        if self.unit.spec.mdns:
            url = urlsplit(endpoints[""])
            await self._mdns.start(str(url.hostname), int(url.port or 80), _announced(self.unit))
        return endpoints

    async def follow(self, url: str | None) -> None:
        """Charge by the Custom API at `url` (scheme, host, and port). None: return to the settings."""
        if self.feed is not None:
            await self.feed.stop()
            self.feed = None
        if url is not None:
            self.feed = NrgkickFeed(self._live, self.unit, url)
            self.feed.start()

    async def stop(self) -> None:
        """Stop listening."""
        await self.follow(None)
        await self._mdns.stop()
        await self._http.stop()
        await self._modbus.stop()


def _announced(unit: NrgkickUnit) -> Mapping[str, str]:
    return {
        "serial_number": unit.spec.serial,
        "model_type": "NRGkick Gen2",
        "device_name": unit.spec.device_name,
        "json_api_enabled": str(int(unit.api_enabled)),
        "json_api_version": "v1",
        "modbus_api_enabled": str(int(unit.modbus_enabled and unit.spec.modbus)),
        "modbus_api_version": "v1",
    }
