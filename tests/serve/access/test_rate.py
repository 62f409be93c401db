from typing import Any

import pytest
from starlette.types import Scope

from optimizer.serve.access.client import client_of
from optimizer.serve.access.rate import BURST, MOST_CLIENTS, SUSTAINED, Rates, limited
from tests.serve.house import HandClock


def test_whoever_asks_at_the_allowed_pace_never_waits() -> None:
    """Prometheus, several pages and a charger together ask for a tenth of it."""
    clock = HandClock()
    rates = Rates(clock.monotonic_s)
    for _ in range(5000):
        clock.mono_s += 1.0 / SUSTAINED
        assert rates.wait_s("192.0.2.7") == 0.0


def test_a_flood_is_let_through_at_the_allowed_pace() -> None:
    clock = HandClock()
    rates = Rates(clock.monotonic_s)
    let_through = 0
    for _ in range(10_000):
        clock.mono_s += 0.001
        let_through += rates.wait_s("192.0.2.7") == 0.0
    assert let_through == pytest.approx(BURST + 10.0 * SUSTAINED, abs=2)
    assert rates.wait_s("192.0.2.8") == 0.0


def test_after_the_time_that_was_told_the_client_may_ask_again() -> None:
    clock = HandClock()
    rates = Rates(clock.monotonic_s)
    while not (wait_s := rates.wait_s("192.0.2.7")):
        pass
    clock.mono_s += wait_s + 1e-6
    assert rates.wait_s("192.0.2.7") == 0.0


def test_memory_stays_bounded() -> None:
    rates = Rates(HandClock().monotonic_s)
    for n in range(3 * MOST_CLIENTS):
        rates.wait_s(f"client {n}")
    assert len(rates) == MOST_CLIENTS


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a pipe", "a pipe"),
    ],
)
def test_a_machine_is_one_client_whatever_address_it_takes(address: str, client: str) -> None:
    scope: Scope = {"client": (address, 40000)}
    assert client_of(scope) == client


def test_a_client_without_an_address_is_one_too() -> None:
    assert client_of({"client": None}) == ""


@pytest.mark.parametrize(
    ("host", "path", "answered"),
    [("127.0.0.1", "/healthz", True), ("127.0.0.1", "/", False), ("192.0.2.1", "/healthz", False)],
)
async def test_only_the_health_check_of_this_machine_never_waits(host: str, path: str, answered: bool) -> None:
    asked = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope)

    async def send(*message: Any) -> None:
        """Takes an answer."""

    app_with_limit = limited(app, lambda: 0.0)
    for _ in range(int(BURST) + 50):
        await app_with_limit({"type": "http", "client": (host, 1), "path": path}, send, send)
    assert (len(asked) == BURST + 50) is answered
