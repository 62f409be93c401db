"""One answer of a server: its limit, and its failures in words without secrets."""

from __future__ import annotations

import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.answers import answer_of, reason_of, shown_address
from optimizer.study.input.series import StudyError

ADDRESS = "http://me:secret@house.lan:8123/api"


def asked(address: str, reply: httpx.Response | Exception, max_bytes: int = 100) -> tuple[int, bytes]:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        return answer_of(client, "GET", address, max_bytes=max_bytes, too_large="too large", example="http://a.lan")


@given(size=st.integers(0, 200), most=st.integers(0, 200))
def test_a_body_up_to_the_limit_is_taken_and_no_larger_one(size: int, most: int) -> None:
    if size <= most:
        assert asked(ADDRESS, httpx.Response(404, content=b"x" * size), most) == (404, b"x" * size)
    else:
        with pytest.raises(StudyError, match="too large"):
            asked(ADDRESS, httpx.Response(404, content=b"x" * size), most)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (httpx.ReadTimeout("the read operation timed out"), "cannot be reached: no answer in time"),
        (httpx.ConnectError("secret"), "cannot be reached: ConnectError"),
        (httpx.LocalProtocolError("Illegal header value b'Bearer secret'"), "cannot be reached: LocalProtocolError"),
        (httpx.UnsupportedProtocol("secret"), "is not an address. Write it like http://a.lan"),
        (httpx.InvalidURL("secret"), "is not an address. Write it like http://a.lan"),
    ],
)
def test_a_failure_is_told_without_the_password(reply: Exception, says: str) -> None:
    with pytest.raises(StudyError) as error:
        asked(ADDRESS, reply)
    assert str(error.value) == f"http://house.lan:8123/api {says}"


def test_the_reason_of_the_system_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with httpx.Client(trust_env=False) as client, pytest.raises(StudyError, match=r"reached: Connection refused$"):
        answer_of(client, "GET", f"http://127.0.0.1:{port}", max_bytes=1, too_large="", example="")
    assert reason_of(TimeoutError()) == "no answer in time"


@given(st.text(max_size=20))
def test_an_address_is_shown_without_user_and_password(secret: str) -> None:
    assert shown_address(f"http://me:{secret}@house.lan:8123/") == "http://house.lan:8123"
    with pytest.raises(StudyError) as error:
        asked(f"http://me:{secret}@house.lan:8123/api?query=1", httpx.ConnectError("refused"))
    assert str(error.value).startswith("http://house.lan:8123/api ")
