"""Text: an English sentence that keeps its template and values, so that it can be read in another language.

A Text is a plain string for everybody else: journal, log, and programs see English. Only the place that shows it to a
person calls `in_language`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.words.figures import figure
from optimizer.words.language import ENGLISH, Language
from optimizer.words.system import DATABASE

Part = str | float
"""A value of a template: a name, a figure, or another Text."""
_IN_A_ROW = "{first}{then}"
DEEPEST = 8
"""Levels of texts inside texts that are kept."""


class Text(str):
    """The English sentence of a template and its values: `Text("Car on {name} waits.", name="carport")`.

    The name of a figure ends with its unit (`power_w`, `rest_s`), which sets its format. A template without values is
    taken as it is, so braces in it have no meaning.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Part]

    def __new__(cls, template: str, /, **values: Part) -> Text:
        """The sentence. Raises KeyError if the template names a value that is missing."""
        text = super().__new__(cls, _filled(template, values, ENGLISH))
        text.template = template
        text.values = values
        return text

    def __add__(self, other: str) -> Text:
        return Text(_IN_A_ROW, first=self, then=other)

    def __radd__(self, other: str) -> Text:
        return Text(_IN_A_ROW, first=other, then=self)

    @classmethod
    def of(cls, text: str) -> Text:
        """The text itself, or a plain string as a sentence that the catalogue may have."""
        return text if isinstance(text, cls) else cls(text)


def in_language(text: str, language: Language) -> str:
    """The text in a language. A text without a translation stays English, with the figures of the language."""
    if not isinstance(text, Text):
        return text
    return _filled(language.texts.get(text.template, text.template), text.values, language)


def joined(texts: list[str], template: str = "{first} {then}") -> str:
    """The texts in a row: halves of them by the template, so that a row of hundreds is nested only a few levels."""
    if len(texts) < 2:
        return texts[0] if texts else ""
    middle = (len(texts) + 1) // 2
    return Text(template, first=joined(texts[:middle], template), then=joined(texts[middle:], template))


def stacked(lines: list[str]) -> str:
    """The texts as lines of one text."""
    named = {f"line{number}": line for number, line in enumerate(lines)}
    return Text("\n".join(f"{{{name}}}" for name in named), **named)


def message_of(error: BaseException) -> str:
    """The message of an error. A Text stays one, which `str` of the error does not. Empty if it has none.

    An error of the operating system gives its reason alone, without its number and the file.
    """
    if error.args and isinstance(error.args[0], Text):
        return error.args[0]
    reason = error.strerror if isinstance(error, OSError) else None
    if isinstance(reason, str) and reason:
        return Text(reason)
    return Text(str(error)) if str(error) in DATABASE else str(error)


def to_json(text: str) -> str | None:
    """The template and the values of a Text as JSON. None for a plain string."""
    return json.dumps(_document(text), separators=(",", ":")) if isinstance(text, Text) else None


def from_json(text: str, document: str | None) -> str:
    """The Text that `to_json` wrote. The plain string `text` if the document is missing, damaged, or does not fit."""
    if document is None:
        return text
    try:
        found = _text(json.loads(document), DEEPEST)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return text
    return found if found == text and isinstance(found, Text) else text


def _filled(template: str, values: Mapping[str, Part], language: Language) -> str:
    if not values:
        return template
    return template.format_map({name: _shown(name, value, language) for name, value in values.items()})


def _shown(name: str, value: Part, language: Language) -> str:
    return in_language(value, language) if isinstance(value, str) else figure(name, value, language)


def _document(value: Part) -> Any:
    if not isinstance(value, Text):
        return str(value) if isinstance(value, str) else value
    return [value.template, {name: _document(part) for name, part in value.values.items()}]


def _text(document: Any, deepest: int) -> Part:
    if isinstance(document, (str, float, int)):
        return document
    if not deepest:
        raise ValueError("too deep")
    template, values = document
    return Text(str(template), **{name: _text(part, deepest - 1) for name, part in values.items()})
