"""Answers of a device over HTTP, and what they say: a body, a refusal, or another address."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from optimizer.devices.json_text import parsed
from optimizer.devices.port import DeviceError
from optimizer.devices.words import printable, quoted
from optimizer.words.text import Text

LONGEST_PATH = 60
"""Characters of a path that a message quotes."""
CHARSETS = {"iso-8859-1": "latin-1", "latin1": "latin-1", "iso-8859-15": "iso-8859-15", "windows-1252": "cp1252"}
"""Encodings that old devices name in a header. Without one of these, the body is UTF-8."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a device."""

    status: int
    """HTTP status."""
    text: str
    """The body as text; bytes that are not of its encoding are replaced."""
    at_s: float
    """Monotonic s at which the request left: the values in it are not older."""
    where: str
    """Method, path and device, for messages."""
    refers_to: str = ""
    """The other address that a redirect names, without its query."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self, *, nan_is_null: bool = False) -> object:
        """The body parsed; DeviceError garbled where it is not JSON (NaN and Infinity are not, or are null)."""
        try:
            return parsed(self.text, nan_is_null=nan_is_null)
        except ValueError:
            raise DeviceError(
                "garbled",
                Text(
                    "{where}: status {status}, the body is not JSON but {text}",
                    where=self.where,
                    status=self.status,
                    text=quoted(self.text.strip()),
                ),
            ) from None


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """An answer with its body parsed."""

    status: int
    body: object
    """Parsed JSON; None also for a refusal (not 2xx) whose body is none."""
    at_s: float
    """Monotonic s at which the request left."""
    where: str
    """Method, path and device, for messages."""
    refers_to: str = ""
    """The other address that a redirect names, without its query."""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def refusal(answer: Answer | JsonAnswer) -> DeviceError:
    """The error for an answer whose status is not 2xx."""
    if answer.refers_to:
        return DeviceError(
            "refused",
            Text(
                "{where}: status {status}, it refers to {address}; write that address into the settings",
                where=answer.where,
                status=answer.status,
                address=answer.refers_to,
            ),
        )
    return DeviceError("refused", Text("{where}: status {status}", where=answer.where, status=answer.status))


def with_json(answer: Answer, *, nan_is_null: bool = False) -> JsonAnswer:
    """The answer with its body parsed. Raises DeviceError garbled if a 2xx body is not JSON."""
    try:
        body = answer.json(nan_is_null=nan_is_null)
    except DeviceError:
        if answer.ok:
            raise
        body = None
    return JsonAnswer(answer.status, body, answer.at_s, answer.where, refers_to=answer.refers_to)


def text_of(received: bytearray, response: httpx.Response) -> str:
    """The body as text. Bytes that are not of its encoding are replaced."""
    charset = response.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    return received.decode(CHARSETS.get(charset, "utf-8-sig"), "replace")


def refers_to(response: httpx.Response) -> str:
    """The address in the answer of a redirect: scheme, host, port, and path. A query may carry a token."""
    location = response.headers.get("location", "")
    if not 300 <= response.status_code < 400 or not location:
        return ""
    try:
        url = httpx.URL(location)
        plain_url = url.copy_with(username=None, password=None, query=None, fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError):
        return ""
    return printable(str(plain_url), LONGEST_PATH)
