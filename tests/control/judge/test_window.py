from __future__ import annotations

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.window import (
    KEPT_S,
    LONGEST_S,
    MOMENT_S,
    NO_WINDOW,
    STEP_S,
    WINDOWS,
    Window,
    seen,
)

HOME_W, TICK_S = 450.0, 5
AVERAGES = [(end_s, begin_s) for end_s, begin_s in WINDOWS if begin_s - end_s >= 30]


def course(seed: int, moves: int) -> list[float]:
    """Cars − PV by second: the cars move every two minutes or so, within one tick, and the sun a little."""
    chance, cars_w, powers_w = Random(seed), 4000.0, [-500.0] * 2 * LONGEST_S
    for _ in range(moves):
        moved_w = chance.choice((-1.0, 1.0)) * chance.uniform(1500.0, 3500.0)
        cars_w = cars_w + moved_w if 0.0 < cars_w + moved_w < 11_000.0 else cars_w - moved_w
        sun_w = chance.uniform(4400.0, 4600.0)
        before_w = powers_w[-1]
        powers_w += [before_w + (cars_w - sun_w - before_w) * (second + 1) / TICK_S for second in range(TICK_S)]
        powers_w += [powers_w[-1]] * (LONGEST_S + TICK_S * chance.randint(6, 12))
    return powers_w


def mean_w(powers_w: list[float], second: int, window: tuple[int, int]) -> float:
    """The exact average of the course in the window that belongs to this second."""
    end_s, begin_s = window
    part = powers_w[second - begin_s : second - end_s + 1]
    return (sum(part) - 0.5 * (part[0] + part[-1])) / (begin_s - end_s)


def watched(powers_w: list[float], window: tuple[int, int], jumps_w: float = 0.0) -> tuple[Window, list[float]]:
    """The memory after a course that the meter shows in this window, and what was wrong by then, W. Each move is
    answered when 85 % of it is shown. A load of the home switches by `jumps_w` during each answer."""
    memory, wrong_w, moved_s, before_w, home_w = NO_WINDOW, [], math.inf, powers_w[0], HOME_W
    for second in range(2 * LONGEST_S, len(powers_w), TICK_S):
        shown_w = mean_w(powers_w, second, window)
        if second - moved_s == 2 * TICK_S:
            home_w += jumps_w if home_w == HOME_W else -jumps_w
        if abs(powers_w[second] - powers_w[second - TICK_S]) > 1000.0:
            moved_s, before_w = float(second), powers_w[second - TICK_S]
        answered = abs(powers_w[second] - shown_w) <= 0.15 * abs(powers_w[second] - before_w)
        memory = seen(memory, float(second), powers_w[second], home_w + shown_w, moved_s if answered else math.inf)
        moved_s = math.inf if answered else moved_s
        if memory.drawn_w is not None:
            wrong_w.append(memory.drawn_w - shown_w)
    return memory, wrong_w


@given(st.sampled_from(AVERAGES), st.integers(0, 10_000))
def test_the_answers_tell_the_window_of_an_averaging_meter(window: tuple[int, int], seed: int) -> None:
    memory, wrong_w = watched(course(seed, 6), window)
    assert window in memory.known
    assert wrong_w
    assert min(wrong_w) > -1e-3  # the surplus is never taken for smaller than it is
    assert sum(wrong_w) / len(wrong_w) < 250.0


@given(st.integers(0, LONGEST_S - STEP_S), st.integers(0, 10_000))
def test_a_meter_of_one_moment_is_not_taken_for_an_averaging_one(delay_s: int, seed: int) -> None:
    end_s = delay_s - delay_s % STEP_S
    assert watched(course(seed, 6), (end_s, end_s + MOMENT_S // 2))[0].known == ()


@given(st.sampled_from(AVERAGES), st.integers(0, 10_000))
def test_an_answer_beside_a_large_load_tells_no_wrong_window(window: tuple[int, int], seed: int) -> None:
    """Nothing is known, or no more is believed than the meter shows."""
    memory, _ = watched(course(seed, 6), window, jumps_w=6000.0)
    assert not memory.known or window in memory.known


def test_the_memory_is_bounded_and_a_repeated_moment_changes_nothing() -> None:
    memory = NO_WINDOW
    for second in range(1000):
        memory = seen(memory, float(second), 0.0, 0.0)
    assert len(memory.course) <= KEPT_S + 2.0
    assert seen(memory, 999.0, 1.0, 1.0) is memory
    assert memory.drawn_w is None


def test_a_move_whose_begin_has_no_course_tells_nothing() -> None:
    memory = NO_WINDOW
    for second in range(LONGEST_S + STEP_S):
        memory = seen(memory, float(second), 100.0 * second, 100.0 * second, float(second - STEP_S))
    assert memory.answers == ()
