"""Backoff, jitter, and waiting for an event or a time."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from optimizer.runtime.pacing import JITTER, MAX_BACKOFF_S, backoff_s, jittered, wait_for
from tests.virtual_time import VirtualClock, run_virtually


@given(failures=st.integers(1, 10_000), base_s=st.floats(0.1, 600.0), name=st.text(max_size=5))
def test_backoff_is_never_under_the_pace_nor_far_over_the_ceiling(failures: int, base_s: float, name: str) -> None:
    pause_s = backoff_s(failures, base_s, name)
    assert base_s * (1 - JITTER) - 1e-9 <= pause_s <= max(base_s, MAX_BACKOFF_S) * (1 + JITTER) + 1e-9


def test_jitter_differs_between_devices_and_repeats_between_runs() -> None:
    assert jittered(10.0, "carport", 4) == jittered(10.0, "carport", 4)
    assert len({jittered(10.0, name, 4) for name in ("carport", "yard", "fems", "sonnen")}) == 4


def test_waiting_ends_with_the_event_or_the_time() -> None:
    async def main() -> None:
        clock, event = VirtualClock(), asyncio.Event()
        assert not await wait_for(clock, event, 5.0)
        assert clock.monotonic_s() == 5.0
        asyncio.get_running_loop().call_later(1.0, event.set)
        assert await wait_for(clock, event, 5.0)
        assert clock.monotonic_s() == 6.0
        assert not event.is_set()
        event.set()
        assert await wait_for(clock, event, 0.0)

    run_virtually(main())
