"""The files of the status page, read once and served with headers that keep foreign pages and scripts out."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from optimizer.serve.access.access import AccessControl, Refused

FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
}
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
    """Routes of the page itself; together well under 100 kB."""
    return [_route(path, name, kind, guard) for path, (name, kind) in FILES.items()]


def _route(path: str, name: str, kind: str, guard: AccessControl) -> Route:
    content = files("optimizer.serve.web").joinpath("static", name).read_bytes()
    headers = {**HEADERS, "content-type": kind, "etag": f'"{hashlib.sha256(content).hexdigest()[:16]}"'}

    async def serve(request: Request) -> Response:
        try:
            guard.may_read(request.headers.get("host", ""))
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return Route(path, serve)
