"""`optimizer login` and `optimizer logins`: how a browser logs in, and which browsers are logged in."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import NOBODY, NOTHING_SET, Unreachable, UrlOption, page_of, token_of
from optimizer.cli.run.run import ConfigOption
from optimizer.serve.address import authority
from optimizer.words.text import Text, joined, message_of

if TYPE_CHECKING:
    from optimizer.settings import Settings
    from optimizer.settings.site import StatusSettings

ANY_ADDRESS = ("0.0.0.0", "::")
SOMEWHERE_ELSE = ("192.0.2.1", 9)
"""An address of no machine (RFC 5737). Connecting a datagram socket to it sends nothing and chooses our address."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("login")(login)
    app.command("logins")(logins)


def login(config: ConfigOption = Path("site.yaml")) -> None:
    """Show how a browser logs in to the status page: the addresses, and a link with the token."""
    from optimizer.cli.load import settings_of

    settings = settings_of(config)
    if settings.serve.status is None:
        fail(NOBODY, ExitCode.MISTAKE)
    for line in login_lines(settings, private=True, drawn=sys.stdout.isatty()):
        echo(said(line))


def logins(
    config: ConfigOption = Path("site.yaml"),
    url: UrlOption = None,
    end: Annotated[str | None, typer.Option("--end", help="End the login with this id.")] = None,
    end_all: Annotated[bool, typer.Option("--end-all", help="End every login.")] = False,
) -> None:
    """List the browsers that are logged in, or end their logins."""
    page = page_of(config, url)
    try:
        if end_all:
            page.delete("logins")
            echo(said(Text("every login has ended")))
        elif end is not None:
            page.delete(f"logins/{quote(end, safe='')}")
            echo(said(Text("login {end} has ended", end=end)))
        else:
            found = page.rows("logins")
            for one in found:
                since, until = (datetime.fromisoformat(one[key]).date() for key in ("since", "until"))
                echo(
                    said(
                        Text(
                            "{id}  {device}, since {since}, until {until}",
                            id=one["id"],
                            device=one["device"],
                            since=f"{since}",
                            until=f"{until}",
                        )
                    )
                )
            if not found:
                echo(said(Text("no browser is logged in. `optimizer login` shows how to log in")))
    except Unreachable as error:
        fail(message_of(error), error.code)


def login_lines(settings: Settings, *, private: bool, drawn: bool | None = None) -> Iterator[str]:
    """The lines that explain how to log in. The link with the token is only for a `private` terminal.

    With `drawn` it is also a QR code for the camera of a phone. None draws it if the terminal is private.
    """
    status = settings.serve.status
    if status is None:
        return
    pages, token = addresses(status), token_of(settings)
    yield Text("Open the status page: {pages}", pages=joined(pages, "{first} or {then}"))
    if status.host not in ANY_ADDRESS:
        yield Text("Only this machine can open it. `host: 0.0.0.0` under serve.status opens it to the home network.")
    if not token:
        yield Text("To change something there: {why}.", why=Text.of(NOTHING_SET))
    elif not private:
        yield Text("`optimizer login` shows a link that logs a browser in.")
    else:
        link = f"{pages[-1]}/login#{quote(token)}"
        yield Text("This link logs a browser in. Keep it to yourself: {link}", link=link)
        if (private if drawn is None else drawn) and status.host in ANY_ADDRESS:
            yield from _qr(link)


def addresses(status: StatusSettings) -> list[str]:
    """The addresses of the page for other machines, or for this one if it listens to no other. The last one always
    works."""
    if status.host not in ANY_ADDRESS:
        return [f"http://{authority(status.host, status.port)}"]
    name = socket.gethostname().partition(".")[0]
    found = [f"{name}.local"] if name and name != "localhost" else []
    return [f"http://{authority(host, status.port)}" for host in (*found, own_address())]


def own_address() -> str:
    """The address of this machine in the home network; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE_ELSE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _qr(link: str) -> Iterator[str]:
    import io

    import segno

    text = io.StringIO()
    segno.make(link, micro=False).terminal(out=text, compact=True)
    yield from text.getvalue().rstrip("\n").split("\n")
