"""A small HTTP/1.0 and 1.1 server for twins: exact bytes, faults and connection limits under control."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from optimizer.model.clock import Clock
from optimizer.model.tasks import end_tasks
from optimizer.twin.faults import Fault

MAX_HEAD = 16_384
MAX_BODY = 262_144
GARBAGE = b"\x15\x03\x01\x00\x02\x02P\x00\xff{not json"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    """Still percent-encoded, without the query."""
    query: str
    """Raw text after `?`, or empty."""
    headers: Mapping[str, str]
    """Names in lower case; the last of equal ones."""
    body: bytes
    peer: str
    """host:port of the client."""

    def segments(self) -> list[str]:
        """The path cut at `/` and then percent-decoded."""
        return [unquote(s) for s in self.path.split("/") if s]


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    """Close the connection afterwards without having said so."""


def json_response(value: object, status: int = 200, content_type: str = "application/json") -> Response:
    """A compact JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, content_type)


Handler = Callable[[Request], Awaitable[Response]]
Mischief = Callable[[], Fault | None]


class Gate:
    """Lets every connection in. Subclasses hold some back, as devices do."""

    async def enter(self) -> None:
        """Return when the connection may be served."""

    def leave(self) -> None:
        """A served connection has ended."""


class HttpServer:
    """Listens on loopback and answers by `handler`, one request of a connection after another."""

    def __init__(
        self,
        handler: Handler,
        clock: Clock,
        *,
        mischief: Mischief | None = None,
        gate: Gate | None = None,
        idle_s: float | None = None,
    ) -> None:
        """`idle_s`: house seconds after which a silent connection is closed; None: never."""
        self._handler = handler
        self._clock = clock
        self._mischief = mischief or (lambda: None)
        self._gate = gate or Gate()
        self._idle_s = idle_s
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0
        """Accepted so far."""
        self.requests = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the base URL without a slash at the end."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_HEAD)
        bound = self._server.sockets[0].getsockname()
        return f"http://{bound[0]}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is not None:
            self._server.close()
        await end_tasks(self._open)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            await self._gate.enter()
            try:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                    while await self._serve(reader, writer):
                        pass
            finally:
                self._gate.leave()
        except asyncio.CancelledError:
            # The server stops; the stream's own callback would log the cancellation as an error.
            return
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; returns whether another one may follow."""
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
        if fault is not None:
            if fault.kind == "drop":
                return False
            if fault.kind == "hang":
                await reader.read()
                return False
            if fault.kind == "delay":
                await self._clock.sleep(fault.seconds)
            elif fault.kind == "error":
                writer.write(_render(Response(500, b"Internal Server Error", "text/plain"), keep=keep))
                await writer.drain()
                return keep
            elif fault.kind == "garbage":
                writer.write(_render(Response(200, GARBAGE), keep=keep))
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
    wish = headers.get("connection", "").lower()
    keep = wish == "keep-alive" if version == "HTTP/1.0" else wish != "close"
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
