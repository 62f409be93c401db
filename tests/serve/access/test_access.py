import pytest

from optimizer.serve.access.access import ALL_ATTEMPTS, ATTEMPTS, AccessControl, Refused
from optimizer.serve.access.caller import Caller
from tests.serve.house import HandClock

TOKEN = "a-long-enough-token"
BEARER = f"Bearer {TOKEN}"
CLIENT = "192.0.2.7"


def post(clock: HandClock | None = None, token: str = TOKEN) -> AccessControl:
    return AccessControl(token, ["optimizer.lan"], (clock or HandClock()).monotonic_s)


@pytest.mark.parametrize(
    "host", ["localhost:8080", "127.0.0.1:8080", "192.168.1.4", "[::1]:8080", "optimizer.lan", "OPTIMIZER.lan:80"]
)
def test_names_of_this_machine(host: str) -> None:
    post().may_read(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "[bad",
        "1.2.3",
        "[::1].evil.example",
        "[::1]evil",
        "a@127.0.0.1",
        "127.0.0.1/x",
        "127.0.0.1:80:80",
    ],
)
def test_a_name_that_somebody_else_points_here_is_refused(host: str) -> None:
    with pytest.raises(Refused) as refused:
        post().may_read(host)
    assert refused.value.status == 421


@pytest.mark.parametrize("authorization", ["", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_a_wrong_token(authorization: str) -> None:
    with pytest.raises(Refused) as refused:
        post().may_change(Caller("localhost", None, authorization, CLIENT))
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://localhost:9999", 403), ("http://[", 403)],
)
def test_a_foreign_page_with_the_right_token(origin: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        post().may_change(Caller("localhost:8080", origin, BEARER, CLIENT))
    assert refused.value.status == status


def test_our_own_page_and_a_program_may_change() -> None:
    guard = post()
    guard.may_change(Caller("localhost:8080", "http://localhost:8080", BEARER, CLIENT))
    guard.may_change(Caller("localhost:8080", None, BEARER, CLIENT))


def test_without_a_token_nobody_may() -> None:
    guard = post(token="")
    assert not guard.can_change
    with pytest.raises(Refused, match="no token is set"):
        guard.may_change(Caller("localhost", None, "Bearer ", CLIENT))


def test_guessing_is_slow() -> None:
    clock = HandClock()
    guard = post(clock)
    for _ in range(ATTEMPTS):
        with pytest.raises(Refused, match="wrong"):
            guard.may_change(Caller("localhost", None, "Bearer guess", CLIENT))
    with pytest.raises(Refused) as refused:
        guard.may_change(Caller("localhost", None, BEARER, CLIENT))
    assert refused.value.status == 429
    clock.mono_s += 60.0
    guard.may_change(Caller("localhost", None, BEARER, CLIENT))


def test_a_stranger_who_guesses_does_not_lock_the_owner_out() -> None:
    guard = post()
    for _ in range(3 * ATTEMPTS):
        with pytest.raises(Refused):
            guard.may_change(Caller("localhost", None, "Bearer guess", CLIENT))
    guard.may_change(Caller("localhost", None, BEARER, "192.0.2.8"))


def test_guessing_from_many_addresses_is_slow_too() -> None:
    clock = HandClock()
    guard = post(clock)
    statuses = []
    for n in range(3 * ALL_ATTEMPTS):
        clock.mono_s += 0.1
        with pytest.raises(Refused) as refused:
            guard.may_change(Caller("localhost", None, "Bearer guess", f"client {n}"))
        statuses.append(refused.value.status)
    assert statuses.count(401) == ALL_ATTEMPTS
    clock.mono_s += 60.0
    guard.may_change(Caller("localhost", None, BEARER, CLIENT))


def test_the_owner_may_change_as_often_as_he_likes() -> None:
    guard = post()
    for _ in range(2 * ALL_ATTEMPTS):
        guard.may_change(Caller("localhost", None, BEARER, CLIENT))
