from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.control.judge.answers import MOVE_W, UNKNOWN_LIMIT_S
from optimizer.control.judge.standing import (
    ACTIVE_W,
    HELD_S,
    LONGEST_HELD_S,
    Standing,
    kept_at_zero,
    stands_still,
    to_test,
    unseen_move,
    with_move,
    with_value,
)


def after(*values: tuple[float, float]) -> Standing:
    """The memory after readings of (time, W)."""
    standing = Standing()
    for at_s, value_w in values:
        standing = with_value(standing, value_w, at_s, 0.0, 0.0)
    return standing


def test_the_last_change_of_the_value_is_remembered() -> None:
    standing = after((0.0, 100.0), (5.0, 110.0), (10.0, 110.0), (10.0, 500.0))
    assert (standing.value_w, standing.at_s, standing.changed_s) == (110.0, 10.0, 5.0)


def test_the_usual_interval_grows_at_once_and_shrinks_slowly() -> None:
    live = after(*((5.0 * tick, float(tick)) for tick in range(200)))
    assert live.interval_s == pytest.approx(5.0, abs=0.1)
    held = with_value(live, -1.0, live.at_s + 40.0, 0.0, 0.0)
    assert held.interval_s == 40.0
    assert with_value(held, -2.0, held.at_s + 5.0, 0.0, 0.0).interval_s == pytest.approx(38.25)
    assert with_value(held, -2.0, held.at_s + 5000.0, 0.0, 0.0).interval_s == UNKNOWN_LIMIT_S


@given(st.lists(st.floats(0.5, 300.0), min_size=1, max_size=60))
def test_a_meter_holds_its_values_as_long_as_its_intervals_say(intervals_s: list[float]) -> None:
    standing, at_s = after((0.0, 0.0)), 0.0
    for number, interval_s in enumerate(intervals_s, start=1):
        at_s += interval_s
        standing = with_value(standing, float(number), at_s, 0.0, 0.0)
        assert standing.held_s == 0.0 or HELD_S < standing.held_s <= LONGEST_HELD_S
        assert standing.held_s >= interval_s - 1e-6 or not HELD_S < interval_s < LONGEST_HELD_S - 1e-6
    assert standing.held_s == 0.0 or max(intervals_s) > HELD_S


def test_a_meter_that_holds_its_values_no_more_is_forgiven() -> None:
    standing = after((0.0, 0.0), (60.0, 1.0))
    assert standing.held_s == 60.0
    for tick in range(60):
        standing = with_value(standing, float(tick + 2), standing.at_s + 5.0, 0.0, 0.0)
    assert standing.held_s == 0.0


def test_a_move_that_the_value_does_not_show_makes_it_implausible_after_its_time() -> None:
    standing = with_move(after((0.0, 100.0)), 2000.0)
    assert standing.unseen_s == 0.0
    for at_s in (35.0, UNKNOWN_LIMIT_S, UNKNOWN_LIMIT_S + 1.0):
        standing = with_move(with_value(standing, 100.0, at_s, 2000.0, 0.0), 2000.0)
        why = stands_still(standing, 20.0, 2000.0)
        assert bool(why) is (at_s > UNKNOWN_LIMIT_S)
    assert why == "implausible: the meter has shown 100 W for 71 s, while the cars changed by 2.0 kW"


def test_a_live_meter_has_less_time() -> None:
    standing = with_move(Standing(100.0, 50.0, 50.0, interval_s=5.0), -2000.0)
    assert not stands_still(standing._replace(at_s=70.0), 20.0, -2000.0)
    assert stands_still(standing._replace(at_s=71.0), 20.0, -2000.0)


def test_a_small_move_and_a_changed_value_end_the_wait() -> None:
    waiting = with_move(after((0.0, 100.0)), 2000.0)
    assert with_move(waiting, MOVE_W - 1.0).unseen_s == math.inf
    assert with_value(waiting, 101.0, 5.0, 2000.0, 0.0).unseen_s == math.inf
    assert with_move(after((0.0, 100.0)), 10.0).unseen_s == math.inf


def test_a_fine_meter_is_tested_soon_and_a_coarse_one_later_or_never() -> None:
    fine = Standing(100.0, 0.0, 0.0, interval_s=5.0)
    coarse = fine._replace(interval_s=UNKNOWN_LIMIT_S)
    for still_s, tested in ((30.0, (False, False, False)), (31.0, (True, True, False)), (121.0, (True, True, True))):
        rows = [(fine, True), (fine, False), (coarse, False)]
        assert tuple(to_test(one._replace(at_s=still_s), balanced) for one, balanced in rows) == tested
        assert not to_test(coarse._replace(at_s=still_s), balanced=True)


POWERS_W = st.integers(-10_000, 10_000).map(float)


@given(POWERS_W, POWERS_W, st.floats(-0.4, 0.4))
def test_a_move_that_battery_and_sun_take_together_is_not_missing(moved_w: float, sun_w: float, home: float) -> None:
    """The battery takes what cars, sun, and home leave, so the meter stays at its value."""
    before = Standing(0.0, 600.0, 0.0, drawn_w=2000.0, discharge_w=-500.0, pv_w=5000.0)
    home_w = home * moved_w
    delivered_w = moved_w + home_w - sun_w
    after, unseen_w = unseen_move(before, 2000.0 + moved_w, -500.0 + delivered_w, 5000.0 + sun_w)
    assert unseen_w == 0.0 or -500.0 + delivered_w == -500.0  # less than a digit of its power
    assert after.unseen_s == math.inf


@given(POWERS_W, POWERS_W, st.floats(-0.4, 0.4))
def test_a_move_that_only_the_meter_could_show_is_missing(moved_w: float, sun_w: float, home: float) -> None:
    """A meter that stands still. The battery is full or empty, and the sun has changed."""
    before = Standing(0.0, 600.0, 0.0, drawn_w=2000.0, discharge_w=0.0, pv_w=5000.0)
    assert unseen_move(before, 2000.0 + moved_w, 0.0, 5000.0 + sun_w) == (before, moved_w)
    # A battery that does not change with the move has not taken it.
    after, unseen_w = unseen_move(before, 2000.0 + moved_w, home * moved_w, 5000.0)
    assert (after, unseen_w) == (before, moved_w)


@given(POWERS_W, POWERS_W, st.floats(1.0, 60.0))
def test_the_power_before_a_move_is_known_with_the_next_reading_of_the_car(
    guess_w: float, read_w: float, later_s: float
) -> None:
    """The value changed while a car was starting. The estimate of its power then is no move when it is corrected."""
    assume(abs(guess_w - read_w) >= MOVE_W)
    guessed = with_value(after((0.0, 100.0)), 200.0, 5.0, guess_w, 0.0, read_s=2.0)
    assert not guessed.sure
    waiting = with_value(guessed, 200.0, 5.0 + later_s, guess_w, 0.0, read_s=2.0)
    assert unseen_move(waiting, guess_w, 0.0, read_s=2.0, read_w=0.0) == (waiting, 0.0)
    sure, unseen_w = unseen_move(waiting, read_w, 0.0, read_s=5.0 + later_s, read_w=read_w)
    assert (sure.sure, sure.drawn_w, unseen_w) == (True, read_w, 0.0)
    assert unseen_move(sure, read_w + 600.0, 0.0, read_s=5.0 + later_s, read_w=read_w)[1] == 600.0


@given(POWERS_W, st.floats(-140.0, 140.0), st.floats(600.0, 6000.0))
def test_a_reading_that_confirms_the_power_before_a_move_is_not_confused_with_one_of_the_move(
    drawn_w: float, error_w: float, moved_w: float
) -> None:
    guessed = with_value(after((0.0, 100.0)), 200.0, 5.0, drawn_w, 0.0, read_s=2.0)
    waiting = with_value(guessed, 200.0, 10.0, drawn_w, 0.0, read_s=2.0)
    confirmed, unseen_w = unseen_move(waiting, drawn_w, 0.0, read_s=8.0, read_w=drawn_w + error_w)
    assert (confirmed.sure, confirmed.drawn_w, unseen_w) == (True, drawn_w, 0.0)
    later_w = drawn_w + moved_w
    assert unseen_move(confirmed, later_w, 0.0, read_s=15.0, read_w=later_w)[1] == pytest.approx(moved_w)


@given(st.floats(-150.0, 150.0), POWERS_W)
def test_a_battery_that_follows_keeps_the_value_at_zero(value_w: float, moved_w: float) -> None:
    """A full, an empty, and a limited battery stays at its power or at zero, and keeps nothing."""
    before = with_value(Standing(value_w, 0.0, 0.0), value_w, 5.0, 0.0, -800.0, battery_s=5.0)
    follows = with_value(before, value_w, 10.0, 0.0, -800.0 + ACTIVE_W, battery_s=10.0)
    assert kept_at_zero(follows)
    assert unseen_move(follows, moved_w, follows.discharge_w)[1] == 0.0
    assert kept_at_zero(with_value(follows, value_w, 15.0, 0.0, -600.0, battery_s=10.0))  # not read again
    assert not kept_at_zero(with_value(follows, value_w, 15.0, 0.0, -800.0 + ACTIVE_W + 20.0, battery_s=15.0))
    assert not kept_at_zero(with_value(follows, value_w, 15.0, 0.0, 0.0, battery_s=15.0))
    assert not kept_at_zero(follows._replace(value_w=400.0))
