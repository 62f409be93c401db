"""`optimizer status`: the same answers as on the status page, in a terminal."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import NOBODY, JsonOption, Page, Unreachable, UrlOption, address_of, given
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.run.status_text import render_status, status_line
from optimizer.model.clock import SystemClock
from optimizer.words.language import ENGLISH, speak
from optimizer.words.text import message_of

if TYPE_CHECKING:
    pass

CLOCK = SystemClock()
POLL_S = 2.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(
    config: ConfigOption = Path("site.yaml"),
    url: UrlOption = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Update until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the state of the house from the running service."""
    from optimizer.cli.console import plain_console
    from optimizer.cli.load import settings_of

    address = given(url) if url else address_of(settings_of(config))
    if address is None:
        fail(NOBODY, ExitCode.MISTAKE)
    console = plain_console()
    try:
        if as_json:
            speak(ENGLISH)  # a program reads it
            echo(json.dumps(Page(address).get("status"), indent=1))
            return
        if not watch:
            console.print(render_status(Page(address).get("status")))
            return
        with suppress(KeyboardInterrupt):
            asyncio.run(_live(console, address) if console.is_terminal else _lines(address))
    except Unreachable as error:
        fail(error.args[0], ExitCode.BROKEN)


async def _lines(address: str) -> None:
    """A plain line for each change, for output without a terminal."""
    last = ""
    while True:
        try:
            document = Page(address).get("status")
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
                live.update(render_status(Page(address).get("status")), refresh=True)
            except Unreachable as error:
                live.update(Shown(said(error.args[0]), style="bold red"), refresh=True)
            await CLOCK.sleep(POLL_S)
