import pytest

from optimizer.serve.guardpost import ATTEMPTS, Guardpost, Refused
from tests.serve.house import HandClock

TOKEN = "a-long-enough-token"
BEARER = f"Bearer {TOKEN}"


def post(clock: HandClock | None = None, token: str = TOKEN) -> Guardpost:
    return Guardpost(token, ["optimizer.lan"], (clock or HandClock()).monotonic_s)


@pytest.mark.parametrize(
    "host", ["localhost:8080", "127.0.0.1:8080", "192.168.1.4", "[::1]:8080", "optimizer.lan", "OPTIMIZER.lan:80"]
)
def test_names_of_this_machine(host: str) -> None:
    post().may_read(host)


@pytest.mark.parametrize("host", ["", "evil.example", "evil.example:8080", "localhost.evil.example", "[bad", "1.2.3"])
def test_a_name_that_somebody_else_points_here_is_refused(host: str) -> None:
    with pytest.raises(Refused) as refused:
        post().may_read(host)
    assert refused.value.status == 421


@pytest.mark.parametrize("authorization", ["", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_a_wrong_token(authorization: str) -> None:
    with pytest.raises(Refused) as refused:
        post().may_change("localhost", None, authorization)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://localhost:9999", 403), ("http://[", 403)],
)
def test_a_foreign_page_with_the_right_token(origin: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        post().may_change("localhost:8080", origin, BEARER)
    assert refused.value.status == status


def test_our_own_page_and_a_program_may_change() -> None:
    guard = post()
    guard.may_change("localhost:8080", "http://localhost:8080", BEARER)
    guard.may_change("localhost:8080", None, BEARER)


def test_without_a_token_nobody_may() -> None:
    guard = post(token="")
    assert not guard.can_change
    with pytest.raises(Refused, match="no token is set"):
        guard.may_change("localhost", None, "Bearer ")


def test_guessing_is_slow() -> None:
    clock = HandClock()
    guard = post(clock)
    for _ in range(ATTEMPTS):
        with pytest.raises(Refused, match="wrong"):
            guard.may_change("localhost", None, "Bearer guess")
    with pytest.raises(Refused) as refused:
        guard.may_change("localhost", None, BEARER)
    assert refused.value.status == 429
    clock.mono_s += 60.0
    guard.may_change("localhost", None, BEARER)
