import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.serve import server as server_module
from optimizer.serve.access import connections, rate
from optimizer.serve.access.access import AccessControl
from optimizer.serve.feed.app import feed_app
from optimizer.serve.feed.values import FeedConfig
from optimizer.serve.panel import Panel
from optimizer.serve.server import Listener, ListenError, Servers, with_host
from optimizer.serve.web.app import status_app
from optimizer.twin.nrgkick_feed import NrgkickFeed
from tests.serve.house import SITE, HandClock, report, state
from tests.twin.scene import nrgkick_scene


async def raw(port: int, request: bytes) -> tuple[str, dict[str, str], bytes]:
    """One exchange over a plain socket, read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 5.0)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, body


@pytest.fixture
async def served() -> AsyncIterator[tuple[Panel, int]]:
    panel = Panel(HandClock(), SITE)
    servers = Servers([Listener("feed", feed_app(panel, FeedConfig()), needs_host=False)])
    port = (await servers.start())["feed"][1]
    yield panel, port
    await servers.stop()


GET = b"GET /api/v1/values.json HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_values_over_both_versions_of_http(served: tuple[Panel, int]) -> None:
    panel, port = served
    panel.on_tick(report())
    for request in (GET, b"GET /api/v1/values.json HTTP/1.0\r\n\r\n"):
        status, headers, body = await raw(port, request)
        assert status.endswith("200 OK")
        assert headers["content-type"] == "application/json"
        assert headers["connection"] == "close"
        assert int(headers["content-length"]) == len(body)
        assert "transfer-encoding" not in headers
        assert json.loads(body)["device_values"]["energy_meters"] == {"0": {"grid_power_w": -542}}


HOSTLESS = [
    b"GET /api/v1/values.json HTTP/1.1\r\n\r\n",
    b"GET /api/v1/values.json HTTP/1.1\n\n",
    b"GET /api/v1/values.json HTTP/1.1\r\nAccept: */*\r\nX-Host: a\r\n\r\n",
    b"GET http://10.0.0.2:8081/api/v1/values.json HTTP/1.1\r\n\r\n",
    b"GET /api/v1/values.json HTTP/1.0\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", HOSTLESS)
async def test_the_feed_answers_a_request_without_host_also_in_pieces(
    served: tuple[Panel, int], request_bytes: bytes
) -> None:
    panel, port = served
    panel.on_tick(report())
    status, _, body = await raw(port, request_bytes)
    assert status.endswith("200 OK")
    assert "device_values" in json.loads(body)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for at in range(0, len(request_bytes), 7):
        writer.write(request_bytes[at : at + 7])
        await writer.drain()
    assert (await asyncio.wait_for(reader.read(), 5.0)).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_the_feed_still_refuses_heads_that_are_wrong(served: tuple[Panel, int], head: bytes) -> None:
    assert with_host(head) == head
    status, _, _ = await raw(served[1], head)
    assert "400" in status or "404" in status


async def test_a_head_without_end_is_no_more_than_others(served: tuple[Panel, int]) -> None:
    status, _, _ = await raw(served[1], b"GET /x HTTP/1.1\r\nA: " + b"b" * 20_000)
    assert "400" in status or "431" in status


@given(st.binary(max_size=60), st.sampled_from([b"", b"Host: h\r\n", b"hOST:\r\n"]), st.binary(max_size=20))
def test_only_a_missing_host_is_added(noise: bytes, host: bytes, body: bytes) -> None:
    field = b"A: " + noise.replace(b"\r", b"").replace(b"\n", b"") + b"\r\n"
    data = b"GET / HTTP/1.1\r\n" + host + field + b"\r\n" + body
    completed = with_host(data)
    assert completed == (data if host else data.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nHost: \r\n", 1))


async def test_the_status_page_needs_a_host() -> None:
    panel, guard = Panel(HandClock(), SITE), AccessControl("", (), lambda: 0.0)
    servers = Servers([Listener("status", status_app(panel, guard))])
    port = (await servers.start())["status"][1]
    try:
        status, _, _ = await raw(port, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert "400" in status
        status, _, _ = await raw(port, b"GET / HTTP/1.0\r\n\r\n")
        assert "421" in status
        status, _, _ = await raw(port, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert "421" in status
    finally:
        await servers.stop()


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /api/v1/info.json", "200"),
        ("GET /", "404"),
        ("GET /api/v1/values.json/", "404"),
        ("HEAD /api/v1/values.json", "500"),
        ("POST /api/v1/values.json", "500"),
        ("PUT /api/v1/info.json", "500"),
        ("OPTIONS /elsewhere", "500"),
    ],
)
async def test_answers_by_path_and_method(served: tuple[Panel, int], request_line: str, expected: str) -> None:
    panel, port = served
    panel.on_tick(report())
    status, headers, body = await raw(port, f"{request_line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert status.split()[1] == expected
    assert headers["connection"] == "close"
    assert request_line.startswith("HEAD") or int(headers["content-length"]) == len(body)


async def test_503_without_a_grid_reading(served: tuple[Panel, int]) -> None:
    panel, port = served
    assert (await raw(port, GET))[0].split()[1] == "503"
    panel.on_tick(report(state(grid_w=None)))
    status, _, body = await raw(port, GET)
    assert status.split()[1] == "503"
    assert "no answer" in json.loads(body)["error"]
    panel.on_tick(report())
    assert (await raw(port, GET))[0].split()[1] == "200"


async def test_a_request_that_never_ends_is_dropped(served: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "REQUEST_S", 0.03)
    _, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v1/values.json HTTP/1.1\r\nHo")
    assert await asyncio.wait_for(reader.read(), 5.0) == b""
    writer.close()


async def test_headers_without_end_are_refused(served: tuple[Panel, int]) -> None:
    status, _, _ = await raw(served[1], b"GET / HTTP/1.1\r\nHost: " + b"x" * 20000)
    assert status.split()[1] == "400"


async def open_and_idle(port: int, source: str) -> tuple[bool, asyncio.StreamWriter]:
    """Whether a connection from this address stays open, and its writer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        async with asyncio.timeout(0.05):
            await reader.read(1)
    except TimeoutError:
        return True, writer
    except ConnectionError:
        pass
    return False, writer


async def test_one_client_cannot_take_the_places_of_the_others(
    served: tuple[Panel, int], caplog: pytest.LogCaptureFixture
) -> None:
    panel, port = served
    panel.on_tick(report())
    stranger = [await open_and_idle(port, "127.0.3.1") for _ in range(connections.PER_CLIENT + 4)]
    assert [kept for kept, _ in stranger] == [True] * connections.PER_CLIENT + [False] * 4
    assert (await raw(port, GET))[0].endswith("200 OK")
    for _, writer in stranger:
        writer.close()
    said = [record.getMessage() for record in caplog.records]
    assert said == ["HTTP connections are refused: 127.0.3.1 has 12 connections open"]


async def test_connections_beyond_the_limit_are_closed(
    served: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 1)
    monkeypatch.setattr(connections, "KEPT_FOR_THIS_MACHINE", 1)
    idle = [await open_and_idle(served[1], "127.0.0.1") for _ in range(3)]
    assert [kept for kept, _ in idle] == [True, True, False]
    for _, writer in idle:
        writer.close()


async def test_a_place_is_free_again_when_its_connection_ends(
    served: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PER_CLIENT", 1)
    panel, port = served
    panel.on_tick(report())
    for _ in range(5):
        assert (await raw(port, GET))[0].endswith("200 OK")


async def test_a_large_head_in_one_packet_is_refused(served: tuple[Panel, int]) -> None:
    panel, port = served
    panel.on_tick(report())
    padding = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(100))
    status, headers, _ = await raw(port, GET[:-2] + padding + b"\r\n")
    assert status.split()[1] == "431"
    assert headers["connection"] == "close"


async def test_a_client_that_asks_without_end_waits_and_decisions_do_not(
    served: tuple[Panel, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "BURST", 3.0)
    monkeypatch.setattr(rate, "SUSTAINED", 0.01)
    panel, port = served
    panel.on_tick(report())
    answers = [await raw(port, GET) for _ in range(5)]
    assert [status.split()[1] for status, *_ in answers] == ["200", "200", "200", "429", "429"]
    assert 90 <= int(answers[-1][1]["retry-after"]) <= 100
    assert json.loads(answers[-1][2])["error"].startswith("more than")


async def test_signal_handlers_are_left_alone() -> None:
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    servers = Servers([Listener("feed", feed_app(Panel(HandClock(), SITE), FeedConfig()))])
    await servers.start()
    during = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    await servers.stop()
    assert during == before


async def test_a_port_in_use_is_explained_and_nothing_stays_open() -> None:
    app: Any = feed_app(Panel(HandClock(), SITE), FeedConfig())
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
        probe.close()
        servers = Servers([Listener("status", app, port=free), Listener("feed", app, port=port)])
        with pytest.raises(
            ListenError, match=rf"feed: cannot listen on 127.0.0.1:{port}: another .* \(serve.feed in the"
        ):
            await servers.start()
    with socket.socket() as again:
        again.bind(("127.0.0.1", free))


async def test_an_unknown_host_is_explained() -> None:
    app: Any = feed_app(Panel(HandClock(), SITE), FeedConfig())
    with pytest.raises(ListenError, match=r"status: cannot listen on no\.such\.host\.invalid:0"):
        await Servers([Listener("status", app, host="no.such.host.invalid")]).start()


async def test_an_open_stream_ends_with_the_service_and_without_noise(caplog: pytest.LogCaptureFixture) -> None:
    panel = Panel(HandClock(), SITE)
    servers = Servers([Listener("status", status_app(panel, AccessControl("", [], panel.clock.monotonic_s)))])
    port = (await servers.start())["status"][1]
    panel.on_tick(report())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in await reader.readline()
    await servers.stop()
    assert (await asyncio.wait_for(reader.read(), 5.0)).endswith(b"0\r\n\r\n")
    writer.close()
    assert panel.streams.total() == 0
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


HOSTILE = [
    b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/values.json HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /api/v1/values.json HTTP/1.1\r\n\r\n",
    b"GET /api/v1/values.json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://elsewhere/api/v1/values.json HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/values.json HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    b"POST /api/v1/values.json HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", HOSTILE)
async def test_whatever_a_client_sends_the_next_one_is_served(
    served: tuple[Panel, int], request_bytes: bytes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "REQUEST_S", 0.05)
    panel, port = served
    panel.on_tick(report())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes)
    try:
        answer = await asyncio.wait_for(reader.read(), 5.0)
    except ConnectionResetError:
        answer = b""  # on a busy machine the server closes before it has read everything
    writer.close()
    assert answer == b"" or answer.split()[1] in (b"200", b"400", b"404", b"500")
    assert (await raw(port, GET))[0].split()[1] == "200"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(("version", "host"), [("1.0", True), ("1.0", False), ("1.1", True), ("1.1", False)])
async def test_a_charger_reads_the_feed_in_each_way(served: tuple[Panel, int], version: str, host: bool) -> None:
    panel, port = served
    panel.on_tick(report())
    async with nrgkick_scene() as scene:
        url = f"http://127.0.0.1:{port}"
        charger = NrgkickFeed(scene.house.live, scene.nrgkick, url, version=version, host=host)
        await charger.poll()
        assert charger.problem == ""
