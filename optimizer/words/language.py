"""The languages: English, and one file `<tag>.json` in this folder for each other one.

A file has the name of the language, its decimal sign, its date, and the texts by their English ones: `service` for the
sentences of the service and its commands, `page` for the words of the status page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

FOLDER = "optimizer.words"
SUFFIX = ".json"
MOST_WISHES = 20
"""Languages of an Accept-Language header that are looked at."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its catalogue."""

    tag: str
    """As in ISO 639: `de`."""
    name: str
    """In the language itself."""
    decimal: str = "."
    date: str = "%Y-%m-%d"
    """The form of a date, as `strftime` takes it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The sentences of the service by their English templates."""
    page: Mapping[str, str] = field(default_factory=dict)
    """The words of the status page by their English ones."""


ENGLISH = Language("en", "English")


@cache
def tags() -> tuple[str, ...]:
    """The languages that exist here, English first."""
    names = sorted(file.name for file in files(FOLDER).iterdir() if file.name.endswith(SUFFIX))
    return (ENGLISH.tag, *(name.removesuffix(SUFFIX) for name in names))


@cache
def _read(tag: str) -> Language:
    document = json.loads(files(FOLDER).joinpath(f"{tag}{SUFFIX}").read_text(encoding="utf-8"))
    return Language(
        tag=tag,
        name=document["name"],
        decimal=document["decimal"],
        date=document["date"],
        texts=document["service"],
        page=document["page"],
    )


def language_of(tag: str) -> Language | None:
    """The language of a tag such as `de`, `de-AT`, or `de_DE.UTF-8`. None if it does not exist here."""
    short = tag.strip().replace("_", "-").partition("-")[0].partition(".")[0].lower()
    if short == ENGLISH.tag:
        return ENGLISH
    return _read(short) if short in tags() else None


def preferred(header: str, otherwise: Language = ENGLISH) -> Language:
    """The language that an Accept-Language header prefers among those that exist here (RFC 9110, 12.5.4)."""
    wishes: list[tuple[float, Language]] = []
    for wish in header.split(",")[:MOST_WISHES]:
        tag, _, weight = wish.partition(";")
        found = language_of(tag)
        if found is not None:
            wishes.append((_weight(weight), found))
    best = max(wishes, key=lambda one: one[0], default=(0.0, otherwise))
    return best[1] if best[0] > 0.0 else otherwise


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


_spoken: ContextVar[Language | None] = ContextVar("language", default=None)
"""None: nobody has decided yet."""


def speak(language: Language) -> None:
    """Set the language in which this process talks to the person at its terminal."""
    _spoken.set(language)


def spoken() -> Language:
    """The language in which this process talks to the person at its terminal."""
    return _spoken.get() or ENGLISH


def propose(language: Language) -> None:
    """Set that language if nobody has decided yet: neither the locale nor the command."""
    if _spoken.get() is None:
        speak(language)


def of_environment(environment: Mapping[str, str]) -> Language:
    """The language of the locale: the first variable that is set among LC_ALL, LC_MESSAGES, and LANG counts."""
    return language_of(_locale(environment)) or ENGLISH


def is_named(environment: Mapping[str, str]) -> bool:
    """Whether the locale names a language. `C` and `POSIX`, which a bare machine has, name none."""
    return _locale(environment).partition(".")[0] not in ("", "C", "POSIX")


def _locale(environment: Mapping[str, str]) -> str:
    return next((text for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (text := environment.get(name))), "")
