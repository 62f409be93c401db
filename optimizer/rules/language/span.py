"""Places in files."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    text: str = ""
    """The line itself."""
    width: int = 1

    def seen_from(self, other: Span) -> str:
        """`line 24`, with the file name if `other` is in another file."""
        return Text("line {line}", line=self.line) if self.file == other.file else f"{self.file}:{self.line}"
