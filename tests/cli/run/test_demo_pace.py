"""The pace of a demo: a machine that is too slow is told once, with a speed that it can keep."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from optimizer.cli.run.demo_pace import FIRST, MOST_LEFT_OUT, Pace
from tests.serve.house import report, state


def told(speed: float, ticks_before_each: list[int], count: int) -> list[str]:
    """What is said over `count` decisions. Before each, some are left out, by a pattern that repeats."""
    said: list[str] = []
    pace, left_out = Pace(speed, said.append), 0
    for ticks in range(1, count + 1):
        left_out += ticks_before_each[ticks % len(ticks_before_each)]
        pace.on_tick(report(state(5.0 * (ticks + left_out)), ticks=ticks, overruns=left_out))
    return said


@given(st.floats(1.5, 240.0), st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_a_machine_that_is_too_slow_is_told_once(speed: float, pattern: list[int]) -> None:
    said = told(speed, pattern, 4 * FIRST)
    share = sum(pattern) / (sum(pattern) + len(pattern))
    if share > 1.3 * MOST_LEFT_OUT:
        assert len(said) == 1
    elif share < 0.7 * MOST_LEFT_OUT:
        assert said == []
    for text in said:
        lower = re.search(r"--speed (\d+)", text)
        assert lower is not None
        assert 1 <= int(lower[1]) < speed


def test_at_real_speed_no_lower_one_is_named() -> None:
    assert told(1.0, [3], 2 * FIRST) == []
