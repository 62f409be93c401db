"""The help of the commands in the language of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from optimizer.cli.console import said
from optimizer.words.language import ENGLISH, spoken
from optimizer.words.text import Text

USAGE = Text("Usage: ")
HELP = Text("Show this message and exit.")
TITLES: Mapping[str, str] = {
    "ARGUMENTS_PANEL_TITLE": Text("Arguments"),
    "OPTIONS_PANEL_TITLE": Text("Options"),
    "COMMANDS_PANEL_TITLE": Text("Commands"),
    "ERRORS_PANEL_TITLE": Text("Error"),
    "DEFAULT_STRING": Text("[default: {}]"),
    "REQUIRED_LONG_STRING": Text("[required]"),
    "RICH_HELP": Text("Try [blue]'{command_path} {help_option}'[/] for help."),
    "ABORTED_TEXT": Text("Aborted."),
}
"""The words of typer around a help, by the name of its constant."""


def parts_with_help(command: Any) -> Iterator[Any]:
    """The parts of a command, and of all commands in it, that have a help text: themselves and their parameters."""
    yield command
    yield from (one for one in command.params if getattr(one, "help", None))
    for inner in getattr(command, "commands", {}).values():
        yield from parts_with_help(inner)


def translate(command: Any) -> None:
    """Put the help of a command, and of all commands in it, into the language of the terminal."""
    if spoken() is ENGLISH:
        return
    from typer import rich_utils  # noqa: PLC0415 - only a terminal in another language needs it

    for name, word in TITLES.items():
        setattr(rich_utils, name, said(word))
    for one in parts_with_help(command):
        one.help = said(one.help)
        if hasattr(one, "get_help_option"):
            one.format_usage = partial(_usage, one)
            names = command.context_settings["help_option_names"]
            one.get_help_option(one.context_class(one, help_option_names=names)).help = said(HELP)


def _usage(command: Any, context: Any, formatter: Any) -> None:
    formatter.write_usage(context.command_path, " ".join(command.collect_usage_pieces(context)), said(USAGE))
