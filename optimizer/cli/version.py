"""`optimizer version`, and the option `--version` with the same effect."""

from __future__ import annotations

from platform import machine, python_version
from typing import Annotated

import typer

from optimizer import __version__
from optimizer.cli.console import echo
from optimizer.words.text import Text


def register(app: typer.Typer) -> None:
    """Add the command and the option."""
    app.command("version")(show)
    app.callback()(_options)


def show() -> None:
    """Print the version."""
    version = Text(
        "optimizer {version} (Python {python}, {machine})",
        version=__version__,
        python=python_version(),
        machine=machine(),
    )
    echo(version)


def _shown(wanted: bool) -> None:
    if wanted:
        show()
        raise typer.Exit


def _options(
    asked: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_shown, help="Print the version and exit.")
    ] = False,
) -> None:
    """The callback before a command. The option has already printed the version."""
