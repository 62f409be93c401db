"""The announcement of the NRGkick by mDNS, on loopback."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from optimizer.twin.nrgkick_unit import NrgkickUnit

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE = "_nrgkick._tcp.local."


class NrgkickMdns:
    """Announces one unit while it runs."""

    def __init__(self, unit: NrgkickUnit) -> None:
        self._unit = unit
        self._zeroconf: AsyncZeroconf | None = None
        self._service: AsyncServiceInfo | None = None

    async def start(self, host: str, port: int) -> None:
        """Announce the JSON API at host:port."""
        # Imported here, so that only a house with an announcement loads it.
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

        unit = self._unit
        self._zeroconf = AsyncZeroconf(interfaces=[host])
        self._service = AsyncServiceInfo(
            SERVICE,
            f"NRGkick {unit.spec.serial}.{SERVICE}",
            addresses=[ip_address(host).packed],
            port=port,
            server=f"nrgkick-{unit.spec.serial.lower()}.local.",
            properties={
                "serial_number": unit.spec.serial,
                "model_type": "NRGkick Gen2",
                "device_name": unit.spec.device_name,
                "json_api_enabled": str(int(unit.api_enabled)),
                "json_api_version": "v1",
                "modbus_api_enabled": str(int(unit.modbus_enabled and unit.spec.modbus)),
                "modbus_api_version": "v1",
            },
        )
        await self._zeroconf.async_register_service(self._service)

    async def stop(self) -> None:
        """Withdraw the announcement."""
        if self._zeroconf is not None:
            if self._service is not None:
                await self._zeroconf.async_unregister_service(self._service)
            await self._zeroconf.async_close()
            self._zeroconf = None
