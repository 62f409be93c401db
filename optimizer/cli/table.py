"""An aligned table of text, readable on a terminal, in a log, and in a mail."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.words.language import spoken
from optimizer.words.text import in_language


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines with columns as wide as their widest cell. A cell that is a Text is in the language of the terminal."""
    titles, *cells = [tuple(in_language(cell, spoken()) for cell in line) for line in (head, *rows)]
    lines = [titles, tuple("-" * len(word) for word in titles), *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
