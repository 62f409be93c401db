"""A TCP listener for twins: it accepts connections on loopback and ends them all when it stops."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable

from optimizer.model.clock import Clock
from optimizer.model.tasks import end_tasks
from optimizer.twin.faults import Fault

Mischief = Callable[[], Fault | None]
"""The fault of the next request, if any."""
LONGEST_LINE = 65_536
"""Bytes that a reader buffers by default."""


class Listener(ABC):
    """Listens on loopback and serves the requests of each connection in turn. Subclasses speak a protocol."""

    def __init__(self, clock: Clock, *, mischief: Mischief | None = None, limit: int = LONGEST_LINE) -> None:
        """`limit`: bytes that the reader of a connection buffers."""
        self._clock = clock
        self._mischief = mischief or (lambda: None)
        self._limit = limit
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0
        """Connections accepted so far."""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen. Returns host:port."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=self._limit)
        bound = self._server.sockets[0].getsockname()
        return f"{bound[0]}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._server is not None:
            self._server.close()
        await end_tasks(self._open)

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request. Returns whether another one may follow."""

    async def _strike(self, reader: asyncio.StreamReader, fault: Fault | None) -> bool:
        """Carry out a fault of the connection: a drop, a hang, or a delay. Returns whether the connection goes on."""
        if fault is None:
            return True
        if fault.kind == "hang":
            await reader.read()
        elif fault.kind == "delay":
            await self._clock.sleep(fault.seconds)
        return fault.kind not in ("drop", "hang")

    async def _serve_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            while await self._serve(reader, writer):
                pass

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        try:
            await self._serve_all(reader, writer)
        except asyncio.CancelledError:
            # The server stops. The callback of the stream would log the cancellation as an error.
            return
        finally:
            self._open.discard(task)
            writer.close()
