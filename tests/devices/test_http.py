"""Every way an exchange can fail, over real sockets where the socket is the point."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.request import parse_http_list, parse_keqv_list

import httpx
import pytest

from optimizer.devices.http import HttpConfig, HttpDevice, refusal
from optimizer.devices.port import DeviceError
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


@pytest.mark.parametrize(
    ("config", "advice"),
    [
        ({}, "the settings have none"),
        ({"user": "me", "password": "wrong"}, "correct `user` and `password` in the settings"),
        ({"headers": {"Auth-Token": "wrong"}}, "correct the token in the settings"),
    ],
)
async def test_refused_credentials_say_what_to_correct_and_never_what_was_sent(
    config: dict[str, object], advice: str
) -> None:
    device = mocked(lambda _: httpx.Response(401), **config)
    with pytest.raises(DeviceError, match="status 401, credentials are missing or wrong") as error:
        await device.get_json("/info")
    assert str(error.value).endswith(f"; {advice}")
    assert "/info at device:8080: status" in str(error.value)


async def test_a_get_brings_status_body_and_time() -> None:
    device = mocked(lambda request: httpx.Response(200, json={"a": 1}))
    answer = await device.get_json("/values?raw")
    assert (answer.status, answer.body, answer.ok) == (200, {"a": 1}, True)
    assert 0 < answer.at_s <= SystemClock().monotonic_s()
    await device.close()


async def test_a_write_sends_exactly_this() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    device = mocked(handler, user="x", password="owner", headers={"Auth-Token": "t"})
    assert (await device.post_json("/rest/channel/ess0/%5Ba%7Cb%5D", {"value": None})).body == {}
    (request,) = seen
    assert request.method == "POST"
    assert request.url.raw_path == b"/rest/channel/ess0/%5Ba%7Cb%5D"
    assert request.content == b'{"value": null}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"x:owner").decode()
    assert request.headers["auth-token"] == "t"
    await device.close()


async def test_a_read_sends_exactly_this() -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}")
        heads.append(await head_of(reader))

    async with listening(talk) as url:
        device = HttpDevice(HttpConfig(url, user="x"), SystemClock())
        await device.get_json("/status?raw")
        with pytest.raises(DeviceError):
            await device.get_json("/status?raw")
        await device.close()
    lines = [
        b"GET /status?raw HTTP/1.1",
        b"Host: " + url.removeprefix("http://").encode(),
        b"Accept: application/json",
        b"Accept-Encoding: identity",
        b"Connection: keep-alive",
        b"User-Agent: optimizer",
        b"Authorization: Basic eDo=",
    ]
    assert heads == [b"\r\n".join(lines) + b"\r\n\r\n"] * 2  # no cookie is given back


async def test_headers_of_the_settings_replace_ours() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    device = mocked(handler, headers={"accept": "text/csv", "user-agent": "mine"})
    await device.get_json("/")
    assert seen[0].headers.get_list("accept") == ["text/csv"]
    assert seen[0].headers.get_list("user-agent") == ["mine"]
    await device.close()


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    device = mocked(lambda request: httpx.Response(302, headers={"location": "http://elsewhere/"}, text="[]"))
    assert (await device.get_json("/")).status == 302
    await device.close()


async def test_a_request_looks_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that imports something optional while it sends searches the disk for it each time, if it is missing."""
    missed: list[str] = []

    class Watching:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            missed.append(name)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await head_of(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with listening(talk) as url:
        device = HttpDevice(HttpConfig(url), SystemClock())
        await device.get_json("/")  # the first one may still load what is there
        monkeypatch.setattr(sys, "meta_path", [Watching, *sys.meta_path])
        await device.get_json("/")
        await device.close()
    assert missed == []


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


@pytest.mark.parametrize("status", [401, 403])
async def test_wrong_credentials_say_so_without_showing_them(status: int) -> None:
    device = mocked(lambda request: httpx.Response(status), user="me", password="hunter2")
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values?token=hunter2")
    assert raised.value.fault == "unauthorized"
    assert "hunter2" not in str(raised.value)
    assert "device:8080" in str(raised.value)


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


async def test_a_pattern_of_channels_is_not_in_the_message() -> None:
    device = HttpDevice(HttpConfig("http://127.0.0.1:1"), SystemClock())
    with pytest.raises(DeviceError, match=r"^GET /rest/channel/… at 127\.0\.0\.1:1: nothing"):
        await device.get_json("/rest/channel/(_sum%7Cess0)/(State%7CGridMode%7CGridActivePower%7CProductionPower)")
    await device.close()


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


async def test_requests_share_one_connection_one_after_another() -> None:
    connections: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        while True:
            await head_of(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()

    async with listening(answer) as url:
        device = HttpDevice(HttpConfig(url), SystemClock())
        await asyncio.gather(*(device.get_json("/x") for _ in range(5)))
        assert len(connections) == 1
        await device.close()


@pytest.mark.parametrize(
    "url", ["device", "ftp://device", "http://x:owner@device", "http://", "http://d/?token=1", "http://d:port"]
)
def test_a_url_that_cannot_be_used_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        HttpDevice(HttpConfig(url), SystemClock())


def test_a_missing_certificate_file_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="ca_file"):
        HttpDevice(HttpConfig("https://d", ca_file="/nowhere/ca.pem"), SystemClock())


async def test_a_new_connection_makes_no_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are slow to make, and a device with a poor network gets many new connections."""
    made: list[int] = []
    real = ssl.SSLContext

    def counting(protocol: int) -> ssl.SSLContext:
        made.append(protocol)
        return real(protocol)

    monkeypatch.setattr(ssl, "SSLContext", counting)
    device = HttpDevice(HttpConfig("http://127.0.0.1:9"), SystemClock())
    assert len(made) == 1
    for _ in range(2):
        with pytest.raises(DeviceError):
            await device.get_json("/")
    await device.close()
    assert len(made) == 1


def test_no_secret_in_the_repr() -> None:
    config = HttpConfig("http://d", password="hunter2", headers={"Auth-Token": "hunter2"})
    assert "hunter2" not in repr(config)


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


@pytest.mark.parametrize("url", ["http://me:hunter2/@h", "http://[hunter2@h", "http://me:hunter2@h", "hunter2@h"])
def test_a_url_that_is_refused_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        HttpDevice(HttpConfig(url), SystemClock())
    assert "hunter2" not in str(caught.value)


def digest_device(
    seen: list[str], algorithm: str = "SHA-256", around: Callable[[str], list[tuple[str, str]]] | None = None
) -> Callable[[httpx.Request], httpx.Response]:
    """A device that takes Digest only, as RFC 7616 says; `seen` gets the kind of each request.

    `around` puts its challenge into headers.
    """
    hashed = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}[algorithm]

    def h(text: str) -> str:
        return hashed(text.encode()).hexdigest()

    def handle(request: httpx.Request) -> httpx.Response:
        kind, _, rest = request.headers.get("authorization", "none").partition(" ")
        seen.append(kind)
        given = parse_keqv_list(parse_http_list(rest)) if kind == "Digest" else {}
        secret = h("admin:meter:right")
        asked = h(f"{request.method}:{request.url.raw_path.decode()}")
        tail = ":".join(given.get(key, "") for key in ("nonce", "nc", "cnonce", "qop"))
        if given and given["response"] == h(f"{secret}:{tail}:{asked}"):
            return httpx.Response(200, json={"body": request.content.decode()})
        challenge = f'Digest qop="auth", realm="meter", nonce="60dc2f", algorithm={algorithm}'
        headers = [("WWW-Authenticate", challenge)] if around is None else around(challenge)
        return httpx.Response(401, headers=headers)

    return handle


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
async def test_digest_is_answered_and_the_challenge_is_kept(algorithm: str) -> None:
    seen: list[str] = []
    device = mocked(digest_device(seen, algorithm), user="admin", password="right")
    assert (await device.get_json("/rpc/EM.GetStatus?id=0")).ok
    answer = await device.post_json("/set", {"a": 1})
    assert answer.body == {"body": '{"a": 1}'}
    assert seen == ["Basic", "Digest", "Digest"]


NAME = "WWW-Authenticate"
BASIC = 'Basic realm="a, digest b"'


@pytest.mark.parametrize(
    "around",
    [
        lambda digest: [(NAME, BASIC), (NAME, digest)],
        lambda digest: [(NAME, digest), (NAME, BASIC)],
        lambda digest: [(NAME, f"{BASIC}, {digest}")],
        lambda digest: [(NAME, f"Negotiate,{digest.replace('Digest', 'DIGEST')}")],
        lambda digest: [(NAME, f"{digest}, {BASIC}")],
    ],
)
async def test_digest_is_found_among_other_challenges(around: Callable[[str], list[tuple[str, str]]]) -> None:
    seen: list[str] = []
    device = mocked(digest_device(seen, around=around), user="admin", password="right")
    for _ in range(2):
        assert (await device.get_json("/")).ok
    assert seen == ["Basic", "Digest", "Digest"]


async def test_wrong_digest_credentials_are_unauthorized() -> None:
    seen: list[str] = []
    device = mocked(digest_device(seen), user="admin", password="wrong")
    for _ in range(2):
        with pytest.raises(DeviceError, match="credentials are missing or wrong") as error:
            await device.get_json("/")
        assert error.value.fault == "unauthorized"
    assert seen[:2] == ["Basic", "Digest"]
    assert len(seen) <= 4, "never more than two requests an exchange"


async def test_without_credentials_a_challenge_is_not_answered() -> None:
    seen: list[str] = []
    with pytest.raises(DeviceError, match="credentials are missing"):
        await mocked(digest_device(seen)).get_json("/")
    assert seen == ["none"]


@pytest.mark.parametrize(
    "challenge",
    [
        "Digest x",
        "Digest realm=a",
        'Digest realm="a", nonce="b", algorithm=X',
        'Digest realm="a", nonce="b", qop="auth-int"',
    ],
)
async def test_a_broken_challenge_is_garbled(challenge: str) -> None:
    device = mocked(
        lambda request: httpx.Response(401, headers={"WWW-Authenticate": challenge}), user="admin", password="right"
    )
    for _ in range(3):
        with pytest.raises(DeviceError, match="Digest challenge cannot be answered"):
            await device.get_json("/")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://meter.local/rpc?token=s3cret#a", "https://meter.local/rpc"),
        ("https://user:s3cret@meter.local:8443/", "https://meter.local:8443/"),
        ("/login", "/login"),
    ],
)
async def test_a_refusal_names_the_address_of_a_redirect(location: str, shown: str) -> None:
    device = mocked(lambda request: httpx.Response(301, headers={"location": location}))
    said = str(refusal(await device.get_json("/")))
    assert f"status 301, it refers to {shown}; write that address" in said
    assert "s3cret" not in said
    await device.close()


async def test_other_refusals_name_no_address() -> None:
    device = mocked(lambda request: httpx.Response(404, headers={"location": "/x"}))
    assert "refers" not in str(refusal(await device.get_json("/")))
    await device.close()


@pytest.mark.parametrize("header", ["iso-8859-1", '"ISO-8859-1"', "windows-1252; q=1", "latin1"])
async def test_the_encoding_in_the_header_counts(header: str) -> None:
    body = '{"Zähler": 5}'
    kind = {"content-type": f"application/json; charset={header}"}
    device = mocked(lambda request: httpx.Response(200, headers=kind, content=body.encode("latin-1")))
    assert (await device.get_json("/")).body == {"Zähler": 5}
    await device.close()
    for other in ("utf-8", "zlib", "", "idna"):
        kind = {"content-type": f"application/json; charset={other}"}
        device = mocked(lambda request, kind=kind: httpx.Response(200, headers=kind, content=body.encode()))
        assert (await device.get_json("/")).body == {"Zähler": 5}
        await device.close()
