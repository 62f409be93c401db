"""`optimizer input`: lists the inputs of the house, and sets one, with or without a running service."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import Json, Unreachable, say_not_kept
from optimizer.cli.run.service_or_files import changed_in_files, listed_by_service, page_to_change
from optimizer.cli.run.who import who
from optimizer.journal.kept_file import KeptFiles
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.runtime.inputs.board import InputBoard
    from optimizer.runtime.inputs.kept import KeptInputs
    from optimizer.settings import Settings

NO_INPUTS = "no inputs are configured; define them under `inputs` (docs/how-to/use-inputs.md)"


class Action(StrEnum):
    """The action of `optimizer input`."""

    LIST = "list"
    SET = "set"
    CLEAR = "clear"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("input")(input_)


def input_(
    action: Annotated[Action, typer.Argument(help="list, set, or clear.")] = Action.LIST,
    name: Annotated[str, typer.Argument(help="Name of the input, without `input.`.")] = "",
    value: Annotated[str, typer.Argument(help="on, off, 1.4kW, 80%, 07:00, or a word of the input.")] = "",
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List the inputs of the house, set one, or clear what was set by hand.

    A running service takes the value at once. Without one, the value is kept for its next start.
    """
    from optimizer.cli.load import settings_of
    from optimizer.settings.input_mapping import all_inputs

    settings = settings_of(config)
    if not all_inputs(settings):
        fail(Text("{config}: {no_inputs}", config=str(config), no_inputs=NO_INPUTS), ExitCode.MISTAKE)
    if action is Action.LIST:
        documents = _listed(settings)
        echo(json.dumps(documents, indent=2) if as_json else listing(documents))
        return
    name = name.removeprefix("input.")
    _check(settings, name, value if action is Action.SET else None)
    document = _set(settings, name, value if action is Action.SET else None)
    if as_json:
        echo(json.dumps(document, indent=2))
        return
    echo(Text("{name}: {text}", name=name, text=document["text"]))
    say_not_kept(document)


def listing(documents: list[Json]) -> str:
    """The inputs as a table."""
    from optimizer.cli.table import table

    head = (Text("input"), Text("value"), Text("may be"), Text("set by"), Text("about"))
    return table(
        head, [(f"input.{one['name']}", _value(one), _may_be(one), _by(one), one["about"]) for one in documents]
    )


def _value(one: Json) -> str:
    return str(one["text"]) if one["value"] is not None else Text("unknown ({why})", why=one["why"])


def _may_be(one: Json) -> str:
    if one["type"] == "choice":
        return ", ".join(one["options"])
    if one["type"] != "number":
        return {"switch": Text("on, off"), "time": Text("a time of day")}[one["type"]]
    low, high = one["low"], one["high"]
    span = Text("a number") if low is None and high is None else Text("{low} to {high}", low=_end(low), high=_end(high))
    return Text("{span} {unit}", span=span, unit=one["unit"]) if one["unit"] else span


def _end(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:g}"


def _by(one: Json) -> str:
    if one["source"]:
        return str(one["source"])
    return f"{one['by']}, {one['at'][:16].replace('T', ' ')} UTC" if one["at"] else Text("nobody")


def _check(settings: Settings, name: str, value: str | None) -> None:
    """End the command with the mistake in what was typed."""
    from optimizer.settings.errors import did_you_mean
    from optimizer.settings.input_mapping import all_inputs
    from optimizer.sources.inputs.decode import by_hand
    from optimizer.sources.inputs.port import InputError

    inputs = all_inputs(settings)
    one = inputs.get(name)
    if one is None:
        meant = did_you_mean(name, inputs) or f"inputs: {', '.join(inputs)}"
        fail(Text("there is no input “{name}”; {meant}", name=name, meant=meant), ExitCode.MISTAKE)
    if one.source is not None:
        fail(Text("the input “{name}” is read from its source and cannot be set", name=name), ExitCode.MISTAKE)
    try:
        if value is not None:
            by_hand(one.spec(name), value)
    except InputError as error:
        fail(
            Text("“{value}” is not a value of {name}: {error}", value=value or "", name=name, error=message_of(error)),
            ExitCode.MISTAKE,
        )


def _listed(settings: Settings) -> list[Json]:
    """From the running service if it answers, from the file otherwise."""
    found = listed_by_service(settings, "inputs")
    if found is not None:
        return found
    from optimizer.cli.load import state_folder
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.inputs.kept import KeptInputs
    from optimizer.serve.web.inputs import inputs_document

    board = _board(settings, KeptInputs(KeptFiles(state_folder(settings))))
    return [dict(one) for one in inputs_document(board, SystemClock().monotonic_s())]


def _set(settings: Settings, name: str, value: str | None) -> Json:
    """Through the running service, or in the file while no service runs."""
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.inputs.kept import KeptInputs
    from optimizer.serve.web.inputs import input_document

    def made(folder: Path) -> Json:
        store = KeptInputs(KeptFiles(folder))
        report = _board(settings, store).set(name, value, who())
        if store.failed:
            fail(Text("the value cannot be kept for the next start: {failed}", failed=store.failed), ExitCode.BROKEN)
        return dict(input_document(report, SystemClock().monotonic_s()))

    kept = changed_in_files(settings, made)
    if kept is not None:
        return kept
    try:
        return page_to_change(settings).post(f"inputs/{name}", {"value": value, "by": who()})
    except Unreachable as error:
        fail(message_of(error), error.code)


def _board(settings: Settings, store: KeptInputs) -> InputBoard:
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.inputs.board import InputBoard
    from optimizer.settings.input_mapping import input_plans

    return InputBoard(input_plans(settings), SystemClock(), store)
