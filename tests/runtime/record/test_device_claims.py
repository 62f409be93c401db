"""Devices that another process of this machine controls."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.runtime.record.device_claims import AlreadyControlled, DeviceClaims

ADDRESSES = st.dictionaries(
    st.sampled_from(["carport", "cellar", "boiler"]), st.integers(0, 5).map(lambda n: f"test http://192.0.2.{n}"),
    min_size=1,
)  # fmt: skip


@given(first=ADDRESSES, second=ADDRESSES)
def test_one_address_has_one_service_and_others_do_not_matter(first: dict[str, str], second: dict[str, str]) -> None:
    one, other = DeviceClaims(), DeviceClaims()
    try:
        one.take(first)
        shared = set(first.values()) & set(second.values())
        if shared:
            with pytest.raises(AlreadyControlled, match=f"process {os.getpid()} already controls .*state folder"):
                other.take(second)
            other.take({"free": "test http://192.0.2.99"})
            other.release()
        one.release()
        other.take(second)
    finally:
        one.release()
        other.release()


def test_a_killed_process_leaves_no_claim() -> None:
    address = {"carport": f"test {os.getpid()}"}
    child = os.fork()
    if child == 0:
        DeviceClaims().take(address)
        os._exit(0)
    os.waitpid(child, 0)
    claims = DeviceClaims()
    claims.take(address)
    claims.release()


def test_a_system_that_forbids_the_sockets_starts_without_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> socket.socket:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", forbidden)
    DeviceClaims().take({"carport": "test"})
