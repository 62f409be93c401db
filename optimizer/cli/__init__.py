"""The command line: the only package that imports all the others. Heavy imports are made inside the commands."""

# ruff: noqa: PLC0415

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from optimizer.words.language import is_named, of_environment, speak

if TYPE_CHECKING:
    import typer


def application() -> typer.Typer:
    """All commands; each module registers its own."""
    import typer

    from optimizer.cli import version
    from optimizer.cli.device import commands as device
    from optimizer.cli.device import commission, discover, probe
    from optimizer.cli.rules import check
    from optimizer.cli.rules import commands as rules
    from optimizer.cli.run import (
        demo,
        forecast_command,
        goal_command,
        hold,
        import_sessions,
        input_command,
        login,
        notify_command,
        prices_command,
        release,
        run,
        sessions_command,
        status,
        why_command,
    )
    from optimizer.cli.setup import init
    from optimizer.cli.study import commands as study
    from optimizer.cli.study import importing
    from optimizer.cli.usage_errors import Commands

    app = typer.Typer(
        name="optimizer",
        cls=Commands,
        help="A rule-based home-energy optimizer: charges the car from PV surplus and explains each decision.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for module in (
        run,
        demo,
        check,
        rules,
        status,
        why_command,
        hold,
        goal_command,
        login,
        sessions_command,
        import_sessions,
        prices_command,
        forecast_command,
        input_command,
        notify_command,
        study,
        importing,
        init,
        discover,
        probe,
        device,
        commission,
        release,
        version,
    ):
        module.register(app)
    return app


def main() -> None:
    """The console command `optimizer`."""
    for stream in (sys.stdout, sys.stderr):
        # A character outside the terminal's encoding is shown as an escape. It does not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if is_named(os.environ):
        speak(of_environment(os.environ))
    from typer.main import get_command

    from optimizer.cli.help_texts import translate

    command = get_command(application())
    translate(command)
    command()
