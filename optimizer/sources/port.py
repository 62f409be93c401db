"""The port of sources: one request, one answer, and what can go wrong.

A source describes its requests and reads the answers. It opens no connection. The caller brings the exchange, with its
deadline and its limit of size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from optimizer.words.excerpt import sentence
from optimizer.words.text import Text

Fault = Literal["unreachable", "timeout", "refused", "unauthorized", "limited", "garbled"]
"""unreachable: no connection · timeout: no answer in time · refused: the service said no · unauthorized: credentials
missing or wrong · limited: too many requests · garbled: an answer that is not in the service's document."""
LONGEST_QUOTE = 120
"""Characters of an answer that a message quotes."""


class SourceError(Exception):
    """A failure of a source: its kind (a metric label) and a sentence for the user.

    The sentence contains no secrets, and is printable.
    """

    def __init__(self, fault: Fault, message: str) -> None:
        message = sentence(message)
        super().__init__(message)
        self.fault: Fault = fault
        self.message = message
        """The sentence. A Text stays one, which `str` of the error does not."""


@dataclass(frozen=True, slots=True)
class Address:
    """The server of a source, and what every request to it carries."""

    url: str
    """`https://host[:port][/prefix]`, without a query."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request. It may contain a token."""
    private_paths: bool = False
    """Whether paths contain a key or the place of the house. Then no message quotes them."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a source."""

    path: str = field(repr=False)
    """Percent-encoded, with the query. The query may contain a token."""
    body: object = None
    """Sent as JSON in a POST. None: a GET."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a service."""

    status: int
    """HTTP status."""
    text: str
    """The body."""


class Exchange(Protocol):
    """Sends one request to the server of one source."""

    async def __call__(self, request: Request) -> Answer:
        """The answer, whatever its status. Raises SourceError if there is none."""
        ...


def checked(answer: Answer) -> str:
    """The body of an answer with status 2xx. Raises SourceError for any other status."""
    if 200 <= answer.status < 300:
        return answer.text
    if answer.status in (401, 403):
        text = Text("status {status}: the token is missing or wrong", status=f"{answer.status}")
        raise SourceError("unauthorized", text)
    if answer.status == 429:
        raise SourceError("limited", Text("status 429: too many requests"))
    raise SourceError("refused", Text("status {status}: {text}", status=f"{answer.status}", text=quoted(answer.text)))


def parsed(text: str) -> object:
    """The body as JSON. Raises SourceError for anything else, such as a page in HTML."""
    try:
        body: object = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise SourceError("garbled", Text("the answer is not JSON: {text}", text=quoted(text))) from None
    return body


def number(value: object, what: str) -> float:
    """A finite number. Raises SourceError for anything else, also for text and booleans."""
    found = finite(value)
    if found is None:
        raise SourceError("garbled", Text("{what} is {value} and not a number", what=what, value=quoted(str(value))))
    return found


def finite(value: object) -> float | None:
    """A finite number of JSON, None for anything else. A whole number of JSON may be too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def member(body: object, *path: str) -> object:
    """The value at `path` in nested objects. None if an object on the way is missing or null."""
    for name in path:
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


def rows(value: object, what: str) -> list[object]:
    """A list. Raises SourceError for anything else."""
    if not isinstance(value, list):
        raise SourceError("garbled", Text("{what} is not a list: {value}", what=what, value=quoted(str(value))))
    return value


def quoted(text: str) -> str:
    """The beginning of a text for a message. Characters that do not print become question marks."""
    short = text[:LONGEST_QUOTE].strip()
    return "“" + "".join(character if character.isprintable() else "?" for character in short) + "”"


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
