"""A raw HTTP server over a real socket, and a device with an answer function in place of a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.model.clock import SystemClock

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """A raw TCP server; yields its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def mocked(handler: Callable[[httpx.Request], httpx.Response], **config: object) -> HttpDevice:
    return HttpDevice(
        HttpConfig("http://device:8080", **config),  # type: ignore[arg-type]
        SystemClock(),
        transport=httpx.MockTransport(handler),
    )
