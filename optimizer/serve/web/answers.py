"""Answers and bodies of the JSON API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from math import isfinite
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from optimizer.journal.schema import JournalError
from optimizer.rules.book.overrides import OverrideError
from optimizer.serve.access.access import Refused
from optimizer.words.language import ENGLISH, language_of, preferred, speak, spoken
from optimizer.words.text import Text, in_language

MAX_BODY_BYTES = 4096

Endpoint = Callable[[Request], Awaitable[Response]]


def answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with refusals and mistakes turned into answers, all in the language of the reader."""

    async def answered(request: Request) -> Response:
        # Each request has a context of its own, so this sets the language of this answer only.
        speak_to(request)
        try:
            return await endpoint(request)
        except Refused as refused:
            return json_answer({"error": Text.of(refused.args[0])}, refused.status)
        except OverrideError as error:
            return json_answer({"error": Text.of(error.args[0])}, 422)
        except JournalError as error:
            return json_answer({"error": Text.of(error.args[0])}, 503)

    return answered


def speak_to(request: Request) -> None:
    """Set the language of the answer: `?language=de`, else what the browser prefers, else English."""
    asked = language_of(request.query_params.get("language", ""))
    speak(asked or preferred(request.headers.get("accept-language", ""), ENGLISH))


def json_answer(document: Any, status: int = 200) -> JSONResponse:
    """The document as JSON that nobody may store, with its texts in the language of the reader."""
    return JSONResponse(plain(document), status, headers={"cache-control": "no-store"})


async def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body. Raises Refused for a body that is something else or too large."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise Refused(413, Text("more than {most} bytes", most=MAX_BODY_BYTES))
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(document, dict):
        raise Refused(400, "the body is not a JSON object")
    return document


def plain(document: Any) -> Any:
    """The document with its texts in the language of the reader, and numbers that JSON does not know as null."""
    if isinstance(document, float):
        return document if isfinite(document) else None
    if isinstance(document, str):
        return in_language(document, spoken())
    if isinstance(document, dict):
        return {key: plain(value) for key, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [plain(value) for value in document]
    return document
