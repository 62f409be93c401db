"""Discovery: the chargers that announce themselves in the home network by mDNS (`_nrgkick._tcp`).

What an announcement says can be out of date: whoever uses it asks the device itself (/info).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zeroconf import InterfaceChoice, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from optimizer.devices.words import printable
from optimizer.model.clock import Clock

SERVICE = "_nrgkick._tcp.local."
ASK_MS = 2000
"""How long one announcement is asked for its details."""
MOST = 100


@dataclass(frozen=True, slots=True)
class Announcement:
    """One charger as it announces itself; texts are empty and switches None where it does not say."""

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
    names: list[str] = []

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del zeroconf, service_type
        if state_change is ServiceStateChange.Added and name not in names and len(names) < MOST:
            names.append(name)

    try:
        browser = AsyncServiceBrowser(mdns.zeroconf, SERVICE, handlers=[changed])
        try:
            await clock.sleep(seconds)
            found = [await _asked(mdns, name) for name in names]
        finally:
            await browser.async_cancel()
    finally:
        await mdns.async_close()
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.serial, one.url)))


async def _asked(mdns: AsyncZeroconf, name: str) -> Announcement | None:
    """The details of one announcement; None where they do not come, or without an address."""
    info = AsyncServiceInfo(SERVICE, name)
    if not await info.async_request(mdns.zeroconf, ASK_MS):
        return None
    addresses = info.parsed_addresses()
    if not addresses or info.port is None:
        return None
    texts = {key: printable(value or "", 60) for key, value in info.decoded_properties.items()}
    host = addresses[0]
    return Announcement(
        host=f"[{host}]" if ":" in host else host,
        port=info.port,
        serial=texts.get("serial_number", ""),
        model=texts.get("model_type", ""),
        name=texts.get("device_name", ""),
        json_enabled=_switch(texts.get("json_api_enabled")),
        modbus_enabled=_switch(texts.get("modbus_api_enabled")),
    )


def _switch(text: str | None) -> bool | None:
    return {"1": True, "0": False}.get(text or "")
