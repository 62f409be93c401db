"""The files of the status page, read once and served with headers that keep foreign pages and scripts out."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from optimizer.serve.access.access import AccessControl, ForeignName
from optimizer.words.language import ENGLISH, language_of, tags

HTML = "text/html; charset=utf-8"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": HTML,
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
"""Kinds of files by the end of their name."""
PAGES = {"/": "index.html", "/login": "login.html"}
"""Addresses that are not the names of their files."""
FOLDERS = ("", "vendor/")
"""Folders of files. What others have made is apart, as they have released it."""
HIDDEN = ("index.html", "login.html", "foreign.html")
"""Files without an address of their own."""
UNDER_ANY_NAME = ("/style.css",)
"""Files that are served whatever the Host header says: the page about a foreign name needs them."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def page_routes(guard: AccessControl) -> list[BaseRoute]:
    """Routes of the page itself; together well under 150 kB as a browser loads them."""
    names = sorted(f"{folder}{file.name}" for folder in FOLDERS for file in _static().joinpath(folder).iterdir())
    named = {f"/{name}": name for name in names if name not in HIDDEN and Path(name).suffix in KINDS}
    contents = {path: (_read(name), KINDS[Path(name).suffix]) for path, name in {**PAGES, **named}.items()}
    return [_route(path, content, kind, guard) for path, (content, kind) in {**contents, **_catalogues()}.items()]


def _catalogues() -> dict[str, tuple[bytes, str]]:
    """The words of the page in each language, by address."""
    found = [language for language in map(language_of, tags()) if language is not None and language is not ENGLISH]
    return {
        f"/words.{language.tag}.json": (json.dumps(language.page, ensure_ascii=False).encode(), KINDS[".json"])
        for language in found
    }


def _route(path: str, content: bytes, kind: str, guard: AccessControl) -> Route:
    if kind == HTML:
        content = content.replace(b"LANGUAGES", " ".join(tags()).encode())
    # The tag is a weak one: it stands for the content, compressed or not.
    headers = {**HEADERS, "content-type": kind, "etag": f'W/"{hashlib.sha256(content).hexdigest()[:16]}"'}

    async def serve(request: Request) -> Response:
        if path not in UNDER_ANY_NAME:
            try:
                guard.may_read(request.headers.get("host", ""))
            except ForeignName as foreign:
                return _refused(foreign, kind)
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    # The files are the same for everyone and hold no secret, so that compressing them gives nothing away.
    return Route(path, serve, middleware=[Middleware(GZipMiddleware)])


def _refused(foreign: ForeignName, kind: str) -> Response:
    """The page that names the line to add to the settings; of the other files only a message."""
    if kind != HTML or not foreign.name:
        return JSONResponse({"error": str(foreign)}, foreign.status)
    # Only letters, digits, and ".-_:" are in a host name that was read from a header.
    page = _read("foreign.html").replace(b"NAME", foreign.name.encode("ascii"))
    return Response(page, foreign.status, {**HEADERS, "content-type": HTML})


def _static() -> Traversable:
    return files("optimizer.serve.web").joinpath("static")


def _read(name: str) -> bytes:
    return _static().joinpath(name).read_bytes()
