from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.control.judge.answers import (
    ANSWERED,
    LATE_S,
    LEAST_LIMIT_S,
    LONGEST_DELAY_S,
    MOST_DELAYS,
    PROBE_W,
    UNANSWERED,
    UNKNOWN_LIMIT_S,
    Answers,
    anew,
    answer_limit_s,
    compared,
    does_not_answer,
    from_here,
    raise_limit_w,
    wait_s,
    with_home,
)

HOME_W, NOTHING = 400.0, Answers()


def after(*rows: tuple[float, float, float], before: Answers = NOTHING) -> Answers:
    """The memory after moments of (time, power of the cars, power of the home)."""
    for at_s, drawn_w, home_w in rows:
        before = compared(before, at_s, drawn_w, home_w)
    return before


def stepping(delay_s: float, seconds: int = 120, before: Answers = NOTHING, start_s: int = 0) -> Answers:
    """A car that begins with 4 kW after 20 s, and a meter that shows it `delay_s` later, or never."""
    rows = []
    for second in range(start_s, start_s + seconds, 5):
        since_s = second - start_s - 20
        drawn_w = 4000.0 if since_s >= 0 else 0.0
        hidden_w = drawn_w if since_s < delay_s else 0.0
        rows.append((float(second), drawn_w, HOME_W - hidden_w))
    return after(*rows, before=before)


@pytest.mark.parametrize("delay_s", [0.0, 5.0, 15.0, 30.0, 60.0])
def test_the_delay_is_learned_from_the_answer(delay_s: float) -> None:
    answers = stepping(delay_s)
    assert answers.delays_s == (delay_s,)
    assert answers.delay_s == delay_s
    assert not does_not_answer(answers)


def test_a_meter_that_has_answered_before_becomes_implausible_after_some_moves_without_an_answer() -> None:
    answers = Answers(delays_s=(60.0,))
    for number in range(UNANSWERED):
        assert not does_not_answer(answers)
        answers = stepping(math.inf, start_s=200 * number, before=answers)
        assert answers.unanswered == number + 1
        resting = [(200.0 * number + 120.0 + 5.0 * tick, 0.0, HOME_W) for tick in range(15)]
        answers = after(*resting, before=answers._replace(moved_s=math.inf, drawn_w=math.nan))
    assert does_not_answer(answers) == "implausible: the meter did not change with the cars"
    assert anew(answers) == Answers(delays_s=(60.0,))


def test_a_meter_that_has_never_answered_becomes_implausible_after_one_move() -> None:
    assert not does_not_answer(stepping(math.inf, seconds=20 + int(UNKNOWN_LIMIT_S)))
    assert does_not_answer(stepping(math.inf, seconds=20 + int(UNKNOWN_LIMIT_S) + 15))


@given(st.floats(2000.0, 11_000.0), st.floats(0.3, 0.8), st.floats(1.0, 3.0))
def test_a_reduction_that_answers_a_load_does_not_prove_that_a_new_meter_is_blind(
    drawn_w: float, part: float, more: float
) -> None:
    """The load hides that the meter shows the reduction."""
    reduced_w = part * drawn_w
    load_w = more * reduced_w
    answers = NOTHING
    for second in range(0, 160, 5):
        reduced = second >= 30
        drawn_now_w, home_w = drawn_w - reduced * reduced_w, HOME_W + reduced * load_w
        answers = compared(answers, float(second), drawn_now_w, home_w, pv_w=5000.0)
    assert answers.unanswered <= 1


@given(st.floats(2000.0, 11_000.0), st.lists(st.floats(500.0, 11_000.0), min_size=1, max_size=8))
@example(6000.0, [1500.0, 6000.0, 1500.0, 6000.0])
def test_a_car_that_follows_a_sun_that_is_not_measured_proves_nothing_against_the_meter(
    first_w: float, levels_w: list[float]
) -> None:
    """The home without its PV changes with the sun as the car does, as if the meter did not see the car."""
    answers, begin_s = NOTHING, 0
    for drawn_w in (first_w, *levels_w):
        for second in range(begin_s, begin_s + 150, 5):
            answers = compared(answers, float(second), drawn_w, HOME_W - drawn_w)
        begin_s += 150
    assert not answers.unanswered


def test_an_answer_ends_the_count_and_its_delay_is_kept_anew() -> None:
    answers = stepping(10.0, before=Answers(unanswered=2))
    assert (answers.unanswered, anew(answers).delays_s) == (0, (10.0,))


@pytest.mark.parametrize("early_w", [200.0, 3000.0, 4000.0])
def test_a_rest_counts_only_when_a_later_reading_of_the_car_shows_it(early_w: float) -> None:
    """The meter shows the start of the car, and with it a higher home, before the reading of the car does."""
    answers = NOTHING
    rows = [(10.0, 0.0, HOME_W, 3.0), (15.0, 0.0, HOME_W, 13.0), (20.0, 0.0, HOME_W + early_w, 13.0)]
    for at_s, drawn_w, home_w, read_s in [*rows, (25.0, 4000.0, HOME_W, 23.0), (30.0, 4000.0, HOME_W, 23.0)]:
        answers = compared(answers, at_s, drawn_w, home_w, read_s)
    assert answers.delays_s == (0.0,)
    assert answers.moved_s == math.inf


def test_the_values_before_a_move_are_those_of_a_rest() -> None:
    resting = after((0.0, 0.0, HOME_W), (5.0, 0.0, HOME_W))
    ramp = after((10.0, 1200.0, 720.0), before=resting)  # the meter answers while the car still rises
    assert ramp.delays_s == (0.0,)
    assert math.isnan(ramp.drawn_w)
    done = after((15.0, 2000.0, HOME_W), (20.0, 2010.0, HOME_W), (60.0, 2010.0, HOME_W), before=ramp)
    assert (done.drawn_w, done.home_w, done.unanswered, done.moved_s) == (2010.0, HOME_W, 0, math.inf)


def test_a_car_that_returns_or_a_gap_ends_the_wait_without_a_verdict() -> None:
    resting = after((0.0, 0.0, HOME_W), (5.0, 0.0, HOME_W), (10.0, 4000.0, HOME_W - 4000.0))
    assert resting.moved_s == 10.0
    assert after((15.0, 100.0, HOME_W), before=resting).moved_s == math.inf
    gap = after((40.0, 4000.0, HOME_W - 4000.0), before=resting)
    assert (gap.moved_s, gap.unanswered) == (math.inf, 0)
    assert after((10.0, 9000.0, 0.0), before=resting) is resting


def test_the_time_for_an_answer_follows_the_delay() -> None:
    assert answer_limit_s(()) == UNKNOWN_LIMIT_S
    assert answer_limit_s((0.0,)) == LEAST_LIMIT_S
    assert answer_limit_s((5.0, 30.0)) == 50.0
    assert answer_limit_s((60.0,)) == UNKNOWN_LIMIT_S


def test_only_a_late_meter_needs_steady_cars() -> None:
    assert wait_s((), None) == 0.0
    assert wait_s((LATE_S - 1.0,), None) == 0.0
    assert wait_s((0.0, 0.0, 30.0), None) == 0.0
    assert wait_s((20.0, 30.0), None) == 35.0
    assert wait_s((20.0, 30.0), 0.0) == 0.0
    assert wait_s((), 40.0) == 45.0


def test_raises_wait_for_the_last_raise() -> None:
    known = Answers(at_s=100.0, last_w=4000.0, drawn_w=4000.0, steady_s=0.0, delays_s=(0.0,))
    assert raise_limit_w(known, 0.0) == math.inf
    assert raise_limit_w(known._replace(delays_s=()), 0.0) == PROBE_W
    assert raise_limit_w(known._replace(unanswered=1), 0.0) == PROBE_W
    missing = known._replace(drawn_w=0.0, moved_s=95.0)
    assert raise_limit_w(missing, 0.0) == math.inf
    assert raise_limit_w(missing._replace(moved_s=80.0), 0.0) == 0.0
    assert raise_limit_w(missing._replace(delays_s=()), 0.0) == 0.0
    assert raise_limit_w(known._replace(steady_s=90.0), 35.0) == 0.0
    falls = known._replace(last_w=0.0, moved_s=80.0)
    assert raise_limit_w(falls, 0.0) == math.inf


def test_while_the_home_is_known_no_move_waits() -> None:
    waiting = Answers(at_s=50.0, last_w=4000.0, drawn_w=0.0, moved_s=10.0, unanswered=2, delays_s=(20.0,))
    answers = with_home(waiting, 55.0, 4000.0, 400.0, 5000.0)
    assert raise_limit_w(answers, 0.0) == math.inf
    assert answers.delays_s == (20.0,)
    assert not does_not_answer(answers)
    assert compared(answers, 60.0, 4000.0, 400.0).moved_s == math.inf
    assert compared(answers, 60.0, 5000.0, -600.0).moved_s == 60.0


def test_the_number_of_delays_is_limited() -> None:
    answers = Answers()
    for number in range(MOST_DELAYS + 3):
        answers = stepping(10.0, start_s=200 * number, before=answers._replace(drawn_w=math.nan, moved_s=math.inf))
        answers = after((200.0 * number + 150.0, 0.0, HOME_W), (200.0 * number + 155.0, 0.0, HOME_W), before=answers)
    assert len(answers.delays_s) == MOST_DELAYS


def following(delay_s: int, lag_s: int, pv_w: list[float]) -> Answers:
    """A car that takes what the sun gives after `lag_s`, and a meter that shows both `delay_s` later."""

    def drawn_w(second: int) -> float:
        return max(0.0, pv_w[max(0, second - lag_s)] - HOME_W)

    answers = NOTHING
    for second in range(0, len(pv_w), 5):
        then = max(0, second - delay_s)
        grid_w = HOME_W + drawn_w(then) - pv_w[then]
        home_w = pv_w[second] + grid_w - drawn_w(second)
        answers = compared(answers, float(second), drawn_w(second), home_w, pv_w=pv_w[second])
    return answers


@given(st.integers(10, 60), st.integers(0, 15), st.integers(0, 10_000))
def test_a_car_that_follows_the_sun_tells_no_delay_that_is_too_short(delay_s: int, lag_s: int, seed: int) -> None:
    chance, pv_w = Random(seed), [4000.0]
    while len(pv_w) < 1800:
        pv_w += [chance.uniform(400.0, 9000.0)] * chance.randint(5, 300)
    assert all(one_s > delay_s - 5.0 for one_s in following(delay_s, lag_s, pv_w).delays_s)


@given(st.integers(0, 12), st.floats(0.0, 1700.0), st.integers(0, 10_000))
def test_the_start_of_a_car_tells_no_delay_that_is_too_short(ticks: int, swing_w: float, seed: int) -> None:
    """A late meter shows an earlier PV power than the one that is read."""
    delay_s, chance, answers = 5.0 * ticks, Random(seed), NOTHING
    grid_w: list[float] = []
    for tick in range(40):
        pv_w = 5000.0 + chance.uniform(0.0, swing_w)
        drawn_w = 4000.0 if tick >= 15 else 0.0
        grid_w.append(HOME_W + drawn_w - pv_w)
        home_w = pv_w + grid_w[max(0, tick - ticks)] - drawn_w
        answers = compared(answers, 5.0 * tick, drawn_w, home_w, pv_w=pv_w)
    assert all(one_s >= delay_s for one_s in answers.delays_s)
    assert 2.0 * swing_w > ANSWERED * 4000.0 or answers.delays_s == (delay_s,)


@given(st.floats(500.0, 12_000.0), st.floats(-6000.0, 6000.0))
def test_a_meter_that_became_implausible_may_be_late(drawn_w: float, home_w: float) -> None:
    """A delay that was learned by chance must not shorten the time for the next answer."""
    answers = from_here(Answers(at_s=100.0, delays_s=(0.0, 5.0)), drawn_w, home_w)
    assert answer_limit_s(anew(answers).delays_s) == UNKNOWN_LIMIT_S


@given(st.integers(1, 8), st.integers(0, 60), st.integers(0, 60), st.floats(1500.0, 11_000.0))
@example(8, 20, 60, 5000.0)
def test_the_time_for_an_answer_counts_from_a_reading_that_shows_the_move(
    poll_ticks: int, later_s: int, delay_s: int, car_w: float
) -> None:
    """The commands tell a start after 20 s. The car starts later, but before its next reading."""
    poll_s, answers = 5 * poll_ticks, NOTHING
    first_reading_s = -(-20 // poll_s) * poll_s
    starts_s = min(20 + later_s, first_reading_s)
    for second in range(0, 200, 5):
        drawn_w = car_w if second >= 20 else 0.0
        shown_w = car_w if second - delay_s >= starts_s else 0.0
        read_s = float(second - second % poll_s)
        answers = compared(answers, float(second), drawn_w, HOME_W + shown_w - drawn_w, read_s)
        assert not does_not_answer(answers)
    assert answers.moved_s == math.inf


def revealed(poll_s: int, starts_s: int, delay_s: int, expected_s: int = 10_000) -> Answers:
    """A car starts between two of its readings, and the commands tell it too late. Perhaps they told a start before,
    from `expected_s` until the next reading."""
    answers, drawn_w, read_s = NOTHING, 0.0, 0
    for second in range(0, 400, 5):
        if second % poll_s == 0:
            read_s, drawn_w = second, 5000.0 if second >= starts_s else 0.0
        told_w = 4000.0 if not drawn_w and expected_s <= second < expected_s - expected_s % poll_s + poll_s else drawn_w
        shown_w = 5000.0 if second - delay_s >= starts_s else 0.0
        answers = compared(answers, float(second), told_w, HOME_W + shown_w - told_w, float(read_s))
    return answers


@given(st.integers(4, 12), st.integers(150, 250), st.integers(0, 60))
def test_a_start_that_only_a_slow_charger_tells_gives_no_delay_that_is_too_short(
    poll_ticks: int, starts_s: int, delay_s: int
) -> None:
    poll_s = 5 * poll_ticks
    delays_s = revealed(poll_s, starts_s, delay_s).delays_s
    assert all(min(delay_s, LONGEST_DELAY_S) <= one_s <= delay_s + poll_s + 5.0 for one_s in delays_s)
    assert delays_s or delay_s < poll_s + LATE_S


@given(st.integers(4, 6), st.integers(120, 200), st.integers(0, 60))
def test_a_start_that_a_reading_denies_is_no_rest(poll_ticks: int, starts_s: int, delay_s: int) -> None:
    """The car starts later than the commands told. The power before its move is zero."""
    answers = revealed(5 * poll_ticks, starts_s, delay_s, expected_s=starts_s - 35)
    assert answers.moved_s == math.inf
    assert not answers.unanswered
    assert all(one_s >= delay_s for one_s in answers.delays_s)


@given(st.integers(0, 12), st.integers(0, 15), st.lists(st.floats(0.0, 60.0), max_size=5))
def test_a_meter_that_is_as_late_as_its_owner_has_set_is_not_late(
    delay_ticks: int, more_s: int, learned_s: list[float]
) -> None:
    """A delay that was learned too short does not shorten the time for an answer below the delay of the settings."""
    set_s, answers = 5.0 * delay_ticks, Answers(delays_s=tuple(learned_s))
    for second in range(0, 200, 5):
        drawn_w = 4000.0 if second >= 20 else 0.0
        shown_w = 4000.0 if second - 20 >= set_s + more_s else 0.0
        answers = compared(answers, float(second), drawn_w, HOME_W + shown_w - drawn_w, set_s=set_s)
        assert answers.unanswered == 0
    assert answer_limit_s(answers.delays_s, set_s) >= max(set_s + 20.0, answer_limit_s(answers.delays_s))


@given(st.integers(600, 11_000), st.integers(1, 3), st.integers(2, 12), st.floats(0.6, 1.0))
def test_a_car_that_starts_before_its_commands_tell_causes_no_doubt(
    moved_w: int, early: int, poll: int, part: float
) -> None:
    """The meter shows the start by some ticks before the model does, and the charger is read later, every `poll` ticks.
    The rests between tell nothing about the home before the start."""
    answers, starts = compared(NOTHING, 0.0, 0.0, HOME_W, 0.0), 2 + early
    for tick in range(1, 30):
        drawn_w = float(moved_w) if tick >= starts else 0.0
        shown_w = part * moved_w if tick == starts - early else float(moved_w) if tick > starts - early else 0.0
        read_s = 5.0 * (max(0, (tick - starts) // poll) * poll + starts if tick >= starts + poll else 0)
        answers = compared(answers, 5.0 * tick, drawn_w, HOME_W + shown_w - drawn_w, read_s)
        assert answers.unanswered == 0
    assert answers.moved_s == math.inf


@given(st.integers(600, 11_000), st.integers(0, 12), st.floats(-1.0, 0.1))
def test_a_meter_that_does_not_show_the_start_is_found_all_the_same(moved_w: int, poll: int, seen: float) -> None:
    answers = compared(NOTHING, 0.0, 0.0, HOME_W, 0.0)
    for tick in range(1, 40):
        drawn_w = float(moved_w) if tick >= 4 else 0.0
        answers = compared(answers, 5.0 * tick, drawn_w, HOME_W + (seen - 1.0) * drawn_w, 5.0 * max(0, tick - poll))
    assert does_not_answer(answers)
