"""The soak's small HTTP client is like the library of the service: same answers, same errors, same connections."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest

from bench.soak_wire import small_client
from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock

ANSWERS = {
    "json": b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}',
    "refusal": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops",
    "no length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1, 2]",
    "no words": b"HTTP/1.1 204\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\nhalf",
    "garbage": b"\x00\xff garbage \r\n\r\n",
    "no colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
}


async def said(answer: bytes, *, small: bool, requests: int = 2) -> tuple[list[object], int]:
    """The apparent answer of the device to each request, and the number of connections."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)
            await writer.drain()
            if (
                not answer.startswith(b"HTTP/1.1 20")
                or b"close\r\n" in answer
                or answer.endswith((b"half", b"Content-"))
            ):
                break
        writer.close()

    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quiet, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    outcome: list[object] = []
    with small_client() if small else nullcontext():
        device = HttpDevice(HttpConfig(url, 2.0), SystemClock())
        for _ in range(requests):
            try:
                got = await device.request("GET", "/values")
                outcome.append((got.status, got.text))
            except DeviceError as error:
                outcome.append(error.fault)
        await device.close()
    server.close()
    return outcome, connections


@pytest.mark.parametrize("name", ANSWERS)
async def test_answers_and_errors_are_those_of_the_library(name: str) -> None:
    assert await said(ANSWERS[name], small=True) == await said(ANSWERS[name], small=False)


@pytest.mark.parametrize("small", [True, False])
async def test_where_nobody_listens_the_device_is_unreachable(small: bool) -> None:
    with small_client() if small else nullcontext():
        device = HttpDevice(HttpConfig("http://127.0.0.1:9", 2.0), SystemClock())
        with pytest.raises(DeviceError) as caught:
            await device.request("GET", "/")
        await device.close()
    assert caught.value.fault == "unreachable"
