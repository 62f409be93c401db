"""Discovery: the devices that announce themselves in the home network by mDNS.

NRGkick chargers (`_nrgkick._tcp`), and Shelly relays (`_shelly._tcp`, and generation 1 as a web server with its name).

What an announcement says can be out of date: whoever uses it asks the device itself (/info).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from zeroconf import InterfaceChoice, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from optimizer.devices.words import printable
from optimizer.model.clock import Clock

NRGKICK, SHELLY, WEB = "_nrgkick._tcp.local.", "_shelly._tcp.local.", "_http._tcp.local."
SERVICES = (NRGKICK, SHELLY, WEB)
WEB_PREFIX = "shelly"
"""How the name of a web server begins that is a Shelly."""
ASK_MS = 2000
"""How long one announcement is asked for its details."""
MOST = 100


@dataclass(frozen=True, slots=True)
class Announcement:
    """One device as it announces itself; texts are empty and switches None where it does not say."""

    type: str
    """As in site.yaml."""
    host: str
    """IP address, in brackets where it is version 6."""
    port: int
    serial: str = ""
    model: str = ""
    name: str = ""
    """Given by its owner in the app."""
    json_enabled: bool | None = None
    modbus_enabled: bool | None = None

    @property
    def url(self) -> str:
        """Of its JSON API."""
        return f"http://{self.host}" if self.port == 80 else f"http://{self.host}:{self.port}"


async def browse(seconds: float, clock: Clock, interfaces: Sequence[str] = ()) -> tuple[Announcement, ...]:
    """All that answers within `seconds`, ordered by serial number; `interfaces` (own addresses), empty: all.

    Raises OSError or RuntimeError where the network does not let us ask, ValueError for what is no address.
    """
    mdns = AsyncZeroconf(interfaces=list(interfaces) or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    names: dict[str, str] = {}

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del zeroconf
        if service_type == WEB and not name.lower().startswith(WEB_PREFIX):
            return
        if state_change is ServiceStateChange.Added and len(names) < MOST:
            names.setdefault(name, service_type)

    try:
        browser = AsyncServiceBrowser(mdns.zeroconf, list(SERVICES), handlers=[changed])
        try:
            await clock.sleep(seconds)
            found = await asyncio.gather(*(_asked(mdns, service, name) for name, service in names.items()))
        finally:
            await browser.async_cancel()
    finally:
        await mdns.async_close()
    # A Shelly of generation 2 is a web server with its name too.
    by_url = {one.url: one for one in sorted(filter(None, found), key=lambda one: bool(one.model))}
    return tuple(sorted(by_url.values(), key=lambda one: (one.type, one.serial, one.url)))


async def _asked(mdns: AsyncZeroconf, service: str, name: str) -> Announcement | None:
    """The details of one announcement; None where they do not come, or without an address."""
    info = AsyncServiceInfo(service, name)
    if not await info.async_request(mdns.zeroconf, ASK_MS):
        return None
    addresses = info.parsed_addresses()
    if not addresses or info.port is None:
        return None
    texts = {key: printable(value or "", 60) for key, value in info.decoded_properties.items()}
    host = addresses[0]
    host = f"[{host}]" if ":" in host else host
    if service != NRGKICK:
        serial = printable(name.removesuffix(f".{service}"), 60)
        return Announcement("shelly", host, info.port, serial=serial, model=texts.get("app", ""))
    return Announcement(
        type="nrgkick",
        host=host,
        port=info.port,
        serial=texts.get("serial_number", ""),
        model=texts.get("model_type", ""),
        name=texts.get("device_name", ""),
        json_enabled=_switch(texts.get("json_api_enabled")),
        modbus_enabled=_switch(texts.get("modbus_api_enabled")),
    )


def _switch(text: str | None) -> bool | None:
    return {"1": True, "0": False}.get(text or "")
