"""The client that a limit counts for."""

from __future__ import annotations

import ipaddress

from starlette.types import Scope

IPV6_PREFIX = 64
"""Bits of an IPv6 address that one household or machine cannot choose by itself."""


def client_of(scope: Scope) -> str:
    """The client's address; of IPv6 the network, since a machine has as many addresses there as it likes."""
    host, _ = scope.get("client") or ("", 0)
    return network_of(str(host))


def network_of(host: str) -> str:
    """The same for an address as a socket gives it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), IPV6_PREFIX), strict=False))


def is_this_machine(host: str) -> bool:
    """Whether an address, as a socket gives it, is a loopback address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
