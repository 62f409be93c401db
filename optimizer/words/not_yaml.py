"""Advice for a person whose settings or rules are not YAML. The YAML reader's own words are for
programmers, and exist in English only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from optimizer.words.text import Text

NO_COLON = Text("a setting is `name: value`, with a colon and a space")
WITHOUT_COLON = re.compile(r"(?P<indent>\s*(?:- +)?)(?P<word>\w+)(\s(?!.*:(\s|$)).*)?")
"""A line that looks like a setting without its colon."""
AFTER_NO_COLON = ("mapping values", "block end")
"""Messages of the YAML reader about the line after such a line."""
INVISIBLE = re.compile("[\x85\u00a0\u00ad\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]")
"""Spaces that are not the plain one, and characters without width."""
BRACKET = "',' or '"
"""The YAML reader names the bracket that it expects. So its words are shown too."""
ADVICE = (
    ("\\t", Text("indent with spaces, not with tabs")),
    ("mapping values", Text("indent the line like its neighbors; put a text with a colon in quotes")),
    ("sequence entries", Text("put a text that begins with - in quotes")),
    ("could not find expected ':'", NO_COLON),
    ("escape character", Text("in double quotes, \\ has a meaning of its own. Write single quotes, or / for a folder")),
    ("quoted scalar", Text("a quotation mark is not closed, here or before")),
    (
        "block end",
        Text("indent the line like its neighbors, and check for a quotation mark before it that is not closed"),
    ),
    (BRACKET, Text("a bracket before it is not closed")),
    ("start any token", Text("put a text that begins with this character in quotes")),
)
"""By words in the message of the YAML reader."""


def advice_for(what: str, lines: Sequence[str], line: int) -> str:
    """Advice for a mistake. `what` is the message of the YAML reader, and `line` its line from 0. Empty: no advice."""
    for number in (line, line - 1):
        found = INVISIBLE.search(lines[number]) if 0 <= number < len(lines) else None
        if found is not None:
            return Text(
                "line {line} has an invisible character in column {column} ({code}), perhaps from a web page or chat. "
                "Type it anew",
                line=number + 1,
                column=found.start() + 1,
                code=f"U+{ord(found[0]):04X}",
            )
    return next((advice for words, advice in ADVICE if words in what), "")


def without_colon(what: str, lines: Sequence[str], line: int) -> tuple[int, int] | None:
    """Line and column, from 0, of the setting without a colon directly before `line`, if that explains `what`.

    The YAML reader adds that line to the text before it, and finds the mistake in the next one.
    """
    if not any(words in what for words in AFTER_NO_COLON):
        return None
    for number in range(min(line, len(lines)) - 1, -1, -1):
        text = lines[number].partition(" #")[0].rstrip()
        if text and not text.lstrip().startswith("#"):
            found = WITHOUT_COLON.fullmatch(text)
            return (number, found.end("indent")) if found is not None else None
    return None
