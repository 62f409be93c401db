"""Mistakes in the settings, as messages: where, what, the allowed values, and the probable intention.

Messages and quoted lines never contain a value that is or may be a secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from optimizer.words.excerpt import printable
from optimizer.words.language import ENGLISH, Language
from optimizer.words.text import Text, in_language

SECRET_WORDS = ("pass", "pwd", "token", "secret", "auth", "key", "credential", "header", "apprise")
"""A key that contains one of these, or almost equals one, may have a secret as its value."""
LONGEST_VALUE = 60
MOST_SHOWN = 50
"""A message has at most so many mistakes, the first ones of the file. A person does not read more."""
ADDRESSES = ("url", "host")
LIKE_A_URL = re.compile(r"//|\\\\|:/|:\S*@")
PRIVATE_IN_URL = re.compile(r"[@?#]")
"""The separators of the user, the query, and the fragment in a URL. Each of these may be a secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a setting."""

    source: str
    """The file's name, or `environment variable NAME`."""
    line: int = 0
    """From 1. 0: no line (an environment variable or a whole file)."""
    column: int = 0
    """From 1."""
    text: str = ""
    """The line without secrets. Empty if it must not be shown."""
    caret: int = 0
    """Column of the caret under `text`. It differs if a secret was replaced. 0: `column`."""

    @property
    def named(self) -> str:
        """File, line, and column, or the name of what has no lines."""
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source

    def __str__(self) -> str:
        return self.named


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake."""

    place: Place
    key: str
    """The setting, such as `devices.carport.poll_s`. Empty for the whole file."""
    what: str
    """The mistake, with the wrong value if it may be shown. Empty: it is only counted."""
    allowed: str = ""
    """The allowed values."""
    hint: str = ""
    """The advice, or the probable intention."""

    def render(self, language: Language = ENGLISH) -> str:
        """The message, with the line and a caret if there is a line."""
        what, place = in_language(self.what, language), in_language(self.place.named, language)
        lines = [f"{place}: {self.key}: {what}" if self.key else f"{place}: {what}"]
        if self.place.text:
            number = f"{self.place.line:5} | "
            lines += [
                number + self.place.text,
                " " * (len(number) - 2) + "| " + " " * ((self.place.caret or self.place.column) - 1) + "^",
            ]
        right = Text("allowed: {values}", values=self.allowed)
        lines += [f"      {in_language(right, language)}"] if self.allowed else []
        lines += [f"      {in_language(self.hint, language)}"] if self.hint else []
        return "\n".join(printable(line) for line in lines)


class SettingsErrors(Exception):
    """All mistakes in the settings, in the order of the file. Those without words are behind the others."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(
            sorted(mistakes, key=lambda mistake: (not mistake.what, mistake.place.line == 0, mistake.place.line))
        )
        super().__init__(self.render())

    def render(self, language: Language = ENGLISH) -> str:
        """The first MOST_SHOWN messages, each with its line and caret, and the count of all."""
        return "\n".join(
            [
                *(mistake.render(language) for mistake in self.mistakes[:MOST_SHOWN]),
                in_language(_count_text(len(self.mistakes)), language),
            ]
        )


def _count_text(count: int) -> str:
    if count == 1:
        return Text("1 mistake in the settings")
    if count > MOST_SHOWN:
        return Text("{count} mistakes in the settings. The first {shown} are shown", count=count, shown=MOST_SHOWN)
    return Text("{count} mistakes in the settings", count=count)


def shown(value: object) -> str:
    """A value for a message, shortened, with quotes around text. A URL with a user, query, or fragment is not shown."""
    if isinstance(value, dict):
        return Text("a mapping")
    if isinstance(value, list | tuple):
        return Text("a list")
    if value is None:
        return Text("nothing")
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if may_be_private_url("", text):
        return Text("what is given")
    text = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return Text("“{text}”", text=text) if isinstance(value, str) else text


def may_be_private_url(key: str, text: str) -> bool:
    """Whether `text`, given for `key`, is an address with a user, query, or fragment, even an invalid one.

    In a URL with a mistake, any part may be the password. Such a URL is not shown.
    """
    return bool(PRIVATE_IN_URL.search(text)) and (key in ADDRESSES or bool(LIKE_A_URL.search(text)))


def may_be_shown(path: Sequence[str | int], value: object) -> bool:
    """Whether a message may contain the value at `path`."""
    key = str(path[-1]) if path else ""
    return not any(may_be_secret(str(part)) for part in path) and not may_be_private_url(key, str(value))


@lru_cache(maxsize=2000)  # each line that is quoted asks it for all parts on it
def may_be_secret(key: str) -> bool:
    """Whether the value of `key` must never be shown: secrets, and keys that look like a misspelled secret."""
    word = key.lower()
    return any(part in word for part in SECRET_WORDS) or bool(difflib.get_close_matches(word, SECRET_NAMES, cutoff=0.8))


SECRET_NAMES = ("password", "passwd", "token", "auth_token", "secret", "headers")


class MistakeBelow(ValueError):
    """A mistake that a check of a whole section has found at a setting below it."""

    def __init__(self, what: str, *below: str) -> None:
        """`below` is the path of the setting from that section on."""
        super().__init__(what)
        self.below = below


def did_you_mean(word: object, candidates: Iterable[str]) -> str:
    """“did you mean …?” for a similar name among `candidates`, otherwise empty."""
    names = {name.lower(): name for name in candidates}
    near = difflib.get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    return Text("did you mean “{name}”?", name=names[near[0]]) if near else ""


def hinted(what: str, meant: str) -> str:
    """The error, and the probable intention if it is known."""
    return Text("{what}; {meant}", what=what, meant=meant) if meant else what
