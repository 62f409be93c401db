from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.rest import (
    FORGOTTEN_READINGS,
    FORGOTTEN_S,
    LONGEST_S,
    NO_REST,
    NO_RESTS,
    Rest,
    Rests,
    before_reading,
    moving,
    resting,
)

TICK_S = 5.0


def after(read_s: list[float]) -> Rests:
    """The rests after ticks with these times of the oldest reading. The power of the cars is the time of the tick."""
    rests = NO_RESTS
    for tick, at_s in enumerate(read_s):
        rests = resting(rests, TICK_S * tick, 400.0, TICK_S * tick, at_s)
    return rests


@given(st.integers(1, 60), st.floats(0.0, 20.0), st.sampled_from([5.0, 10.0, 15.0, 30.0]))
def test_a_rest_is_sure_when_every_car_was_read_after_it(ticks: int, age_s: float, poll_s: float) -> None:
    read_s = [max(0.0, (TICK_S * tick - age_s) // poll_s * poll_s) for tick in range(ticks)]
    rests = after(read_s)
    if rests.sure is not NO_REST:
        assert rests.sure.at_s <= read_s[-1]
        assert TICK_S * (ticks - 1) - rests.sure.at_s <= 2.0 * (age_s + poll_s) + TICK_S
    else:
        assert ticks * TICK_S <= age_s + poll_s + 2.0 * TICK_S


def test_a_reading_of_the_same_moment_makes_a_rest_sure_at_once() -> None:
    assert after([0.0, 5.0, 10.0]).sure == Rest(10.0, 400.0, 10.0)
    assert after([0.0, 0.0, 0.0]).sure == Rest(0.0, 400.0, 0.0)


def test_a_move_without_a_new_reading_is_by_command_and_needs_no_earlier_rest() -> None:
    rests = after([0.0, 5.0, 5.0])
    assert before_reading(rests, 15.0, 5.0) is NO_REST
    assert before_reading(rests, 15.0, 13.0) == rests.sure


@pytest.mark.parametrize("poll_s", [10.0, 30.0, 600.0])
def test_an_old_rest_is_forgotten(poll_s: float) -> None:
    rests = Rests(NO_REST, Rest(0.0, 400.0, 0.0), 100.0)
    kept_s = min(LONGEST_S, max(FORGOTTEN_S, FORGOTTEN_READINGS * poll_s))
    assert before_reading(rests, kept_s - 1.0, 100.0 + poll_s) == rests.sure
    assert before_reading(rests, kept_s, 100.0 + poll_s) is NO_REST


def test_a_move_ends_an_unsure_rest_and_keeps_a_sure_one() -> None:
    rests = after([0.0, 5.0, 5.0])
    moved = moving(rests, 13.0)
    assert (moved.unsure, moved.sure, moved.read_s) == (NO_REST, rests.sure, 13.0)
