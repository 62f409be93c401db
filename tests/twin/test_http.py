"""The server under the twins: both versions of HTTP, faults, and hostile bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from optimizer.twin.faults import Fault, Faults
from optimizer.twin.http import HttpServer, Request, Response, json_response
from tests.twin.hand_clock import HandClock


class Box:
    """A server that answers with what it was asked."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.faults = Faults(seed=3)
        self.seen: list[Request] = []
        self.server = HttpServer(
            self._answer, self.clock, mischief=lambda: self.faults.pick("box", self.clock.monotonic_s()), idle_s=0.05
        )
        self.port = 0

    async def _answer(self, request: Request) -> Response:
        self.seen.append(request)
        return json_response({"path": request.path, "body": request.body.decode()})

    async def talk(self, sent: bytes) -> bytes:
        """All that comes back until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        async with asyncio.timeout(2):
            received = await reader.read()
        writer.close()
        return received


@asynccontextmanager
async def box() -> AsyncIterator[Box]:
    b = Box()
    b.port = int((await b.server.start()).rpartition(":")[2])
    try:
        yield b
    finally:
        await b.server.stop()


async def test_exact_bytes_of_an_answer() -> None:
    async with box() as b:
        assert await b.talk(b"GET /a%20b?x=1 HTTP/1.0\r\n\r\n") == (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n"
            b'Connection: close\r\n\r\n{"path":"/a%20b","body":""}'.replace(b"28", b"27")
        )
        assert (b.seen[0].query, b.seen[0].segments()) == ("x=1", ["a b"])


async def test_a_connection_of_1_1_serves_again_until_it_is_idle() -> None:
    async with box() as b:
        one = b"POST /p HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhi"
        answers = await b.talk(one + one)
        assert answers.count(b"200 OK") == 2
        assert answers.count(b'"body":"hi"') == 2
        assert b"Connection: keep-alive" in answers
        assert b.server.connections == 1


async def test_close_is_honoured_and_head_has_no_body() -> None:
    async with box() as b:
        answer = await b.talk(b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b"Connection: close\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: lots\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    ],
)
async def test_hostile_bytes_get_400(sent: bytes) -> None:
    async with box() as b:
        assert (await b.talk(sent)).startswith(b"HTTP/1.1 400")
        assert b.seen == []


async def test_each_fault_does_what_it_says() -> None:
    get = b"GET / HTTP/1.0\r\n\r\n"
    async with box() as b:
        b.faults.set("box", Fault("drop"))
        assert await b.talk(get) == b""
        b.faults.set("box", Fault("error"))
        assert b"500 Internal Server Error" in await b.talk(get)
        b.faults.set("box", Fault("garbage"))
        garbled = await b.talk(get)
        assert b"200 OK" in garbled
        assert garbled.endswith(b"{not json")
        b.faults.set("box", Fault("delay", seconds=7.0))
        before = b.clock.monotonic_s()
        assert b'"path":"/"' in await b.talk(get)
        assert b.clock.monotonic_s() == before + 7.0
        b.faults.set("box", Fault("hang"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await b.talk(get)
        b.faults.set("box")
        assert b'"path":"/"' in await b.talk(get)
        assert b.faults.hits == {("box", k): 1 for k in ("drop", "error", "garbage", "delay", "hang")}


def test_faults_are_seeded_and_end_in_time() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.everywhere(["a", "b"], [Fault("drop", 0.3)])
        return [faults.pick("a", 0.0) is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90
    faults = Faults()
    faults.set("a", Fault("drop", until_s=10.0))
    assert faults.pick("a", 9.9)
    assert faults.pick("a", 10.0) is None
    assert faults.pick("b", 0.0) is None
    faults.set("a", Fault("drop"))
    faults.clear("a")
    assert faults.pick("a", 0.0) is None
    faults.set("a", Fault("drop"))
    faults.clear()
    assert faults.pick("a", 0.0) is None
