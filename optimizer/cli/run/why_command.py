"""`optimizer why`: the same answers as on the status page, from the running service or from its journal."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import FORMS, asked_moment
from optimizer.cli.run.page_client import NOBODY, Json, JsonOption, Page, Unreachable, UrlOption, address_of, given
from optimizer.cli.run.run import ConfigOption
from optimizer.model.clock import SystemClock
from optimizer.words.language import ENGLISH, speak, spoken
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.settings import Settings

CLOCK = SystemClock()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("why")(why)


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


def _ask(config: Path, url: str | None, at: str | None) -> Json:
    """From the running service if it answers, from its journal otherwise."""
    if url is not None:
        address = given(url)
        if at is None:
            return Page(address).get("why")
        there = asked_moment("--at", at, *_time_there(address))
        return Page(address).get("why", {"at": there.isoformat()})
    from optimizer.cli.load import settings_of

    settings = settings_of(config)
    then = None if at is None else asked_moment("--at", at, CLOCK.now(), settings.site.zone)
    if then is not None:
        return _recorded(settings, then)
    page = address_of(settings)
    try:
        if page is None:
            raise Unreachable(NOBODY)
        return Page(page).get("why")
    except Unreachable as error:
        echo(said(Text("{why}; showing the last record", why=error.args[0])), err=True)
        return _recorded(settings, None)


def _time_there(address: str) -> tuple[datetime, ZoneInfo]:
    """The time and zone of the house. Both may differ from those of this computer."""
    document = Page(address).get("status")
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
    from optimizer.serve.web.why import why_document

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


def _figure(value: object) -> str:
    return str(round(value, 3) if isinstance(value, float) else value)
