"""The parts of a request that decide what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from optimizer.serve.access.client import client_of

COOKIE = "optimizer_login"
"""The cookie of a browser that is logged in."""
PAGE_HEADER = "x-optimizer-page"
"""The header that the page adds to its requests. A page of another origin cannot send it: the browser asks first
(CORS), and this service never agrees."""
AGENT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request, as far as its rights depend on it."""

    host: str
    """The Host header."""
    origin: str | None = None
    """The Origin header, which browsers send with every change. None: a program, or a plain read."""
    authorization: str = ""
    """The Authorization header: `Bearer` and the token."""
    client: str = ""
    """The address that limits count for."""
    login: str = ""
    """The secret in the cookie, or empty."""
    from_page: bool = False
    """Whether the request has the header of the page."""
    agent: str = ""
    """The User-Agent header, shortened."""


def caller_of(request: Request) -> Caller:
    """The caller of a request."""
    headers = request.headers
    return Caller(
        host=headers.get("host", ""),
        origin=headers.get("origin"),
        authorization=headers.get("authorization", ""),
        client=client_of(request.scope),
        login=request.cookies.get(COOKIE, ""),
        from_page=PAGE_HEADER in headers,
        agent=headers.get("user-agent", "")[:AGENT_LENGTH],
    )
