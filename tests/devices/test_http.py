"""Requests and answers over HTTP, as sent on the wire."""

from __future__ import annotations

import asyncio
import base64
import sys

import httpx
import pytest

from optimizer.devices.http import HttpConfig, HttpDevice, refusal
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock
from tests.devices.http_server import head_of, listening, mocked


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


async def test_a_pattern_of_channels_is_not_in_the_message() -> None:
    device = HttpDevice(HttpConfig("http://127.0.0.1:1"), SystemClock())
    with pytest.raises(DeviceError, match=r"^GET /rest/channel/… at 127\.0\.0\.1:1: nothing"):
        await device.get_json("/rest/channel/(_sum%7Cess0)/(State%7CGridMode%7CGridActivePower%7CProductionPower)")
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
