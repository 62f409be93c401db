from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.answers import MOVE_W, PROBE_W, UNKNOWN_LIMIT_S, Answers
from optimizer.control.judge.doubt import FIRST_REST_S
from optimizer.control.judge.meter import MeterMemory, judged, raise_limit_w
from optimizer.control.judge.sign import BELOW_ZERO_PART, BELOW_ZERO_W
from optimizer.control.judge.standing import Standing, with_value


def after(
    memory: MeterMemory, start_s: float, seconds: float, value_w: float, drawn_w: float, home_w: float, moved_w: float
) -> MeterMemory:
    """The memory after readings of one value. The cars have moved by `moved_w` since it last changed."""
    for tick in range(int(seconds / 5.0)):
        at_s = start_s + 5.0 * tick
        standing = with_value(memory.standing, value_w, at_s, drawn_w, 0.0)
        memory = judged(memory, standing, at_s, drawn_w, home_w, 0.0, moved_w, 0.0)
    return memory


def test_a_value_that_stands_still_is_believed_again_when_it_changes() -> None:
    memory = after(MeterMemory(), 0.0, 10.0, 100.0, 0.0, 400.0, 0.0)
    memory = after(memory, 10.0, UNKNOWN_LIMIT_S + 10.0, 100.0, 2000.0, 400.0, 2000.0)
    assert "has shown 100 W for" in memory.doubts.why
    memory = after(memory, 100.0, 600.0, 100.0, 0.0, 400.0, 0.0)
    assert memory.doubts.why
    assert not after(memory, 700.0, 5.0, 101.0, 0.0, 400.0, 0.0).doubts.why


def test_an_impossible_sign_is_believed_again_after_a_rest() -> None:
    memory = after(MeterMemory(), 0.0, 10.0, 100.0, 0.0, 400.0, 0.0)
    for tick in range(20):
        memory = after(memory, 10.0 + 5.0 * tick, 5.0, 100.0 + tick, 4000.0, -3600.0, 0.0)
    struck_s = memory.doubts.struck_s
    assert "leave -3.6 kW for the home" in memory.doubts.why
    assert struck_s == 10.0 + UNKNOWN_LIMIT_S + 5.0
    resting = after(memory, struck_s + 5.0, FIRST_REST_S - 10.0, 90.0, 0.0, 400.0, 0.0)
    assert resting.doubts.why
    assert not after(resting, struck_s + FIRST_REST_S, 5.0, 91.0, 0.0, 400.0, 0.0).doubts.why


def test_a_meter_that_holds_its_values_has_more_time_for_an_impossible_sign() -> None:
    """An average of a minute that is held for a minute shows a move only after two."""
    memory = after(MeterMemory(), 0.0, 60.0, 100.0, 4000.0, 400.0, 0.0)
    begins_s = 60.0
    for minute in range(3):
        memory = after(memory, begins_s + 60.0 * minute, 60.0, 101.0 + minute, 4000.0, -3600.0, 0.0)
        assert bool(memory.doubts.why) is (minute == 2)
    assert memory.doubts.struck_s == begins_s + UNKNOWN_LIMIT_S + 60.0 + 5.0


def test_a_home_that_is_known_although_the_meter_is_late_counts() -> None:
    """The values without their delay are impossible. The home is not, and no move waits for an answer."""
    memory = MeterMemory()
    for tick in range(60):
        at_s = 5.0 * tick
        standing = with_value(memory.standing, float(tick), at_s, 4000.0, 0.0)
        memory = judged(memory, standing, at_s, 4000.0, -3600.0, 0.0, 0.0, 0.0, known_w=400.0)
        assert not memory.doubts.why
    assert memory.sign.negative_s == math.inf
    for tick in range(60, 120):
        at_s = 5.0 * tick
        standing = with_value(memory.standing, float(tick), at_s, 4000.0, 0.0)
        memory = judged(memory, standing, at_s, 4000.0, 400.0, 0.0, 0.0, 0.0, known_w=-3600.0)
    assert memory.doubts.why


@pytest.mark.parametrize(("unseen_w", "raise_w"), [(0.0, math.inf), (2000.0, 0.0), (-2000.0, math.inf)])
def test_a_raise_waits_while_the_value_stands_still_after_one(unseen_w: float, raise_w: float) -> None:
    standing = Standing(100.0, at_s=30.0, changed_s=10.0)
    memory = MeterMemory(standing, Answers(at_s=30.0, drawn_w=0.0, delays_s=(0.0,)))
    assert raise_limit_w(memory, unseen_w, 0.0) == raise_w


def test_an_unknown_meter_allows_small_raises() -> None:
    assert raise_limit_w(MeterMemory(), 0.0, 0.0) == PROBE_W


def test_a_meter_that_shows_the_pause_is_believed_at_once_and_rests_no_longer_the_next_time() -> None:
    memory = after(MeterMemory(), 0.0, 10.0, 100.0, 0.0, 400.0, 0.0)
    for tick in range(20):
        memory = after(memory, 10.0 + 5.0 * tick, 5.0, 100.0 + tick, 4000.0, -1600.0, 0.0)
    assert memory.doubts.why
    struck_s = memory.doubts.struck_s
    disproved = after(memory, 110.0, 15.0, 90.0, 0.0, -1600.0, 0.0)
    assert not disproved.doubts.why
    assert disproved.doubts.strikes == 0
    assert struck_s < 110.0
    ignored = after(memory, 110.0, 15.0, 90.0, 0.0, 2400.0, 0.0)
    assert ignored.doubts.why


@given(st.floats(600.0, 12_000.0), st.floats(0.0, 12_000.0), st.floats(0.0, 9000.0))
def test_a_home_is_impossible_only_with_a_power_that_a_reading_shows(
    drawn_w: float, read_w: float, pv_w: float
) -> None:
    """The meter shows none of the cars."""
    memory = MeterMemory()
    for tick in range(4):
        standing = with_value(memory.standing, 400.0 - pv_w + tick, 5.0 * tick, drawn_w, 0.0)
        memory = judged(memory, standing, 5.0 * tick, drawn_w, 400.0 - drawn_w, 0.0, 0.0, pv_w, 5.0 * tick, read_w)
    sure_w = min(drawn_w, read_w)
    impossible = sure_w >= MOVE_W and 400.0 - sure_w <= -BELOW_ZERO_W - BELOW_ZERO_PART * (sure_w + pv_w)
    assert (memory.sign.negative_s < math.inf) == impossible


@given(st.integers(0, 12), st.floats(600.0, 11_000.0), st.booleans(), st.lists(st.floats(0.0, 60.0), max_size=5))
def test_a_meter_that_is_as_late_as_its_owner_has_set_is_believed(
    delay_ticks: int, car_w: float, stands: bool, learned_s: list[float]
) -> None:
    """Its value moves a little, or it stands still until it shows the car."""
    set_s, memory, value_w = 5.0 * delay_ticks, MeterMemory(answers=Answers(delays_s=tuple(learned_s))), 400.0
    for tick in range(40):
        at_s, drawn_w = 5.0 * tick, car_w if tick >= 4 else 0.0
        shown_w = car_w if at_s - 20.0 >= set_s else 0.0
        value_w = 400.0 + shown_w + (0.0 if stands else 0.1 * tick)
        standing = with_value(memory.standing, value_w, at_s, drawn_w, 0.0)
        unseen_w = drawn_w - standing.drawn_w if standing.changed_s < at_s else 0.0
        home_w = value_w - drawn_w
        memory = judged(memory, standing, at_s, drawn_w, home_w, 0.0, unseen_w, 0.0, at_s, drawn_w, set_s)
        assert not memory.doubts.why
