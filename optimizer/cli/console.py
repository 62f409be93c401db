"""Printing: a console whose text is never markup, and texts in the language of the terminal."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from optimizer.words.language import ENGLISH, spoken
from optimizer.words.text import Text, in_language

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 1000


def plain_console(**options: Any) -> Console:
    """A rich console that prints texts unchanged: `[red]` and `:sun:` in a device's name have no effect.

    In a pipe or a file, it breaks no line that a program may read.
    """
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables need it

    console = Console(markup=False, emoji=False, **options)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH
    return console


def day_of(local: datetime) -> str:
    """The day of a local time for a table: `Sat 28 Nov`, or the date in another language."""
    language = spoken()
    return f"{local:%a %d %b}" if language is ENGLISH else f"{local:{language.date}}"


def said(text: str) -> str:
    """A text in the language of the terminal."""
    return in_language(Text.of(text), spoken())


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text in the language of the terminal, to standard output or standard error."""
    import typer  # noqa: PLC0415 - what starts the program needs no command line

    typer.echo(said(text), err=err, nl=nl)
