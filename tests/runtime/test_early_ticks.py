"""The tick loop: a change by hand acts at once, and a flood of them costs at most one tick a second."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.runtime.loop import LEAST_SPACING_S, TickLoop
from tests.virtual_time import VirtualClock, run_virtually

CADENCE_S = 5.0
LAST_S = 30.0


@given(st.lists(st.floats(0.0, LAST_S), max_size=60))
@example([30.0, 28.999999999999996])
def test_a_change_by_hand_acts_within_a_second(changed_s: list[float]) -> None:
    async def main() -> tuple[list[float], list[float]]:
        clock, ticks, woken = VirtualClock(), list[float](), list[float]()
        state, outcome = cast(Any, None), cast(Any, None)
        loop = TickLoop(
            clock=clock,
            cadence_s=lambda _: CADENCE_S,
            sense=lambda: state,
            decide=lambda _: outcome,
            report=lambda *_: outcome,
            act=lambda _: ticks.append(clock.monotonic_s()),
            watchers=(),
        )

        def wake() -> None:
            woken.append(clock.monotonic_s())  # a timer may fire a rounding error early
            loop.wake()

        running = asyncio.create_task(loop.run())
        for at_s in changed_s:
            asyncio.get_running_loop().call_later(at_s, wake)
        await asyncio.sleep(LAST_S + 2 * CADENCE_S)
        running.cancel()
        return ticks, woken

    ticks, woken = run_virtually(main())
    assert len(woken) == len(changed_s)
    for at_s in woken:
        assert any(at_s <= tick_s <= at_s + LEAST_SPACING_S + 0.06 for tick_s in ticks)
    assert all(later - former >= LEAST_SPACING_S - 1e-6 for former, later in itertools.pairwise(early(ticks)))
    assert len(early(ticks)) <= len(changed_s)
    for second in range(int(LAST_S)):
        assert sum(second <= tick_s < second + 1 for tick_s in ticks) <= 2


def early(ticks: list[float]) -> list[float]:
    """The ticks between those of the fixed interval, which may follow an early one at once."""
    return [tick_s for tick_s in ticks if abs(tick_s / CADENCE_S - round(tick_s / CADENCE_S)) * CADENCE_S > 0.06]
