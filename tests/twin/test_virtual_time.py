"""Virtual time never really waits."""

from __future__ import annotations

import asyncio

import pytest

from tests.virtual_time import VirtualClock, run_virtually

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
