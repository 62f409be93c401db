"""The questions of `optimizer init` about each device."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.cli.console import said
from optimizer.cli.setup import entered
from optimizer.cli.setup.answers import KINDS, DeviceAnswer
from optimizer.cli.setup.asking import Asker
from optimizer.cli.setup.search import Offer
from optimizer.words.text import Text

TOPIC = "devices"
PHASES_TOPIC = "battery_phases"


def asked_devices(asker: Asker, passwords: dict[str, str], offers: tuple[Offer, ...]) -> Iterator[DeviceAnswer]:
    """First those that were found, each if the person wants it, then any others."""
    taken: set[str] = set()
    for offer in offers:
        if asker.yes(Text("Use {what} at {url}?", what=offer.what, url=offer.url), TOPIC, default=True):
            device = _device(asker.inside(), offer.type, taken, passwords, offer)
            taken.add(device.name)
            yield device
    asker.say("")
    asker.say(Text("Further devices. The types are:") if offers else Text("Devices. The types are:"))
    for key, kind in KINDS.items():
        asker.say(f"  {key.ljust(11)} {said(kind.title)}")
    asker.say(Text("(`optimizer probe ADDRESS` shows which device is at an address."))
    asker.say(Text(" Other meters: docs/how-to/connect-a-device.md)"))
    # `later` takes the default, which is empty and ends the questions.
    while type_ := asker.text(Text("Type of a device (empty to finish)"), "", entered.type_, TOPIC):
        device = _device(asker.inside(), type_, taken, passwords, None)
        taken.add(device.name)
        yield device


def _device(asker: Asker, type_: str, taken: set[str], passwords: dict[str, str], offer: Offer | None) -> DeviceAnswer:
    kind = KINDS[type_]
    asker.say(kind.before)
    free = kind.name if kind.name not in taken else f"{kind.name}{len(taken) + 1}"
    name = asker.text(Text("Name"), free, lambda text: entered.name(text, taken), TOPIC)
    device = DeviceAnswer(name, type_, _asked_url(asker, type_, offer.url if offer is not None else ""))
    if type_ == "nrgkick" and asker.yes(Text("Does it require a user and password?"), TOPIC, default=False):
        device = replace(device, user=asker.text(Text("User"), "", str, TOPIC))
        question = Text("Password (`later`: write it to a file)")
        passwords[name] = asker.secret(question, Text("answer n to the question before if it needs none"))
    if type_ == "sonnen":
        api = asker.text(
            Text("Its API, v1 or v2"), offer.api if offer is not None else "v2",
            lambda text: entered.one_of(text, ("v1", "v2")), TOPIC,
        )  # fmt: skip
        device = replace(device, api=api)
        if device.api == "v2":
            hint = Text("it is here: {where}", where=kind.before)
            passwords[name] = asker.secret(Text("Its token (`later` if you do not have it yet)"), hint)
        else:
            device = _sonnen_v1(asker, device)
    if name in passwords:
        device = replace(device, secret_file=f"{name}.secret")
    if type_ == "fems":
        device = _edge(asker, device)
    if type_ in ("sonnen", "givtcp"):
        question = Text("House phases of its inverter (L1, or L1 L2 L3; ? = not known)")
        phases = asker.text(question, "?", entered.battery_phases, PHASES_TOPIC)
        if phases == "?":
            asker.note(PHASES_TOPIC)
        device = replace(device, battery_phases=tuple(phases.replace("?", "").split()))
    if kind.charger:
        question = Text("House phase of each charger phase, in the charger's order")
        wired = asker.text(question, "L1 L2 L3", entered.house_phases, TOPIC).split()
        most_a = asker.text(Text("Largest current per phase, in A"), "16", entered.charger_amps, TOPIC)
        device = replace(device, phases=tuple(wired), max_current_a=float(most_a))
        if type_ == "nrgkick" and len(wired) == 3:
            question = Text("Is switching between one and three phases enabled in its app?")
            device = replace(device, phase_switching=asker.yes(question, TOPIC, default=False))
    return device


def _asked_url(asker: Asker, type_: str, found: str) -> str:
    """The address. Prints it if it was completed."""
    given = ""

    def full(text: str) -> str:
        nonlocal given
        given = text
        return entered.url(text, type_)

    url = asker.text(Text("Its address"), found or KINDS[type_].url, full, TOPIC)
    if url.partition("://")[2] != given.partition("://")[2 if "://" in given else 0].rstrip("/"):
        asker.inside().say(Text("taken as {url}", url=url))
    return url


def _sonnen_v1(asker: Asker, device: DeviceAnswer) -> DeviceAnswer:
    """Ask for facts that API v1 does not report or allow: the capacity, and with some firmware the operating mode."""
    from optimizer.cli.setup.sonnen_mode import gives_mode

    found, more = gives_mode(device.url), asker.inside()
    if isinstance(found, str):
        more.say(Text("whether it gives access to its operating mode cannot be told now: {why}", why=found))
    elif not found:
        more.say(Text("it gives no access to its operating mode, and setpoints hold in manual mode only"))
        question = Text("Have you set manual mode by hand? (n: the service only reads it)")
        device = replace(device, manual_by_hand=asker.yes(question, TOPIC, default=False))
    more.say(Text("it reports no capacity; with several batteries, the mean state of charge is weighted by capacity"))
    capacity = asker.text(Text("Its usable capacity in Wh (? = not known)"), "?", entered.capacity, TOPIC)
    return replace(device, capacity_wh=0.0 if capacity == "?" else float(capacity))


def _edge(asker: Asker, device: DeviceAnswer) -> DeviceAnswer:
    """The storage and grid meter of an Edge: what it says itself, to be confirmed; asked where it does not answer."""
    from optimizer.cli.setup.edge import EdgeParts, edge_at

    found = edge_at(device.url)
    if isinstance(found, str):
        asker.inside().say(Text("its components cannot be listed now: {why}", why=found))
    if not isinstance(found, EdgeParts) or not found.storages:
        hybrid = asker.yes(Text("Is PV connected to the battery's own inverter?"), TOPIC, default=False)
        return replace(device, hybrid=hybrid)
    storages = ", ".join(f"{one} (hybrid)" if hybrid else one for one, hybrid in found.storages)
    meters = ", ".join(found.meters) or Text("none")
    asker.inside().say(Text("it answers: storage {storages}; meters {meters}", storages=storages, meters=meters))
    ids = [one for one, _ in found.storages]
    component = asker.text(
        Text("Which storage system is the battery?"), ids[0], lambda text: entered.one_of(text, ids), TOPIC
    )
    grid_meter = asker.text(
        Text("Which one is the grid meter (empty: none of them)?"), found.grid_meter,
        lambda text: text and entered.one_of(text, found.meters), TOPIC,
    )  # fmt: skip
    more = tuple(one for one in found.storages if one[0] != component)
    return replace(
        device, component=component, hybrid=dict(found.storages)[component], grid_meter=grid_meter, more=more
    )


def given_device(text: str) -> DeviceAnswer:
    """`carport=nrgkick@http://192.168.1.20`. Raises ValueError with the mistake."""
    name, equals, rest = text.partition("=")
    type_, at, url = rest.partition("@")
    if not equals or not at:
        example = "carport=nrgkick@http://192.168.1.20"
        raise ValueError(
            Text("“{text}”: write a device as NAME=TYPE@ADDRESS, such as {example}", text=text, example=example)
        )
    entered.type_(type_)
    return DeviceAnswer(entered.name(name, set()), type_, entered.url(url, type_), api="v1" if ":8080" in url else "v2")
