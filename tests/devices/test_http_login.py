"""Refused credentials, and the login by Digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.request import parse_http_list, parse_keqv_list

import httpx
import pytest

from optimizer.devices.port import DeviceError
from tests.devices.http_server import mocked


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


@pytest.mark.parametrize("status", [401, 403])
async def test_wrong_credentials_say_so_without_showing_them(status: int) -> None:
    device = mocked(lambda request: httpx.Response(status), user="me", password="hunter2")
    with pytest.raises(DeviceError) as raised:
        await device.get_json("/values?token=hunter2")
    assert raised.value.fault == "unauthorized"
    assert "hunter2" not in str(raised.value)
    assert "device:8080" in str(raised.value)


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
