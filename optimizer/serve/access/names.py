"""The names under which this machine is reached in a home network."""

from __future__ import annotations

import ipaddress
import re
import socket

LINK_LOCAL_NAME = re.compile(r"[a-z0-9-]{1,63}\.local")


def own_names() -> frozenset[str]:
    """The host name of this machine, in full and without its domain, in lower case."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]} - {""})


def is_local_name(name: str) -> bool:
    """Whether this is a name such as `raspberrypi.local`.

    Only machines in the home network answer for these names (RFC 6762). A web site cannot point one at this machine.
    """
    return LINK_LOCAL_NAME.fullmatch(name) is not None


def is_address(name: str) -> bool:
    """Whether this is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
