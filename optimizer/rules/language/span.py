"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in a file; lines and columns from 1."""

    file: str
    line: int
    column: int
    text: str = ""
    """The line itself."""
    width: int = 1

    def seen_from(self, other: Span) -> str:
        """`line 24`, or with its file where `other` stands in another one."""
        return f"line {self.line}" if self.file == other.file else f"{self.file}:{self.line}"
