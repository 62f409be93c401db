"""The scan: which places of a network accept a TCP connection? It sends nothing and closes each connection at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, ip_address

from optimizer.model.clock import Clock

PORTS = (80, 8084, 8080, 8099, 6345, 502)
"""HTTP, OpenEMS Edge, sonnen v1, GivTCP (the add-on, the container), Modbus. The order is that of preference."""
HOMES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""The private networks of RFC 1918."""
PREFIX = 24
"""Length of the network that is searched around an own address: 254 hosts."""
AT_ONCE = 64
"""Connections at the same time. A router of a home has room for some thousands."""
CONNECT_S = 0.8
"""Deadline of one connection. In a home network a device answers within some milliseconds."""

Place = tuple[str, int]
"""Host and port."""


def network_of(own: str) -> IPv4Network | None:
    """The /24 around an own address. None if the address is not private IPv4: nobody searches the internet."""
    address = ip_address(own)
    if not isinstance(address, IPv4Address) or not any(address in network for network in HOMES):
        return None
    return IPv4Network((address, PREFIX), strict=False)


def places_of(network: IPv4Network, ports: Sequence[int] = PORTS) -> list[Place]:
    """All places of the network."""
    return [(str(host), port) for host in network.hosts() for port in ports]


async def open_places(places: Iterable[Place], clock: Clock, tick: Callable[[], None]) -> list[Place]:
    """The places that accept a connection, in the given order. `tick` is called after each place."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(place: Place) -> Place | None:
        async with free:
            try:
                return place if await _accepts(place, clock) else None
            finally:
                tick()

    found = await asyncio.gather(*(one(place) for place in places))
    return [place for place in found if place is not None]


async def _accepts(place: Place, clock: Clock) -> bool:
    try:
        async with clock.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(*place)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError, TimeoutError):  # it was open, however it was closed
        async with clock.timeout(CONNECT_S):
            await writer.wait_closed()
    return True
