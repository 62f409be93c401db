"""A small HTTP/1.0 and 1.1 server for twins, with control over exact bytes, faults, and connection limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from optimizer.model.clock import Clock
from optimizer.twin.listener import Listener, Mischief

MAX_HEAD = 16_384
MAX_BODY = 262_144
GARBAGE = b"\x15\x03\x01\x00\x02\x02P\x00\xff{not json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: str
    """Raw text after `?`, or empty."""
    headers: Mapping[str, str]
    """Names in lower case. The last of equal names counts."""
    body: bytes
    peer: str
    """host:port of the client."""

    def segments(self) -> list[str]:
        """The path, split at `/` and then percent-decoded."""
        return [unquote(s) for s in self.path.split("/") if s]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    """Close the connection afterwards without announcing it."""


def json_response(value: object, status: int = 200, content_type: str = "application/json") -> Response:
    """A compact JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, content_type)


WRONG = {
    "error": Response(500, b"Internal Server Error", "text/plain"),
    "garbage": Response(200, GARBAGE),
}
"""Answers by kind of fault."""

Handler = Callable[[Request], Awaitable[Response]]


class Gate:
    """Admits every connection. Subclasses make connections wait, as devices do."""

    async def enter(self) -> None:
        """Return when the connection may be served."""

    def leave(self) -> None:
        """A served connection has ended."""


class HttpServer(Listener):
    """Answers HTTP requests by `handler`."""

    def __init__(
        self,
        handler: Handler,
        clock: Clock,
        *,
        mischief: Mischief | None = None,
        gate: Gate | None = None,
        idle_s: float | None = None,
    ) -> None:
        """`idle_s`: house seconds after which a silent connection is closed. None: never."""
        super().__init__(clock, mischief=mischief, limit=MAX_HEAD)
        self._gate = gate or Gate()
        self._handler = handler
        self._idle_s = idle_s
        self.requests = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen. Returns the base URL without a slash at the end."""
        return f"http://{await super().start(host, port)}"

    async def _serve_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._gate.enter()
        try:
            await super()._serve_all(reader, writer)
        finally:
            self._gate.leave()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            if self._idle_s is None:
                head = await reader.readuntil(b"\r\n\r\n")
            else:
                async with self._clock.timeout(self._idle_s):
                    head = await reader.readuntil(b"\r\n\r\n")
            request, keep = await _parse(head, reader, writer)
        except (asyncio.LimitOverrunError, ValueError):
            writer.write(_render(Response(400), keep=False))
            await writer.drain()
            return False
        self.requests += 1
        fault = self._mischief()
        if not await self._strike(reader, fault):
            return False
        if fault is not None and fault.kind in WRONG:
            writer.write(_render(WRONG[fault.kind], keep=keep))
            await writer.drain()
            return keep
        response = await self._handler(request)
        writer.write(_render(response, keep=keep, head_only=request.method == "HEAD"))
        await writer.drain()
        return keep and not response.hang_up


async def _parse(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[Request, bool]:
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= MAX_BODY or "transfer-encoding" in headers:
        raise ValueError("body too long or chunked")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    body = await reader.readexactly(length) if length else b""
    asked = headers.get("connection", "").lower()
    keep = asked == "keep-alive" if version == "HTTP/1.0" else asked != "close"
    path, _, query = target.partition("?")
    host, port = writer.get_extra_info("peername")[:2]
    return Request(method=method, path=path, query=query, headers=headers, body=body, peer=f"{host}:{port}"), keep


def _render(response: Response, *, keep: bool, head_only: bool = False) -> bytes:
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    fields = [f"HTTP/1.1 {response.status} {phrase}"]
    if response.content_type:
        fields.append(f"Content-Type: {response.content_type}")
    fields.append(f"Content-Length: {len(response.body)}")
    fields.extend(f"{name}: {value}" for name, value in response.headers.items())
    fields.append("Connection: keep-alive" if keep else "Connection: close")
    head = ("\r\n".join(fields) + "\r\n\r\n").encode("latin-1")
    return head if head_only else head + response.body
