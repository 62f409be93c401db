"""Recognition: what answers at an address? One brand after another is looked for (see `looks`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from urllib.parse import urlsplit

from optimizer.devices.looks import BRANDS, RELAYS, Access, Found, HttpLooks, Look, ModbusLook
from optimizer.devices.pace import current_pace, paced
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text

__all__ = ["BRANDS", "RELAYS", "Access", "Found", "Tried", "recognize"]

MODBUS_PORT = 502


@dataclass(frozen=True, slots=True)
class Tried:
    """One look that recognized nothing."""

    what: str
    why: str


async def recognize(
    address: str, access: Access, clock: Clock, *, only_there: bool = False
) -> tuple[list[Found], list[Tried]]:
    """The devices that answer at `address`: a host, `host:port`, a URL, or `modbus://host[:port]`.

    Without a port, all ports of the brands are tried, or with `only_there` the one of the scheme. New connections keep
    the pace of the caller, or one of their own. Raises ValueError for an address that is none of these.
    """
    with paced(clock) if current_pace() is None else nullcontext():
        return await _recognize(address, access, clock, only_there=only_there)


async def _recognize(
    address: str, access: Access, clock: Clock, *, only_there: bool
) -> tuple[list[Found], list[Tried]]:
    """One look after another, each with one connection that is closed before the next."""
    found: list[Found] = []
    tried: list[Tried] = []
    for base, looks, last_resort in _places(address, access, clock, only_there=only_there):
        for what, look in looks if not (last_resort and found) else ():
            try:
                one = await look()
            except DeviceError as error:
                tried.append(Tried(Text("{what} at {base}", what=what, base=base), error.message))
                if error.fault in ("unreachable", "timeout"):
                    break
                continue
            if one is not None:
                found.append(one)
                # One device at one address, but for the inverters behind one GivTCP.
                if "/REST" not in what:
                    break
    return found, tried


Place = tuple[str, list[tuple[str, Look]], bool]
"""An address, what to look for there in order, and whether only where nothing was found before."""


def _places(address: str, access: Access, clock: Clock, *, only_there: bool) -> Iterator[Place]:
    """The places to look at. Without a port, and unless `only_there`: all ports that the brands use."""
    url = address if "://" in address else f"http://{address}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "modbus") or not parts.hostname:
        raise ValueError("an address is a host, host:port, http://host[:port][/path] or modbus://host[:port]")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    modbus = ModbusLook(parts.hostname, parts.port or MODBUS_PORT, access, clock)
    if parts.scheme == "modbus":
        yield f"{host}:{modbus.port}", [("NRGkick over Modbus", modbus.look)], False
        return
    base = url.rstrip("/")
    http = HttpLooks(access, clock)
    if parts.port is not None or parts.path.strip("/") or only_there:
        yield base, http.all(base, v1=True), False
        if parts.port is not None and not parts.path.strip("/"):
            yield f"{host}:{parts.port}", [("NRGkick over Modbus", modbus.look)], True
        return
    yield base, http.all(base, v1=False), False
    yield f"{host}:{MODBUS_PORT}", [("NRGkick over Modbus", modbus.look)], False
    yield f"{base}:8084", [("OpenEMS Edge", http.fems(f"{base}:8084"))], False
    yield f"{base}:8080", [("sonnen v1", http.sonnen(f"{base}:8080", "v1"))], False
    for port in (8099, 6345):
        yield f"{base}:{port}", http.givtcp(f"{base}:{port}"), False
