"""Real TLS handshakes with a device that signed its own certificate."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.devices.words import plain
from optimizer.model.clock import SystemClock

TLS = Path(__file__).parent / "tls"
OWN, OTHER = str(TLS / "device.pem"), str(TLS / "other.pem")
BASIC = b"Authorization: Basic " + base64.b64encode(b"x:owner")


@asynccontextmanager
async def device_with_tls(heads: list[bytes], scheme: str = "https") -> AsyncIterator[str]:
    """A device that answers `{}`; yields its URL, and notes the head of every request that came through."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(OWN, TLS / "device.key")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def asked(url: str, *, ca_file: str = "", verify_tls: bool = True) -> object:
    device = HttpDevice(
        HttpConfig(url, user="x", password="owner", ca_file=ca_file, verify_tls=verify_tls), SystemClock()
    )
    try:
        return (await device.get_json("/")).body
    finally:
        await device.close()


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
@pytest.mark.parametrize(("ca_file", "verify_tls"), [(OWN, True), ("", False), (OTHER, False)])
async def test_its_own_authority_or_no_check_lets_us_in(ca_file: str, verify_tls: bool, scheme: str) -> None:
    heads: list[bytes] = []
    async with device_with_tls(heads, scheme) as url:
        assert await asked(url, ca_file=ca_file, verify_tls=verify_tls) == {}
    (head,) = heads
    assert BASIC in head.split(b"\r\n")


@pytest.mark.parametrize("ca_file", [OTHER, ""])
async def test_a_certificate_that_is_not_trusted_is_said_and_gets_no_password(ca_file: str) -> None:
    heads: list[bytes] = []
    async with device_with_tls(heads) as url:
        with pytest.raises(DeviceError, match=r"its certificate is not trusted: self-signed .*ca_file") as caught:
            await asked(url, ca_file=ca_file)
    assert caught.value.fault == "unreachable"
    assert "owner" not in str(caught.value)
    assert heads == []


async def test_a_certificate_for_another_host_is_said() -> None:
    heads: list[bytes] = []
    async with device_with_tls(heads) as url:
        with pytest.raises(DeviceError, match=r"not trusted: Hostname mismatch.*localhost"):
            await asked(url.replace("127.0.0.1", "localhost"), ca_file=OWN)
    assert heads == []


async def test_an_https_address_of_a_device_without_tls_says_so() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        with pytest.raises(DeviceError) as caught:
            await asked(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()
    assert "it answers without TLS: check the port, and whether it is https:// or http://" in str(caught.value)
    assert "_ssl" not in str(caught.value)


@pytest.mark.parametrize("reason", ["SSLV3_ALERT_HANDSHAKE_FAILURE", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"])
def test_another_failure_of_tls_is_told_in_words(reason: str) -> None:
    error = ssl.SSLError(1, f"[SSL: {reason}] some text (_ssl.c:1006)")
    error.reason = reason
    assert plain(error) == f"TLS fails: {reason.lower().replace('_', ' ')}"
