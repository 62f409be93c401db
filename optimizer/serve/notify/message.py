"""Message: what is sent to people, with a limited size and in one language. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.words.language import Language
from optimizer.words.text import Text, in_language

LONGEST_LINE = 600
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    title: str
    body: str


def message(site: str, lines: list[str], language: Language) -> Message:
    """A message of a house, with one line for each text."""
    shown = [_printable(in_language(line, language)) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(in_language(Text("and {count} more", count=len(lines) - MOST_LINES), language))
    return Message(title=_printable(in_language(Text("Energy at {site}", site=site), language)), body="\n".join(shown))


def _printable(text: str) -> str:
    """Text without control characters, except for line breaks. It is cut if it is too long."""
    clean = "".join(one if one.isprintable() or one == "\n" else "?" for one in text)
    return clean if len(clean) <= LONGEST_LINE else clean[: LONGEST_LINE - 1] + "…"
