"""Printing: a console whose text is never markup, and texts in the language of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.words.language import spoken
from optimizer.words.text import Text, in_language

if TYPE_CHECKING:
    from rich.console import Console


def plain_console(**options: Any) -> Console:
    """A rich console that prints texts unchanged: `[red]` and `:sun:` in a device's name have no effect."""
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables need it

    return Console(markup=False, emoji=False, **options)


def said(text: str) -> str:
    """A text in the language of the terminal."""
    return in_language(Text.of(text), spoken())
