"""Every way an exchange over HTTP can fail, over real sockets where the socket is the point."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock
from tests.devices.http_server import head_of, listening, mocked


async def test_a_refusal_keeps_its_body_even_when_that_is_none() -> None:
    device = mocked(lambda request: httpx.Response(404))
    answer = await device.get_json("/nothing")
    assert (answer.status, answer.body) == (404, None)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{'result':'x'}", b'{"a": NaN}', b"[" * 100_000, b'{"a":'])
async def test_a_body_that_is_not_json_is_garbled(body: bytes) -> None:
    device = mocked(lambda request: httpx.Response(200, content=body))
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values")
    assert raised.value.fault == "garbled"
    assert (await device.request("GET", "/values")).text == body.decode()


async def test_a_compressed_answer_is_not_unpacked() -> None:
    device = mocked(lambda request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Endless()))
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values")
    assert raised.value.fault == "garbled"


class Endless(httpx.AsyncByteStream):
    """A body without an end."""

    sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 1
            yield b" " * 1000


async def test_an_endless_body_is_cut_at_the_cap() -> None:
    body = Endless()
    device = mocked(lambda request: httpx.Response(200, stream=body), max_bytes=10_000)
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values")
    assert raised.value.fault == "garbled"
    assert body.sent == 11


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX", b"HTTP/1.1 200 OK\r\n\r\n{", b""])
async def test_a_device_that_drips_is_cut_by_the_deadline(part: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(part)
        while not reader.at_eof() and part:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.005)
        await reader.read()

    async with listening(drip) as url:
        device = HttpDevice(HttpConfig(url, timeout_s=0.05), SystemClock())
        with pytest.raises(DeviceError) as raised:
            await device.get_json("/values")
        assert raised.value.fault == "timeout"
        await device.close()


async def test_what_is_not_http_is_garbled() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()

    async with listening(nonsense) as url:
        device = HttpDevice(HttpConfig(url), SystemClock())
        with pytest.raises(DeviceError) as raised:
            await device.get_json("/values")
        assert raised.value.fault == "garbled"
        await device.close()


async def test_nobody_listening_is_unreachable() -> None:
    device = HttpDevice(HttpConfig("http://127.0.0.1:1"), SystemClock())
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values")
    assert raised.value.fault == "unreachable"
    assert str(raised.value) == "GET /values at 127.0.0.1:1: nothing listens there: the connection is refused"
    await device.close()
    with pytest.raises(DeviceError, match="closed"):
        await device.get_json("/values")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (socket.EAI_NONAME, "no device of this name is known in the network"),
        (socket.EAI_AGAIN, r"no name server \(DNS\) answers"),
    ],
)
async def test_a_host_that_does_not_exist_is_named_as_such(code: int, why: str) -> None:
    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"[Errno {code}]") from socket.gaierror(code, "the name is not resolved")

    device = HttpDevice(HttpConfig("http://house.invalid"), SystemClock(), transport=httpx.MockTransport(unknown))
    with pytest.raises(DeviceError, match=why) as raised:
        await device.get_json("/values")
    assert raised.value.fault == "unreachable"
    await device.close()


@pytest.mark.parametrize(("method", "repeat", "hits"), [("GET", True, 2), ("GET", False, 1), ("POST", True, 1)])
async def test_a_get_is_repeated_once_after_a_closed_socket(method: str, repeat: bool, hits: int) -> None:
    heads: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))

    async with listening(hang_up) as url:
        device = HttpDevice(HttpConfig(url, repeat_closed_get=repeat), SystemClock())
        with pytest.raises(DeviceError) as raised:
            await device.request(method, "/x")
        assert raised.value.fault == "unreachable"
        assert len(heads) == hits
        await device.close()


@pytest.mark.parametrize("one_at_a_time", [True, False])
async def test_an_exchange_that_is_cut_at_any_point_leaves_the_next_one_unharmed(one_at_a_time: bool) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await head_of(reader)
            for part in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"{", b"}"):
                writer.write(part)
                await asyncio.sleep(0)

    async with listening(slow) as url:
        for steps in range(40):
            device = HttpDevice(HttpConfig(url, timeout_s=1.0, one_at_a_time=one_at_a_time), SystemClock())
            cut = asyncio.ensure_future(device.get_json("/x"))
            for _ in range(steps):
                await asyncio.sleep(0)
            cut.cancel()
            await asyncio.wait((cut,))
            assert (await device.get_json("/x")).body == {}
            await device.close()


async def test_a_header_that_cannot_be_sent_is_not_repeated() -> None:
    async with listening(lambda reader, writer: writer.wait_closed()) as url:
        device = HttpDevice(HttpConfig(url, headers={"Auth-Token": "hunter2 "}), SystemClock())
        with pytest.raises(DeviceError, match="HTTP cannot carry the request") as caught:
            await device.get_json("/")
        await device.close()
    assert caught.value.fault == "unreachable"
    assert "hunter2" not in str(caught.value)
