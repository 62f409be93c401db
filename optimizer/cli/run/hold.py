"""`optimizer hold`: sets a mode, a current, or a power by hand for some time, as the status page does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import Json, Page, Unreachable, UrlOption, page_of, say_not_kept
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.run.status_text import held_line
from optimizer.model.kinds import SWITCH_STATE
from optimizer.words.text import Text, message_of

EV_MODES = ("off", "surplus", "min_surplus", "fast")
SWITCH_STATES = tuple(map(str, SWITCH_STATE.words))
BATTERY_MODES = ("auto", "charge", "discharge")
SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(min|m|h|d)", re.IGNORECASE)
MINUTES = {"m": 1.0, "min": 1.0, "h": 60.0, "d": 1440.0}
QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)\s*(kwh|wh|kw|w|a|phases?|%)", re.IGNORECASE)
EXAMPLES = Text(
    "Examples: `hold carport fast --for 2h`, `hold carport 10A --session`, `hold carport 20kWh`, "
    "`hold battery charge --power 2kW --for 1h`, `hold battery charge --to 80%`, `hold battery reserve 30%`, "
    "`hold battery hold`, `hold boiler on --for 2h`, `hold carport --end`."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hold")(hold)


def hold(
    name: Annotated[str | None, typer.Argument(help="A charger, battery, load, `battery`, or a full target.")] = None,
    value: Annotated[str | None, typer.Argument(help="A mode, or a figure such as 10A, 3phases, 20kWh.")] = None,
    amount: Annotated[str | None, typer.Argument(help="The state of charge of `hold battery reserve 30%`.")] = None,
    config: ConfigOption = Path("site.yaml"),
    url: UrlOption = None,
    length: Annotated[str | None, typer.Option("--for", help="How long: 30min, 2h, 3d.")] = None,
    session: Annotated[bool, typer.Option("--session", help="Until the car is unplugged.")] = False,
    power: Annotated[str | None, typer.Option("--power", help="Power of a battery, with charge or discharge.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="State of charge at which a battery stops: 80%.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End what is set by hand on this device or target.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Set a device by hand, above the rules. Without arguments, list what is set.

    Without --for or --session it ends at midnight.
    """
    page = page_of(config, url)
    try:
        status = page.get("status")
        if name is None:
            changed = list(status["overrides"])
        elif end:
            changed = _ended(page, status, name)
        elif value is None:
            fail(Text("how should {name} be set? {examples}", name=name, examples=EXAMPLES), ExitCode.MISTAKE)
        else:
            span = _length(length, session)
            bodies = [{**one, **span} for one in _targets(name, value, amount, power, to, status)]
            changed = [page.post("overrides", body) for body in bodies]
    except ValueError as error:
        fail(Text("{why}. {examples}", why=message_of(error), examples=EXAMPLES), ExitCode.MISTAKE)
    except Unreachable as error:
        fail(message_of(error), error.code)
    if as_json:
        echo(json.dumps(changed, indent=1))
        return
    local = datetime.fromisoformat(status["local"])
    for one in changed:
        echo(Text("ended: {line}", line=held_line(one, local)) if end else held_line(one, local))
    if changed:
        say_not_kept(changed[-1])
    if not changed:
        echo(said(Text("nothing is set by hand")))


def _ended(page: Page, status: Json, name: str) -> list[Json]:
    """End the overrides on a target, or on all targets of a device. Returns them."""
    devices = _devices(status)
    subject = devices.get(name, name)
    found = [one for one in status["overrides"] if one["target"] == subject or one["target"].startswith(f"{subject}.")]
    return [{**one, **page.delete(f"overrides/{one['target']}")} for one in found]


def _targets(
    name: str, value: str, amount: str | None, power: str | None, to: str | None, status: Json
) -> Iterator[Json]:
    """The overrides to set, as bodies for the API. Raises ValueError for a wrong combination of words."""
    if amount is not None and SPAN.fullmatch(amount):
        raise ValueError(Text("the time is given as --for {length}", length=amount))
    if (value.lower() == "reserve") != (amount is not None):
        raise ValueError(Text("a reserve needs its state of charge, and nothing else takes one"))
    if amount is not None:
        device = _devices(status).get(name, name)
        yield {"target": f"{device}.reserve_percent", "value": _percent(amount)}
        return
    first = _target(name, value, status)
    yield first if to is None else {**first, "to_percent": _percent(to)}
    if power is None:
        return
    figure = QUANTITY.fullmatch(power)
    if first["value"] not in ("charge", "discharge") or figure is None or figure[2].lower() not in ("w", "kw"):
        raise ValueError(Text("--power is for `battery charge` and `battery discharge`, such as --power 2kW"))
    yield {"target": first["target"].replace(".mode", ".power_w"), "value": _number(figure)}


def _target(name: str, text: str, status: Json) -> Json:
    """The target and value that `name` and `text` mean. Raises ValueError."""
    devices = _devices(status)
    if name not in devices:
        if "." not in name:
            raise ValueError(
                Text("“{name}” is not a device here. There are {names}", name=name, names=", ".join(devices))
            )
        quantity = QUANTITY.fullmatch(text)
        return {"target": name, "value": _number(quantity) if quantity else _plain(text)}
    device = devices[name]
    for meant, number in _meanings(device, text):
        return {"target": f"{device}.{meant}", "value": number}
    raise ValueError(Text("“{text}” is nothing that {name} can be set to", text=text, name=name))


def _meanings(device: str, text: str) -> Iterator[tuple[str, str | float]]:
    word, figure = text.lower(), QUANTITY.fullmatch(text)
    unit = figure[2].lower() if figure else ""
    if device.startswith("ev."):
        if word in EV_MODES:
            yield "mode", word
        if word == "auto" or unit.startswith("phase"):
            yield "phases", word if figure is None else int(float(figure[1]))
        if figure and unit == "a":
            yield "current_a", _number(figure)
        if figure and unit in ("wh", "kwh"):
            yield "energy_limit_wh", _number(figure)
    elif device.startswith("switch."):
        if word in SWITCH_STATES:
            yield "state", word
    else:
        if word in BATTERY_MODES:
            yield "mode", word
        if word == "hold":
            yield "discharge_w", 0.0


def _percent(text: str) -> float:
    """The figure of `80%` or `80`. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", text)
    if found is None:
        raise ValueError(Text("“{text}” is no state of charge such as 80%", text=text))
    return float(found[1])


def _number(figure: re.Match[str]) -> float:
    return float(figure[1]) * (1000.0 if figure[2].lower().startswith("k") else 1.0)


def _plain(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _devices(status: Json) -> dict[str, str]:
    """The prefix of the targets of each device by its name: `carport` is `ev.carport`."""
    batteries = [one["name"] for one in status["house"]["batteries"]]
    named: dict[str, Any] = {one["name"]: f"ev.{one['name']}" for one in status["house"]["evs"]}
    if batteries:
        named["battery"] = "battery"
    # A single battery has the targets without its name.
    named |= {one: f"battery.{one}" if len(batteries) > 1 else "battery" for one in batteries}
    return named | {one["name"]: f"switch.{one['name']}" for one in status["house"]["switches"]}


def _length(length: str | None, session: bool) -> Json:
    """The part of an override that says how long it holds. Raises ValueError."""
    if session:
        return {"session": True}
    if length is None:
        return {"midnight": True}
    found = SPAN.fullmatch(length)
    if found is None:
        raise ValueError(Text("“{length}” is no duration", length=length))
    return {"minutes": float(found[1]) * MINUTES[found[2].lower()]}
