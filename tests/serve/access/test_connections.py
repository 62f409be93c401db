"""Places for connections: for each client, for all, and for this machine."""

import logging

import pytest

from optimizer.serve.access import rate
from optimizer.serve.access.connections import (
    KEPT_FOR_THIS_MACHINE,
    MAX_CONNECTIONS,
    PER_CLIENT,
    RATE_FACTOR,
    SAY_EVERY_S,
    Connections,
)


def test_strangers_together_leave_places_for_this_machine() -> None:
    places = Connections(lambda: 0.0)
    admitted = [places.admit(f"192.0.2.{n % 20}") for n in range(200)]
    assert sum(admitted) == len(places) == MAX_CONNECTIONS
    assert [places.admit("127.0.0.1") for _ in range(KEPT_FOR_THIS_MACHINE + 2)].count(True) == KEPT_FOR_THIS_MACHINE
    assert not places.admit("::1")
    places.leave("192.0.2.1")
    assert places.admit("::ffff:127.0.0.1")


def test_an_ipv6_network_is_one_client() -> None:
    places = Connections(lambda: 0.0)
    assert [places.admit(f"2001:db8::{n:x}") for n in range(1, 30)].count(True) == PER_CLIENT
    assert places.admit("2001:db8:0:1::1")


def test_a_client_that_reconnects_without_end_waits() -> None:
    now_s = 0.0
    places = Connections(lambda: now_s)
    admitted = 0
    for _ in range(5000):
        if places.admit("192.0.2.1"):
            admitted += 1
            places.leave("192.0.2.1")
    assert admitted == RATE_FACTOR * rate.BURST
    assert len(places) == 0
    now_s = 1.0
    assert places.admit("192.0.2.1")


def test_a_busy_program_on_this_machine_does_not_shut_out_a_health_check() -> None:
    places = Connections(lambda: 0.0)
    for _ in range(5000):
        assert places.admit("127.0.0.1")
        places.leave("127.0.0.1")


def test_refusals_are_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    places = Connections(lambda: now_s)
    with caplog.at_level(logging.WARNING):
        for second in range(150):
            now_s = float(second)
            for _ in range(20):
                places.admit("192.0.2.1")
    assert len(caplog.records) == 1 + int(149 / SAY_EVERY_S)


def test_an_address_that_is_none_is_a_client_too() -> None:
    places = Connections(lambda: 0.0)
    assert places.admit("")
    places.leave("")
    assert len(places) == 0
