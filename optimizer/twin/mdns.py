"""The announcement of a simulated device by mDNS, on loopback."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf


class Mdns:
    """Announces one device while it runs."""

    def __init__(self, service: str, instance: str, server: str) -> None:
        """`service` such as `_shelly._tcp.local.`, the name of the instance, and the host name without `.local.`"""
        self._named = (service, f"{instance}.{service}", f"{server}.local.")
        self._zeroconf: AsyncZeroconf | None = None
        self._service: AsyncServiceInfo | None = None

    async def start(self, host: str, port: int, properties: Mapping[str, str]) -> None:
        """Announce the API at host:port."""
        # Imported here, so that only a house with an announcement loads it.
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # noqa: PLC0415

        service, name, server = self._named
        self._zeroconf = AsyncZeroconf(interfaces=[host])
        self._service = AsyncServiceInfo(
            service,
            name,
            addresses=[ip_address(host).packed],
            port=port,
            server=server,
            properties=dict(properties),
        )
        # Without it, each start asks for more than a second whether another device has the name. On loopback none has.
        await self._zeroconf.async_register_service(self._service, cooperating_responders=True)

    async def stop(self) -> None:
        """Withdraw the announcement."""
        if self._zeroconf is not None:
            if self._service is not None:
                await self._zeroconf.async_unregister_service(self._service)
            await self._zeroconf.async_close()
            self._zeroconf = None
