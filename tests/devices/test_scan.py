"""The scan stays in the home network, and finds what accepts a connection."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, ip_address

from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.scan import AT_ONCE, HOMES, PORTS, Place, network_of, open_places, places_of
from optimizer.model.clock import SystemClock


@given(st.ip_addresses())
def test_nobody_searches_the_internet(address: object) -> None:
    network = network_of(str(address))
    if network is None:
        return
    assert isinstance(address, IPv4Address)
    assert address in network
    assert network.prefixlen == 24
    assert any(network.subnet_of(home) for home in HOMES)


def test_the_networks_of_homes() -> None:
    for own in ("192.168.178.44", "10.1.2.3", "172.20.0.9"):
        network = network_of(own)
        assert network is not None and ip_address(own) in network
    for other in ("8.8.8.8", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "::1"):
        assert network_of(other) is None


def test_every_host_and_port_once() -> None:
    network = network_of("192.168.1.20")
    assert network is not None
    places = places_of(network)
    assert len(places) == len(set(places)) == 254 * len(PORTS)
    assert places[0] == ("192.168.1.1", 80)


async def test_open_places_in_order_and_no_more_connections_than_allowed() -> None:
    opened = now = most = 0

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, now, most
        opened, now = opened + 1, now + 1
        most = max(most, now)
        await reader.read()
        now -= 1
        writer.close()

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    closed = await asyncio.start_server(taken, "127.0.0.1", 0)
    nobody = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    places: list[Place] = [("127.0.0.1", nobody), *[("127.0.0.1", port)] * (3 * AT_ONCE), ("127.0.0.1", nobody)]
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    async with server:
        found = await open_places(places, SystemClock(), tick)
        await asyncio.sleep(0)
    assert found == places[1:-1]
    assert ticks == len(places)
    assert opened == 3 * AT_ONCE
    assert most <= AT_ONCE + 1
