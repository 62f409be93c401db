"""Exit codes of the commands, and the message on standard error that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NoReturn

import typer

from optimizer.cli.console import echo, said


class ExitCode(IntEnum):
    """Exit codes; 0 means success. `MEANINGS` explains each."""

    BROKEN = 1
    MISTAKE = 2
    RUNNING = 3
    HELD = 4


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.BROKEN: "A part of the service or the command failed. See the message or the log.",
    ExitCode.MISTAKE: "The settings, the rules, or the command line contain a mistake. The message says where.",
    ExitCode.RUNNING: "Another instance is running. Nothing was done.",
    ExitCode.HELD: "A device could not be handed back. It is still on the record.",
}


def fail(message: str, code: ExitCode) -> NoReturn:
    """Print the message to standard error and exit with the code."""
    echo(said(message), err=True)
    raise typer.Exit(int(code))
