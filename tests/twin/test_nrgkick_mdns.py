"""zeroconf finds the simulated charger."""

from __future__ import annotations

import asyncio

from zeroconf import IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from tests.twin.scene import nrgkick_scene

SERVICE = "_nrgkick._tcp.local."


async def test_zeroconf_finds_it_and_its_texts() -> None:
    async with nrgkick_scene(mdns=True, serial="T2400000000000000T1W9", device_name="Yard") as scene:
        found: asyncio.Queue[str] = asyncio.Queue()

        def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
            if state_change is ServiceStateChange.Added:
                found.put_nowait(name)

        mdns = AsyncZeroconf(interfaces=["127.0.0.1"])
        browser = AsyncServiceBrowser(mdns.zeroconf, SERVICE, handlers=[changed])
        try:
            async with asyncio.timeout(10):
                name = await found.get()
            info = AsyncServiceInfo(SERVICE, name)
            assert await info.async_request(mdns.zeroconf, 3000)
        finally:
            await browser.async_cancel()
            await mdns.async_close()
        port = scene.house.endpoints["carport"].rpartition(":")[2]
        assert info.port == int(port)
        assert [str(a) for a in info.ip_addresses_by_version(IPVersion.V4Only)] == ["127.0.0.1"]
        assert info.decoded_properties == {
            "serial_number": "T2400000000000000T1W9",
            "model_type": "NRGkick Gen2",
            "device_name": "Yard",
            "json_api_enabled": "1",
            "json_api_version": "v1",
            "modbus_api_enabled": "1",
            "modbus_api_version": "v1",
        }
