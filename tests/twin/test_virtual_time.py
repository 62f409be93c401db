"""Virtual time never really waits."""

from __future__ import annotations

import asyncio
import os
import socket
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.virtual_time import VirtualClock, VirtualLoop, run_virtually

YEAR_S = 365 * 86_400.0


def test_a_year_passes_at_once() -> None:
    async def wait() -> float:
        clock = VirtualClock()
        await clock.sleep(YEAR_S)
        return clock.monotonic_s()

    assert run_virtually(wait()) == YEAR_S


def test_a_virtual_clock_refuses_to_sleep_on_a_loop_of_real_time() -> None:
    with pytest.raises(RuntimeError, match="would really wait"):
        asyncio.run(VirtualClock().sleep(0.0))


def heard(holes: set[int], sockets: int, order: int | None) -> list[int]:
    """In which order sockets are heard that can be read at one moment. `holes`: file descriptors that are free."""
    taken = [os.dup(0) for _ in range(40)]
    for place in holes:
        os.close(taken[place])
    pairs = [socket.socketpair() for _ in range(sockets)]
    found: list[int] = []
    loop = VirtualLoop(None if order is None else Random(order))
    try:
        for number, (near, far) in enumerate(pairs):
            loop.add_reader(near, lambda number=number, near=near: (near.recv(1), found.append(number)))
            far.send(b"x")
        loop.call_later(1.0, loop.stop)
        loop.run_forever()
    finally:
        loop.close()
        for end in (end for pair in pairs for end in pair):
            end.close()
        for place, number in enumerate(taken):
            if place not in holes:
                os.close(number)
    return found


@given(holes=st.sets(st.integers(0, 39)), sockets=st.integers(1, 12), order=st.none() | st.integers(0, 100))
def test_events_of_one_moment_have_an_order_of_their_own(holes: set[int], sockets: int, order: int | None) -> None:
    """It depends on no file descriptors, so that a run of one process is the run of another one."""
    found = heard(holes, sockets, order)
    assert sorted(found) == list(range(sockets))
    assert found == heard(set(), sockets, order)
    assert order is not None or found == list(range(sockets))
