"""A number with its noun: `1 warning`, `2 warnings`."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.words.text import Text

COUNTED: Mapping[str, tuple[str, str]] = {
    "warning": ("1 warning", "{count} warnings"),
    "rule": ("1 rule", "{count} rules"),
    "file": ("1 file", "{count} files"),
    "device": ("1 device", "{count} devices"),
}
"""By noun: one, and several."""


def plural(number: int, noun: str) -> str:
    """The number and the noun."""
    one, several = COUNTED[noun]
    return Text(one) if number == 1 else Text(several, count=number)
