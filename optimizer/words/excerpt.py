"""Parts of a file in a message: short, printable, and with the place of the mistake in view."""

from __future__ import annotations

import re

from optimizer.words.text import Text

LINE_BREAK = re.compile("\r\n|[\r\n]")
"""As the YAML reader counts lines."""
LONGEST_LINE = 160
"""Characters of a line that a message quotes."""
LONGEST_SENTENCE = 1000
"""Characters of a value in a sentence. A file may have a name of any length in it."""


def around(text: str, caret: int) -> tuple[str, int]:
    """The part of a line around a column (from 0), and the column in it. A whole file may be one line."""
    caret = min(caret, len(text))
    start = max(0, caret - LONGEST_LINE // 2)
    if len(text) <= LONGEST_LINE:
        return text, caret
    before = "…" if start > 0 else ""
    after = "…" if start + LONGEST_LINE < len(text) else ""
    return f"{before}{text[start : start + LONGEST_LINE]}{after}", caret - start + len(before)


def printable(text: str) -> str:
    """A line of a message, whatever the file contains. A terminal would obey control characters."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "?" for one in text)


def sentence(text: str, *, lines: bool = False) -> str:
    """A sentence of a message that quotes a file or an answer: printable, and each of its values short.

    A Text stays one. `lines` keeps line breaks, and a value then has lines of at most LONGEST_SENTENCE characters.
    """
    if not isinstance(text, Text) or not text.values:
        clean = "\n".join(map(_clean, text.split("\n"))) if lines else _clean(text)
        return text if clean == text else Text(clean) if isinstance(text, Text) else clean
    values = {
        name: sentence(value, lines=lines) if isinstance(value, str) else value for name, value in text.values.items()
    }
    return text if values == text.values else Text(text.template, **values)


def _clean(text: str) -> str:
    return printable(text if len(text) <= LONGEST_SENTENCE else text[: LONGEST_SENTENCE - 1] + "…")
