"""`optimizer status` and `optimizer why`: the same answers as on the status page, in a terminal."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import FORMS, asked_moment
from optimizer.cli.run.page_client import NOBODY, Json, Page, Unreachable, UrlOption, address_of, given
from optimizer.cli.run.run import ConfigOption
from optimizer.model.clock import SystemClock
from optimizer.words.language import ENGLISH, speak, spoken
from optimizer.words.text import Text, joined, message_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from optimizer.settings import Settings

CLOCK = SystemClock()
JsonOption = Annotated[bool, typer.Option("--json", help="Print the document of the API as JSON.")]
POLL_S = 2.0
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


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(status)
    app.command("why")(why)


def status(
    config: ConfigOption = Path("site.yaml"),
    url: UrlOption = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Update until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the state of the house from the running service."""
    from optimizer.cli.console import plain_console

    address = given(url) if url else address_of(_settings(config))
    if address is None:
        fail(NOBODY, ExitCode.MISTAKE)
    console = plain_console()
    try:
        if as_json:
            speak(ENGLISH)  # a program reads it
            echo(json.dumps(_get(address, "status"), indent=1))
            return
        if not watch:
            console.print(render_status(_get(address, "status")))
            return
        with suppress(KeyboardInterrupt):
            asyncio.run(_live(console, address) if console.is_terminal else _lines(address))
    except Unreachable as error:
        fail(error.args[0], ExitCode.BROKEN)


def why(
    config: ConfigOption = Path("site.yaml"),
    url: UrlOption = None,
    at: Annotated[str | None, typer.Option(help=f"A moment in the past: {FORMS}.")] = None,
    full: Annotated[bool, typer.Option("--full", "-f", help="Every cause with its figures.")] = False,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="The slots of the schedule with their reasons, instead of the devices.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Explain the state of each device, now or at a recorded moment."""
    from optimizer.cli.console import plain_console

    if as_json:
        speak(ENGLISH)  # a program reads it
    if schedule:
        from optimizer.cli.run.schedule_text import explain_schedule

        explain_schedule(config, url, at, as_json=as_json, full=full)
        return
    try:
        document = _ask(config, url, at)
    except Unreachable as error:
        fail(error.args[0], ExitCode.BROKEN)
    if as_json:
        echo(json.dumps(document, indent=1))
        return
    console = plain_console(highlight=False)
    for line in why_lines(document, full):
        console.print(line)


def why_lines(document: Json, full: bool) -> list[str]:
    """The document of /api/v1/why as text."""
    at = datetime.fromisoformat(document["at"])
    lines = [said(Text("At {date} {time}:", date=f"{at:{spoken().date}}", time=f"{at:%H:%M:%S}"))]
    for one in document["why"]:
        lines.append(f"  {one['device']}: {said(one['answer'])}")
        for cause in one["causes"] if full else []:
            numbers = ", ".join(f"{name} {_figure(value)}" for name, value in cause["numbers"].items())
            lines.append(f"      {said(cause['text'])} [{cause['code']}{': ' if numbers else ''}{numbers}]")
    return lines


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


async def _lines(address: str) -> None:
    """A plain line for each change, for output without a terminal."""
    last = ""
    while True:
        try:
            document = _get(address, "status")
        except Unreachable as error:
            time, line = "", message_of(error)
        else:
            time, line = f"{datetime.fromisoformat(document['local']):%H:%M:%S}  ", status_line(document)
        if line != last:
            echo(f"{time}{line}")
            last = line
        await CLOCK.sleep(POLL_S)


async def _live(console: Any, address: str) -> None:
    from rich.live import Live
    from rich.text import Text as Shown

    with Live(Shown("…"), console=console, auto_refresh=False, screen=True) as live:
        while True:
            try:
                live.update(render_status(_get(address, "status")), refresh=True)
            except Unreachable as error:
                live.update(Shown(said(error.args[0]), style="bold red"), refresh=True)
            await CLOCK.sleep(POLL_S)


def _ask(config: Path, url: str | None, at: str | None) -> Json:
    """From the running service if it answers, from its journal otherwise."""
    if url is not None:
        address = given(url)
        if at is None:
            return _get(address, "why")
        there = asked_moment("--at", at, *_time_there(address))
        return _get(address, "why", {"at": there.isoformat()})
    settings = _settings(config)
    then = None if at is None else asked_moment("--at", at, CLOCK.now(), settings.site.zone)
    if then is not None:
        return _recorded(settings, then)
    page = address_of(settings)
    try:
        if page is None:
            raise Unreachable(NOBODY)
        return _get(page, "why")
    except Unreachable as error:
        echo(said(Text("{why}; showing the last record", why=error.args[0])), err=True)
        return _recorded(settings, None)


def _time_there(address: str) -> tuple[datetime, ZoneInfo]:
    """The time and zone of the house. Both may differ from those of this computer."""
    document = _get(address, "status")
    try:
        return datetime.fromisoformat(document["local"]), ZoneInfo(document["time_zone"])
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
        raise Unreachable(
            Text("{address} does not report the time of its house. Check that it is the status page", address=address)
        ) from None


def _recorded(settings: Settings, at: datetime | None) -> Json:
    from optimizer.cli.load import state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.journal.reader import JournalReader
    from optimizer.journal.schema import JournalError
    from optimizer.serve.web.view import why_document

    reader = JournalReader(state_folder(settings) / JOURNAL_FILE)
    try:
        span = reader.span()
        if span is None:
            raise Unreachable("the journal contains no records yet")
        tick = reader.tick_at(at or span[1])
    except JournalError as error:
        raise Unreachable(message_of(error)) from error
    if tick is None:
        first, last = (f"{end.astimezone(settings.site.zone):%Y-%m-%d %H:%M}" for end in span)
        raise Unreachable(
            Text("the journal contains no records around this time. It spans {first} to {last}", first=first, last=last)
        )
    return {"at": tick.state.local.isoformat(), "why": why_document(tick.state, tick.decision)}


def _settings(config: Path) -> Settings:
    from optimizer.cli.load import settings_of

    return settings_of(config)


def _get(address: str, path: str, query: dict[str, str] | None = None) -> Json:
    return Page(address).get(path, query)


def _total(parts: list[Json]) -> float | None:
    watts = [part["power_w"] for part in parts]
    return None if None in watts else sum(watts)


def _figure(value: object) -> str:
    return str(round(value, 3) if isinstance(value, float) else value)


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
