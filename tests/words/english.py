"""Finds English in a text for a person: English sentences of the catalogue, and the small words of the language."""

from __future__ import annotations

import re

from optimizer.words.language import Language, language_of

PIECE = re.compile(r"\w+ \w+")
"""Two words. A single one may be the same in both languages."""
SMALL = re.compile(
    r"(?<![\w.„“`/|-])(the|is|are|of|and|with|without|not|has|have|to|its|it|this|that|cannot|there|until|for|by"
    r"|be|or|no|such|from|than)(?![\w.:“`/=|-])"
)
"""Words that an English sentence has and a German one has not."""
QUOTED = re.compile(r"`[^`]*`|„[^“]*“|'[^']*'|\([^()\n]*\bthe \d+[^()\n]*\)")
"""What is to be typed, and what was typed: in no language."""


def german() -> Language:
    """The catalogue."""
    found = language_of("de")
    assert found is not None
    return found


def english_pieces(text: str) -> list[str]:
    """The English texts of the catalogue that stand in a German one."""
    pairs = german().texts.items()
    return [
        english
        for english, other in pairs
        if "{" not in english and PIECE.search(english) and english != other and english in text
    ]


def english_words(text: str) -> list[str]:
    """The lines of a German text that have English words."""
    return [line for line in text.splitlines() if SMALL.search(QUOTED.sub("", line))]
