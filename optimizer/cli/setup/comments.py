"""Comments of the files that `optimizer init` writes, in the language of the house."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.words.language import ENGLISH, Language, language_of
from optimizer.words.text import in_language


@dataclass(frozen=True, slots=True)
class Comments:
    """Writes lines with comments."""

    language: Language = ENGLISH

    @classmethod
    def of(cls, tag: str) -> Comments:
        """Comments in the language with this tag. English if there is none."""
        return cls(language_of(tag) or ENGLISH)

    def __call__(self, line: str, about: str) -> str:
        """A line with a comment behind it."""
        return f"{line}   # {self.words(about)}"

    def alone(self, about: str) -> str:
        """A line of its own."""
        return f"# {self.words(about)}"

    def words(self, about: str) -> str:
        """A text in the language of the house."""
        return in_language(about, self.language)
