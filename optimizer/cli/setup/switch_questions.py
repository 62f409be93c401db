"""The questions of `optimizer init` about loads behind a relay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.cli.console import said
from optimizer.cli.setup import entered
from optimizer.cli.setup.answers import LOADS, RELAYS, SwitchAnswer
from optimizer.cli.setup.asking import LATER, Asker
from optimizer.cli.setup.search import Offer
from optimizer.words.text import Text

SWITCHES = "switches"
SAFE = ("", "off")
"""States after a power cut in which nothing runs without a decision. Empty: the relay does not tell."""


def asked_switches(
    asker: Asker, passwords: dict[str, str], offers: tuple[Offer, ...], taken: set[str], fuse_a: float
) -> Iterator[SwitchAnswer]:
    """First the relays that were found, each if the person says what it switches, then any others."""
    taken = set(taken)
    asker.say("")
    asker.say(Text("Loads behind a Shelly or a relay with Tasmota. They can take the surplus. They are:"))
    for key, title in LOADS.items():
        asker.say(f"  {key.ljust(9)}  {said(title)}")
    asker.say(Text("(Other relays, over HTTP or MQTT: docs/how-to/switch-loads.md)"))
    for offer in offers:
        question = Text("{what} at {url}. What does it switch (empty: do not use it)?", what=offer.what, url=offer.url)
        # `later` takes the default, which is empty and leaves the relay alone.
        if load := asker.text(question, "", entered.load, SWITCHES):
            switch = SwitchAnswer(name="", load=load, type=offer.type, url=offer.url, number=offer.relay)
            switch = _described(asker.inside(), switch, passwords, taken, fuse_a, locked=offer.locked)
            taken.add(switch.name)
            yield switch
    again = Text("Type of a further relay, {names} (empty to finish)", names=", ".join(RELAYS))
    first = Text("Type of a relay, {names} (empty to finish)", names=", ".join(RELAYS))
    used = bool(offers)
    while type_ := asker.text(again if used else first, "", entered.relay_type, SWITCHES):
        inner = asker.inside()
        url = inner.text(Text("Its address"), RELAYS[type_], entered.relay_url, SWITCHES)
        load = inner.text(Text("What does it switch?"), "other", entered.load, SWITCHES) or "other"
        switch = _described(
            inner, SwitchAnswer(name="", load=load, type=type_, url=url), passwords, taken, fuse_a, locked=None
        )
        taken.add(switch.name)
        used = True
        yield switch


def _described(
    asker: Asker,
    switch: SwitchAnswer,
    passwords: dict[str, str],
    taken: set[str],
    fuse_a: float,
    *,
    locked: bool | None,
) -> SwitchAnswer:
    """Ask for the remaining settings of a relay. `locked`: whether the relay wants a password, None if unknown."""
    usual = "load" if switch.load == "other" else switch.load
    free = next(name for name in (usual, *(f"{usual}{number}" for number in range(2, 99))) if name not in taken)
    name = asker.text(Text("Name"), free, lambda text: entered.name(text, taken), SWITCHES)
    switch = replace(switch, name=name)
    if locked is None:
        locked = asker.yes(Text("Does it require a password?"), SWITCHES, default=False)
    if locked:
        passwords[name] = asker.secret(
            Text("Password (`later`: write it to a file)"), Text("it is the one of the relay's own page")
        )
        switch = replace(switch, user="admin", secret_file=f"{name}.secret")
    switch = _numbered(asker, switch, passwords.get(name, ""))
    power_w = asker.maybe(Text("Its largest power, in W or kW, as on its rating plate"), entered.load_power, SWITCHES)
    if power_w is None:
        asker.inside().say(Text("without its power, it is written as a comment: the fuses must count it"))
        return switch
    phases = asker.text(
        Text("House phases of the load (L1, or L1 L2 L3; ? = not known)"),
        "?",
        lambda text: entered.load_phases(text, float(power_w), fuse_a),
        SWITCHES,
    )
    switch = replace(switch, power_w=float(power_w), phases=tuple(phases.replace("?", "").split()))
    if switch.type == "tasmota":
        asker.say(Text("A Tasmota stays on if the service is killed, unless it has a timer (PulseTime)."))
        question = Text("Write a timer of two minutes into it, once?")
        switch = replace(switch, timer=asker.yes(question, SWITCHES, default=False))
    return switch


def _numbered(asker: Asker, switch: SwitchAnswer, password: str) -> SwitchAnswer:
    """The number of the relay in its device, and a warning if it may be on after a power cut."""
    from optimizer.cli.setup.relays import relays_at  # noqa: PLC0415 - a test replaces it

    if password == LATER:
        return switch
    found = relays_at(switch.type, switch.url, switch.user, password)
    if isinstance(found, str):
        asker.inside().say(Text("its relays cannot be listed now: {why}", why=found))
        return switch
    numbers = [str(one.number) for one in found]
    if switch.number is None and len(found) > 1:
        named = ", ".join(f"{one.number} ({one.name})" if one.name else str(one.number) for one in found)
        asker.inside().say(Text("its relays: {relays}", relays=named))
        number = asker.text(
            Text("Which one switches the load?"), numbers[0], lambda text: entered.one_of(text, numbers), SWITCHES
        )
        switch = replace(switch, number=int(number))
    used = next((one for one in found if switch.number in (None, one.number)), None)
    if used is not None and used.after_power_cut not in SAFE:
        asker.inside().say(
            Text(
                "after a power cut, it is not off but “{state}”. Set this state to off in its own page.",
                state=used.after_power_cut,
            )
        )
    return switch
