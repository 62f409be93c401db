"""Answers and bodies of the JSON API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from optimizer.journal.schema import JournalError
from optimizer.rules.book.overrides import OverrideError
from optimizer.serve.access.access import Refused

MAX_BODY_BYTES = 4096

Endpoint = Callable[[Request], Awaitable[Response]]


def answering(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with refusals and mistakes turned into answers."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return json_answer({"error": str(refused)}, refused.status)
        except OverrideError as error:
            return json_answer({"error": str(error)}, 422)
        except JournalError as error:
            return json_answer({"error": str(error)}, 503)

    return answered


def json_answer(document: Any, status: int = 200) -> JSONResponse:
    """The document as JSON that nobody may store."""
    return JSONResponse(_finite(document), status, headers={"cache-control": "no-store"})


async def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body. Raises Refused for a body that is something else or too large."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY_BYTES:
            raise Refused(413, f"more than {MAX_BODY_BYTES} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(document, dict):
        raise Refused(400, "the body is not a JSON object")
    return document


def _finite(document: Any) -> Any:
    """The document with numbers that JSON does not know as null."""
    if isinstance(document, float):
        return document if abs(document) != float("inf") and document == document else None  # noqa: PLR0124
    if isinstance(document, dict):
        return {key: _finite(value) for key, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [_finite(value) for value in document]
    return document
