"""How a command ends: exit codes, and messages on standard error."""

from __future__ import annotations

from enum import IntEnum
from typing import NoReturn

import typer


class ExitCode(IntEnum):
    """Exit codes; 0 means that all went well."""

    BROKEN = 1
    """A part of the service failed; see the log."""
    MISTAKE = 2
    """The settings, the rules or the command line are wrong; the message says where."""
    RUNNING = 3
    """Another instance is running; nothing was done."""
    HELD = 4
    """A device could not be handed back; it is still on the record."""


def fail(message: str, code: ExitCode) -> NoReturn:
    """Say what is wrong and end."""
    typer.echo(message, err=True)
    raise typer.Exit(int(code))
