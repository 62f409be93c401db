"""The time for which the wall clock has run without being set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.clock import JUMP_S, SteadyTime

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


@given(st.lists(st.tuples(st.floats(0.1, 3600.0), st.one_of(st.just(0.0), st.floats(-1e8, 1e8))), max_size=20))
def test_it_counts_from_the_last_time_that_the_clock_was_set(steps: list[tuple[float, float]]) -> None:
    steady, now, mono_s, since_s = SteadyTime(), BEGIN, 1000.0, 1000.0
    assert steady.take(now, mono_s) == 0.0
    for passed_s, set_s in steps:
        mono_s += passed_s
        now += timedelta(seconds=passed_s + set_s)
        if abs(set_s) > JUMP_S + 0.001:
            since_s = mono_s
        elif abs(set_s) > JUMP_S - 0.001:
            return  # the rounding of a datetime decides
        assert steady.take(now, mono_s) == mono_s - since_s
