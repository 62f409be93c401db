"""One answer of a server over HTTP, with a limit of its size, and its failures in words without secrets."""

from __future__ import annotations

import re
from typing import Any

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of


def shown_address(url: str) -> str:
    """The address without user and password, for logs and screens."""
    return re.sub(r"(?<=//).*@", "", url.rstrip("/"), flags=re.DOTALL)


def answer_of(
    client: Any,
    method: str,
    address: str,
    *,
    max_bytes: int,
    too_large: str,
    example: str,
    data: dict[str, str | float] | None = None,
) -> tuple[int, bytes]:
    """The status and the body of one exchange with an httpx client. Raises StudyError.

    `too_large` is the message for a body of more than `max_bytes`. `example` is an address that would do.
    """
    import httpx  # noqa: PLC0415 - only such an import needs it

    shown = shown_address(address).partition("?")[0]  # in this order: a password may have a question mark
    try:
        with client.stream(method, address, data=data) as response:
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > max_bytes:
                    raise StudyError(too_large)
            return response.status_code, body
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        # The text of the error might contain a part of a password.
        raise StudyError(
            Text("{shown} is not an address. Write it like {example}", shown=shown, example=example)
        ) from error
    except httpx.HTTPError as error:
        raise StudyError(Text("{shown} cannot be reached: {why}", shown=shown, why=reason_of(error))) from error


def reason_of(error: BaseException) -> str:
    """The reason why a server cannot be reached. The text of a library is left out, because it may contain a secret."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return Text("no answer in time")
        if isinstance(cause, OSError):
            return message_of(cause)
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
