"""The state of the house as text: in one line for a pipe, or as tables for a terminal."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from optimizer.cli.console import said
from optimizer.cli.run.page_client import Json
from optimizer.words.text import Text, joined

if TYPE_CHECKING:
    from rich.console import RenderableType


CAR_STATES = {
    "disconnected": Text("disconnected"),
    "connected": Text("connected"),
    "charging": Text("charging"),
    "error": Text("error"),
}
"""The state of a car in words, by the value of EvStatus."""
RULE_STATES = {
    "idle": Text("idle"),
    "closed": Text("closed"),
    "unknown": Text("unknown"),
    "pending": Text("waits"),
    "active": Text("active"),
    "ending": Text("ending"),
}
"""The state of a rule in words (rules.book.sentences)."""
RESTS_W = 20.0
"""A battery below this power rests."""


def status_line(document: Json) -> str:
    """The house in one line, without the time, for output to a pipe."""
    house = document["house"]
    flows = [("sun", _total(house["pvs"])), ("grid", house["grid_w"]), ("home", house["home_w"])]
    words = [
        *_notices(document),
        *(f"{name} {_watt(value)}" for name, value in flows),
        *(f"battery {b['name']} {_battery(b)}" for b in house["batteries"]),
        *(f"car {one['name']} {_car(one)}" for one in house["evs"]),
        *(f"load {one['name']} {_load(one)}" for one in house["switches"]),
    ]
    return " | ".join(" ".join(word.split()) for word in words)


def render_status(document: Json) -> RenderableType:
    """The status document as tables for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text as Shown

    def row(table: Table, *cells: str | Shown, style: str = "") -> None:
        # Names and messages come from devices, files, and people: as Shown, they are never markup.
        table.add_row(*(Shown(cell) if isinstance(cell, str) else cell for cell in cells), style=style)

    house = document["house"]
    parts: list[RenderableType] = [
        Shown(f"{datetime.fromisoformat(document['local']):%H:%M:%S}  tick {document['tick']}", style="dim")
    ]
    parts += [Shown(note, style="bold red") for note in _notices(document)]
    flows = Table.grid(padding=(0, 3))
    heads = [said(Text("sun")), said(Text("grid")), said(Text("home"))]
    heads += [said(Text("battery {name}", name=b["name"])) for b in house["batteries"]]
    heads += [said(Text("car {name}", name=e["name"])) for e in house["evs"]]
    heads += [said(Text("load {name}", name=one["name"])) for one in house["switches"]]
    row(flows, *heads, style="dim")
    row(
        flows,
        *(said(_watt(watts)) for watts in (_total(house["pvs"]), house["grid_w"], house["home_w"])),
        *(said(_battery(b)) for b in house["batteries"]),
        *(said(_car(one)) for one in house["evs"]),
        *(said(_load(one)) for one in house["switches"]),
    )
    parts += [flows, Shown()]
    for one in document["why"]:
        parts.append(Shown.assemble((f"{one['device']} · {one['wanted']}\n", "bold"), f"  {one['answer']}"))
    devices = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in (Text("device"), Text("answers"), Text("trouble")):
        devices.add_column(said(head))
    for device in document["devices"]:
        state = Shown(said(Text("yes" if device["up"] else "no")), style="green" if device["up"] else "red")
        trouble = device["disobeys"] or device["refuses"] or device["message"]
        age = "" if device["age_s"] is None else said(Text(", {age_s} ago", age_s=device["age_s"]))
        row(devices, f"{device['name']} ({device['brand']})", Shown.assemble(state, age), trouble)
    rules = [
        f"{rule['rule']}: {said(RULE_STATES.get(rule['state'], rule['state']))}"
        + (said(Text(", next in {due_s}", due_s=rule["due_in_s"])) if rule.get("due_in_s") else "")
        for rule in document["rules"]
        if rule["state"]
    ]
    return Group(
        *parts, Shown(), devices, Shown(), Shown(said(Text("rules")) + "  " + "  ·  ".join(rules), style="dim")
    )


def _notices(document: Json) -> list[str]:
    notes = [document["healthy"], document["book"]["error"], document["journal"], *document.get("not_kept", ())]
    if document["observe_only"]:
        notes.append(said(Text("observing only: nothing is written to any device")))
    notes += [said(Text("{what} is unknown: {why}", what=one["what"], why=one["why"])) for one in document["unknown"]]
    notes += [
        said(Text("{name} cannot send: {why}", name=one["name"], why=one["problem"]))
        for one in document.get("outputs", [])
        if one["problem"]
    ]
    notes += [text for text in (document.get("meter", {}).get("text"),) if text]
    notes += [one["text"] for one in document.get("locked_out", [])]
    local = datetime.fromisoformat(document["local"])
    notes += [said(Text("held by hand: {what}", what=held_line(one, local))) for one in document["overrides"]]
    notes += [
        said(Text("rule {rule} is switched by hand to enabled: {enabled}", **one))
        for one in document.get("rules_by_hand", [])
    ]
    return [note for note in notes if note]


def held_line(document: Json, local: datetime) -> str:
    """An override in words, in the time zone of `local`."""
    from optimizer.rules.book.overrides import Override, in_words

    until = datetime.fromisoformat(document["until"])
    override = Override(
        target=document["target"],
        value=document["value"],
        until=until,
        session=document["session"],
        to_percent=document.get("to_percent"),
    )
    return in_words(override, local)


def _total(parts: list[Json]) -> float | None:
    watts = [part["power_w"] for part in parts]
    return None if None in watts else sum(watts)


def _battery(document: Json) -> str:
    """The power of a battery in words instead of a sign, and its state of charge: `takes 5.00 kW 62 %`."""
    power_w, soc = document["power_w"], _percent(document["soc_percent"])
    power = _watt(None if power_w is None else abs(power_w))
    if power_w is None or abs(power_w) < RESTS_W:
        return Text("{power} {soc}", power=power, soc=soc)
    if power_w < 0.0:
        return Text("takes {power} {soc}", power=power, soc=soc)
    return Text("gives {power} {soc}", power=power, soc=soc)


def _watt(value: float | None) -> str:
    return "?" if value is None else Text("{power_2d} kW", power_2d=value / 1000.0)


def _load(document: Json) -> str:
    """`on 1.98 kW`. A relay without a meter has its state only."""
    on, power_w = document["on"], document["power_w"]
    state = "?" if on is None else Text("on" if on else "off")
    return state if power_w is None else joined([state, _watt(power_w)])


def _car(document: Json) -> str:
    """`7.2 kW charging 64 % 212 km`. State of charge and range only if they are known."""
    words = [_watt(document["power_w"]), CAR_STATES.get(document["status"], document["status"] or "?")]
    if document["soc_percent"] is not None:
        words.append(_percent(document["soc_percent"]))
    if document.get("range_km") is not None:
        words.append(f"{document['range_km']:.0f} km")
    return joined(words)


def _percent(value: float | None) -> str:
    return "? %" if value is None else f"{value:.0f} %"
