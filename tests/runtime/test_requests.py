"""The requests to one service: what goes wrong is logged once, and the next round waits."""

from __future__ import annotations

import asyncio
import logging

import pytest

from optimizer.runtime.requests import START_SPREAD_S, RequestLoop
from optimizer.sources.port import SourceError
from optimizer.twin.virtual_time import VirtualClock
from tests.virtual_time import virtually

DEADLINE_S = 60.0


def loop_of(clock: VirtualClock, asked_s: float | None = None) -> RequestLoop:
    return RequestLoop("prices of x", clock, lambda: 0.5, asked_s=asked_s, deadline_s=DEADLINE_S)


@virtually
async def test_a_failure_is_logged_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "optimizer.runtime.requests")
    loop = loop_of(VirtualClock())

    async def refused() -> str:
        raise SourceError("refused", "status 500")

    async def answer() -> str:
        return "prices"

    assert [await loop.fetched(refused), await loop.fetched(refused)] == [None, None]
    assert (loop.message, loop.attempts().failures, loop.failed_requests, loop.requests) == ("status 500", 2, 2, 2)
    assert await loop.fetched(answer, 3) == "prices"
    loop.succeeded()
    assert (loop.message, loop.attempts().failures, loop.requests) == ("", 0, 5)
    assert caplog.messages == ["no new prices of x: status 500", "prices of x: read again"]


@virtually
async def test_an_answer_that_never_comes_ends_at_the_deadline() -> None:
    clock = VirtualClock()
    loop, started_s = loop_of(clock), clock.monotonic_s()

    async def silent() -> None:
        await asyncio.Event().wait()

    assert await loop.fetched(silent) is None
    assert clock.monotonic_s() - started_s == DEADLINE_S
    assert (loop.message, loop.attempts().fault) == ("no answer within 60 s", "timeout")


@virtually
async def test_a_request_of_an_earlier_start_counts_unless_the_clock_was_set_back() -> None:
    clock = VirtualClock()
    now_s = clock.now().timestamp()
    assert loop_of(clock, now_s - 40.0).attempts().since_s == pytest.approx(40.0)
    assert loop_of(clock, now_s + 40.0).attempts().since_s is None
    assert loop_of(clock).due_in_s(lambda _attempts: 0.0) == 0.5 * START_SPREAD_S
