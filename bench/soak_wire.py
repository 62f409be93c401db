"""A small HTTP/1.1 client in the place of the service's library: half of the soak's time is spent in that library.

It fails in the same words and with the same exceptions (`httpx`), over the same sockets. It knows what the simulated
devices send: a head, and a body of a given length or until the end of the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx

from optimizer.devices.http import HttpDevice

MAX_HEAD = 16_384


@contextmanager
def small_client() -> Iterator[None]:
    """Devices that connect inside use the small client."""
    with patch.object(HttpDevice, "_new_wire", lambda _: SmallClient()):
        yield


class SmallClient(httpx.AsyncBaseTransport):
    """One connection, which is kept."""

    def __init__(self) -> None:
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Whatever goes wrong ends the connection."""
        completed = False
        try:
            reader, writer = await self._connected(request.url)
            writer.write(_head(request) + request.content)
            response, kept = await _response(reader, request)
            completed = kept
        except OSError as error:
            raise httpx.ReadError(str(error)) from None
        finally:
            if not completed:
                self._close()
        return response

    async def aclose(self) -> None:
        """Close the connection."""
        self._close()

    async def _connected(self, url: httpx.URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._writer is not None:
            await asyncio.sleep(0)  # the end of a connection that the device has closed is read now
        if self._reader is None or self._writer is None or self._reader.at_eof() or self._writer.is_closing():
            self._close()
            try:
                self._reader, self._writer = await asyncio.open_connection(url.host, url.port or 80, limit=MAX_HEAD)
            except OSError as error:
                raise httpx.ConnectError(str(error)) from None
        return self._reader, self._writer

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def _head(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])


async def _response(reader: asyncio.StreamReader, request: httpx.Request) -> tuple[httpx.Response, bool]:
    """The answer, and whether the connection is kept."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise httpx.RemoteProtocolError("peer closed the connection within the head") from None
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.") from None
    except asyncio.LimitOverrunError:
        raise httpx.RemoteProtocolError("the head is too large") from None
    first, *rest = head[:-4].split(b"\r\n")
    version, _, words = first.partition(b" ")
    status = words.split(b" ")[0]
    headers = [(name.lower(), value.strip()) for name, colon, value in (line.partition(b":") for line in rest) if colon]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(headers) != len(rest):
        raise httpx.RemoteProtocolError("illegal status or header line")
    values = dict(headers)
    length = values.get(b"content-length")
    try:
        content = await reader.read() if length is None else await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body") from None
    kept = length is not None and values.get(b"connection", b"").lower() != b"close"
    return httpx.Response(int(status), headers=headers, content=content, request=request), kept
