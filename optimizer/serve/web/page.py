"""The files of the status page, read once and served with headers that keep foreign pages and scripts out."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from optimizer.serve.access.access import AccessControl, ForeignName

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
FILES = {
    "/": ("index.html", HTML),
    "/login": ("login.html", HTML),
    "/app.js": ("app.js", SCRIPT),
    "/login.js": ("login.js", SCRIPT),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
}
UNDER_ANY_NAME = ("/style.css",)
"""Files that are served whatever the Host header says: the page about a foreign name needs them."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def page_routes(guard: AccessControl) -> list[BaseRoute]:
    """Routes of the page itself; together well under 150 kB."""
    return [_route(path, name, kind, guard) for path, (name, kind) in FILES.items()]


def _route(path: str, name: str, kind: str, guard: AccessControl) -> Route:
    content = _read(name)
    headers = {**HEADERS, "content-type": kind, "etag": f'"{hashlib.sha256(content).hexdigest()[:16]}"'}

    async def serve(request: Request) -> Response:
        if path not in UNDER_ANY_NAME:
            try:
                guard.may_read(request.headers.get("host", ""))
            except ForeignName as foreign:
                return _refused(foreign, kind)
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return Route(path, serve)


def _refused(foreign: ForeignName, kind: str) -> Response:
    """The page that names the line to add to the settings; of the other files only a message."""
    if kind != HTML or not foreign.name:
        return JSONResponse({"error": str(foreign)}, foreign.status)
    # Only letters, digits, and ".-_:" are in a host name that was read from a header.
    page = _read("foreign.html").replace(b"NAME", foreign.name.encode("ascii"))
    return Response(page, foreign.status, {**HEADERS, "content-type": HTML})


def _read(name: str) -> bytes:
    return files("optimizer.serve.web").joinpath("static", name).read_bytes()
