"""HTTP listeners inside the running event loop, with limits on size, time, and connections.

uvicorn does the protocol. Signals stay with the program that runs the loop. This module adds the limits that uvicorn
does not have: on requests that never end, on answers that nobody reads, on large headers, and on idle connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import h11
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from optimizer.serve.access.connections import Connections
from optimizer.serve.access.rate import limited
from optimizer.serve.address import authority
from optimizer.words.text import Text, message_of

MAX_HEADER_BYTES = 8192
"""Request line and headers together."""
REQUEST_S = 10.0
"""Longest time from the first to the last byte of a request, and longest idle time before it."""
SEND_S = 20.0
"""Longest time in which a client takes one piece of an answer."""
KEEP_ALIVE_S = 15
STOP_S = 1


class ListenError(Exception):
    """A port cannot be opened. The message says which one, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One port and its application."""

    name: str
    """Its name in messages, and below `serve` in the settings: `feed` or `status`."""
    app: ASGIApp
    host: str = "127.0.0.1"
    port: int = 0
    """0 lets the system choose."""
    needs_host: bool = True
    """False: a request over HTTP/1.1 without a Host header is answered, as small devices send it. Only for an
    application that gives the same answer under every name."""


class Servers:
    """Several listeners that start and stop together."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._servers: list[Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    async def start(self) -> dict[str, tuple[str, int]]:
        """Open all ports or none. Returns the address of each listener by name. Raises ListenError."""
        self._stopping.clear()
        with contextlib.ExitStack() as undo:
            sockets: list[socket.socket] = []
            for listener in self._listeners:
                sock = _bind(listener)
                undo.callback(sock.close)
                sockets.append(sock)
            undo.pop_all()
        addresses = {
            listener.name: sock.getsockname()[:2] for listener, sock in zip(self._listeners, sockets, strict=True)
        }
        for listener, sock in zip(self._listeners, sockets, strict=True):
            server = _QuietServer(_config(listener, self._stopping), self._stopping)
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve(sockets=[sock]), name=f"serve {listener.name}"))
        while not all(server.started for server in self._servers):
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.005)
        return addresses

    async def stop(self) -> None:
        """Close all ports. Streams end, and answers in progress have a second to finish."""
        for server in self._servers:
            server.should_exit = True
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._servers.clear()
        self._tasks.clear()


class _QuietServer(Server):
    """A uvicorn server that leaves the signal handlers alone, and that waits for its end instead of asking for it."""

    def __init__(self, config: Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        # uvicorn looks ten times a second whether it must end. At count 0 it sets the time that its answers carry.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _BoundedProtocol(H11Protocol):
    """Closes connections beyond the limits, and those whose request does not arrive in time."""

    limits: Connections
    """Those of this listener."""
    _deadline: asyncio.TimerHandle | None = None
    _host: str | None = None
    """The client's address, once its connection is admitted."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        host = str(self.client[0]) if self.client else ""
        if not self.limits.admit(host):
            transport.abort()
            return
        self._host = host
        self._arm()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._arm()
        else:
            self._disarm()

    def send_400_response(self, msg: str) -> None:
        # A body that breaks off into nonsense: the application's answer, if it still comes, is not sent any more.
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        if self._host is not None:
            self.limits.leave(self._host)
            self._host = None
        super().connection_lost(exc)

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _HostlessProtocol(_BoundedProtocol):
    """Completes the first request of a connection if it lacks the Host header that HTTP/1.1 demands."""

    _head: bytes | None = b""
    """What has come of the first head; None once that was passed on."""

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            super().data_received(data)
            return
        self._head += data
        if len(self._head) <= MAX_HEADER_BYTES and END_OF_HEAD.search(self._head) is None:
            return
        head, self._head = self._head, None
        super().data_received(with_host(head))


END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
REQUEST_LINE = re.compile(rb"[^\r\n]* HTTP/1\.1\r?\n")
HOST_LINE = re.compile(rb"\nhost:", re.IGNORECASE)


def with_host(data: bytes) -> bytes:
    """The beginning of a request, with an empty Host header if it is HTTP/1.1 and has none. A Host that is there
    stays as it is."""
    line, end = REQUEST_LINE.match(data), END_OF_HEAD.search(data)
    if line is None or end is None or HOST_LINE.search(data, 0, end.end()) is not None:
        return data
    return data[: line.end()] + b"Host: \r\n" + data[line.end() :]


def _config(listener: Listener, stopping: asyncio.Event) -> Config:
    monotonic_s = asyncio.get_running_loop().time
    base = _BoundedProtocol if listener.needs_host else _HostlessProtocol
    protocol = type("ListenerProtocol", (base,), {"limits": Connections(monotonic_s)})
    return Config(
        _bounded(limited(listener.app, monotonic_s), stopping),
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=64,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )


def _bounded(app: ASGIApp, stopping: asyncio.Event) -> ASGIApp:
    """The app with a deadline for each piece of an answer. Its streams end when the listener stops."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        if _head_bytes(scope) > MAX_HEADER_BYTES:
            error = {"error": f"the request line and headers take more than {MAX_HEADER_BYTES} bytes"}
            await JSONResponse(error, 431, {"connection": "close"})(scope, receive, send)
            return
        open_answer = False

        async def send_in_time(message: Message) -> None:
            nonlocal open_answer
            async with asyncio.timeout(SEND_S):
                await send(message)
            open_answer = message["type"] == "http.response.start" or message.get("more_body", False)

        async def receive_until_stop() -> Message:
            got, halt = asyncio.ensure_future(receive()), asyncio.ensure_future(stopping.wait())
            try:
                await asyncio.wait({got, halt}, return_when=asyncio.FIRST_COMPLETED)
                return got.result() if got.done() else {"type": "http.disconnect"}
            finally:
                got.cancel()
                halt.cancel()

        await app(scope, receive_until_stop, send_in_time)
        if open_answer and stopping.is_set():
            await send({"type": "http.response.body", "body": b""})

    return bounded


def _head_bytes(scope: Scope) -> int:
    """Size of a request's head. h11 limits only a head that arrives in pieces."""
    line = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    return line + sum(len(name) + len(value) + 4 for name, value in scope.get("headers") or ())


def _bind(listener: Listener) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, proto)
    except OSError as error:
        raise ListenError(_explain(listener, error)) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise ListenError(_explain(listener, error)) from error
    sock.setblocking(False)
    return sock


_HINTS: dict[Any, str] = {
    errno.EADDRINUSE: Text("another program uses this port; stop it or choose another port"),
    errno.EACCES: Text("ports below 1024 need a privilege; choose a higher one"),
    errno.EADDRNOTAVAIL: Text("this machine has no such address; use 127.0.0.1, 0.0.0.0 or one of its own"),
    socket.EAI_NONAME: Text("the host is not a known name or address"),
}


def _explain(listener: Listener, error: OSError) -> Text:
    return Text(
        "{name}: cannot listen on {where}: {hint} (serve.{name} in the settings)",
        name=listener.name,
        where=authority(listener.host, listener.port),
        hint=_HINTS.get(error.errno) or message_of(error),
    )
