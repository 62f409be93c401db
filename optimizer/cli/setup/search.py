"""The search of `optimizer init`: devices that announce themselves, and those that answer at the ports of the brands.

It only reads, and only with the consent of the person. It stays inside the home network of this machine.
"""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.setup.answers import RELAYS
from optimizer.cli.setup.asking import Asker
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.devices.recognition import Found
    from optimizer.devices.scan import Place
    from optimizer.model.clock import Clock

LISTEN_S = 3.0
"""How long announcements are waited for."""
LONGEST_S = 90.0
"""Deadline of the whole search. What was found until then counts."""
ASKED_AT_ONCE = 6
"""Hosts that are asked who they are at the same time."""
TIMEOUT_S = 2.0
"""Deadline of one request to a device."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A device that was found, as it is offered to the person."""

    type: str
    url: str
    what: str
    """Brand, model, and serial number, and why it cannot be used yet."""
    api: str = "v2"
    """Of a sonnen."""
    relay: int | None = None
    """The number of the relay in a relay box; None if unknown."""
    locked: bool = False
    """Whether a relay box wants a password."""


def searched(asker: Asker) -> tuple[Offer, ...]:
    """Search if the person agrees, and say what was found."""
    network = own_network()
    where = Text("in {network}", network=str(network)) if network is not None else Text("by mDNS only")
    asker.say(Text("I can search for devices in your home network. This only reads, and takes about half a minute."))
    if not asker.yes(Text("Search {where}?", where=where), "devices", default=True):
        return ()
    offers = asyncio.run(_search(network))
    if not offers:
        asker.say(Text("Nothing was found. Devices in another network, or with a closed interface, are not found."))
    for one in offers:
        asker.say(f"  {one.what}: {one.url}")
    return offers


def own_network() -> IPv4Network | None:
    """The home network of this machine; None if its address is not a private one."""
    from optimizer.cli.run.login import own_address
    from optimizer.devices.scan import network_of

    return network_of(own_address())


def places(network: IPv4Network | None) -> list[Place]:
    """The addresses to search in `network`. Empty without a network."""
    from optimizer.devices.scan import places_of

    return places_of(network) if network is not None else []


async def announced(clock: Clock) -> list[str]:
    """The addresses of devices that announce themselves; none if the network does not let us ask."""
    from optimizer.devices.discovery import browse

    try:
        return [one.url for one in await browse(LISTEN_S, clock)]
    except (OSError, RuntimeError, ValueError) as error:
        echo(said(Text("mDNS does not work in this network: {error}", error=str(error))), err=True)
        return []


async def _search(network: IPv4Network | None) -> tuple[Offer, ...]:
    from optimizer.devices.scan import open_places
    from optimizer.model.clock import SystemClock

    clock = SystemClock()
    found: list[Offer] = []
    everywhere = places(network)
    try:
        async with clock.timeout(LONGEST_S):
            with typer.progressbar(length=len(everywhere), label=said(Text("Searching"))) as bar:
                urls, opened = await asyncio.gather(
                    announced(clock), open_places(everywhere, clock, lambda: bar.update(1))
                )
            addresses = dict.fromkeys([*urls, *map(_address, opened)])
            with typer.progressbar(length=len(addresses), label=said(Text("Asking who answers"))) as bar:
                await _asked(addresses, clock, found.extend, lambda: bar.update(1))
    except TimeoutError:
        echo(said(Text("The search was stopped after {after_s}.", after_s=LONGEST_S)), err=True)
    return tuple(_once(found))


def _address(place: Place) -> str:
    host, port = place
    scheme = "modbus" if port == 502 else "http"
    return f"{scheme}://{host}" if port in (80, 502) else f"{scheme}://{host}:{port}"


async def _asked(
    addresses: Iterable[str], clock: Clock, take: Callable[[list[Offer]], None], tick: Callable[[], None]
) -> None:
    """Ask each host who it is: hosts at the same time, the ports of one host one after another."""
    from optimizer.devices.pace import paced
    from optimizer.devices.recognition import Access, recognize

    free = asyncio.Semaphore(ASKED_AT_ONCE)
    hosts: dict[str, list[str]] = {}
    for address in addresses:
        hosts.setdefault(urlsplit(address).hostname or "", []).append(address)

    async def one(of_host: list[str]) -> None:
        async with free:
            for address in of_host:
                found, _ = await recognize(address, Access(timeout_s=TIMEOUT_S), clock, only_there=True)
                take([offer for one in found for offer in _offers(one)])
                tick()

    with paced(clock):
        await asyncio.gather(*(one(of_host) for of_host in hosts.values()))


def _offers(found: Found) -> list[Offer]:
    """The devices behind one answer: a GivTCP may have an inverter and a charger, and a box several relays."""
    settings, who = dict(found.settings), found.identity
    serial = Text("serial number {serial}", serial=who.serial) if who.serial else ""
    problem = found.problem
    if settings.get("protocol") == "modbus":
        problem = problem or Text("it answers over Modbus only; enable the local JSON API in its app")
    facts = [who.brand, who.model, said(serial), said(problem)]
    first = Offer(
        type=found.type,
        url=settings["url"],
        what=", ".join(fact for fact in facts if fact),
        api=settings.get("api", "v2"),
    )
    if found.type in RELAYS:
        return list(_relays(found, first))
    if found.sample is not None and found.type == "givtcp" and found.sample.evs:
        charger = said(Text("GivEnergy EV charger behind GivTCP"))
        return [first, Offer("givtcp_evc", first.url, charger)]
    return [first]


def _relays(found: Found, box: Offer) -> Iterable[Offer]:
    if not found.relays:
        yield replace(box, locked=True)
    for one in found.relays:
        which = said(Text("relay {number}", number=one.number)) if len(found.relays) > 1 else ""
        what = ", ".join(fact for fact in (box.what, which, one.name) if fact)
        yield replace(box, what=what, relay=one.number)


def _once(offers: Iterable[Offer]) -> Iterable[Offer]:
    """Each device once. A host with several ports of one brand counts as one device, but for a GivTCP, and a charger
    that answers over JSON is not offered over Modbus too."""
    seen: set[tuple[str, str]] = set()
    for one in offers:
        parts = urlsplit(one.url)
        where = parts.hostname or ""
        if one.type.startswith("givtcp"):
            where = f"{parts.netloc}{parts.path}"
        elif one.type in RELAYS:
            where = f"{parts.netloc} {one.relay}"
        key = (one.type, where)
        if key not in seen:
            seen.add(key)
            yield one
