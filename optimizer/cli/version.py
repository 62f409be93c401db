"""`optimizer version`."""

from __future__ import annotations

from importlib.metadata import version
from platform import machine, python_version

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(show)


def show() -> None:
    """Print the version."""
    typer.echo(f"optimizer {version('optimizer')} (Python {python_version()}, {machine()})")
