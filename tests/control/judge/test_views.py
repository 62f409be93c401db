from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.views import (
    LATE_STEPS,
    LONGEST_S,
    MOMENTS,
    NEVER,
    SHOWN_STEPS,
    STEP_S,
    VIEWS,
    WINDOWS,
    Moment,
    homes_of,
)

HOME_W, TICKS = 600.0, LONGEST_S // STEP_S + 1
seeds = st.integers(0, 10_000)


def powers(seed: int) -> list[float]:
    """A power that changes evenly between two ticks, from the oldest tick to now."""
    chance = Random(seed)
    return [chance.uniform(0.0, 9000.0) for _ in range(TICKS)]


def mean_w(powers_w: list[float], window: tuple[int, int]) -> float:
    end, begin = window
    rows = powers_w[TICKS - 1 - begin : TICKS - end]
    return sum((before + after) / 2.0 for before, after in pairwise(rows)) / (begin - end)


def homes(drawn_w: list[float], fed_w: list[float], shown_w: float) -> tuple[float, ...]:
    course = [Moment(float(STEP_S * tick), drawn_w[tick], fed_w[tick], 0.0) for tick in range(TICKS - 1)]
    return homes_of((*course, Moment(float(LONGEST_S), drawn_w[-1], fed_w[-1], shown_w)), float(LONGEST_S))


@given(seeds, seeds, st.integers(0, len(MOMENTS) - 1))
def test_a_late_meter_shows_the_home_by_its_delays(cars: int, sun: int, view: int) -> None:
    drawn_w, fed_w = powers(cars), powers(sun)
    late, fed_late = MOMENTS[view]
    shown_w = HOME_W + drawn_w[-1 - late] - fed_w[-1 - fed_late]
    assert homes(drawn_w, fed_w, shown_w)[view] == pytest.approx(HOME_W)


@given(seeds, seeds, st.integers(0, len(WINDOWS) - 1), st.booleans())
def test_an_averaging_meter_shows_the_home_by_its_window(cars: int, sun: int, window: int, together: bool) -> None:
    """PV has a device of its own, or the same device shows its average too."""
    drawn_w, fed_w = powers(cars), powers(sun)
    sun_w = fed_w[-1] if together else mean_w(fed_w, WINDOWS[window])
    shown_w = HOME_W + mean_w(drawn_w, WINDOWS[window]) - sun_w
    view = len(MOMENTS) + window + (len(WINDOWS) if together else 0)
    assert homes(drawn_w, fed_w, shown_w)[view] == pytest.approx(HOME_W)


@given(seeds, seeds, st.integers(0, len(WINDOWS) - 1))
def test_last_come_the_averages_of_the_home_without_a_delay(cars: int, sun: int, window: int) -> None:
    drawn_w, fed_w = powers(cars), powers(sun)
    course = tuple(
        Moment(float(STEP_S * tick), car_w, sun_w, HOME_W + car_w - sun_w)
        for tick, (car_w, sun_w) in enumerate(zip(drawn_w, fed_w, strict=True))
    )
    assert all(moment.home_w == pytest.approx(HOME_W) for moment in course)
    assert homes_of(course, float(LONGEST_S))[VIEWS + window] == pytest.approx(HOME_W)


@given(seeds, st.lists(st.floats(0.2, 14.0), min_size=20, max_size=60))
def test_moments_at_any_interval_are_good_enough_for_a_power_that_changes_evenly(
    seed: int, gaps_s: list[float]
) -> None:
    chance = Random(seed)
    slope_w, at_s, course = chance.uniform(-50.0, 50.0), 0.0, []
    for gap_s in gaps_s:
        course.append(Moment(at_s, 4000.0 + slope_w * at_s, 0.0, 0.0))
        at_s += gap_s
    course = [moment for moment in course if moment.at_s >= course[-1].at_s - LONGEST_S - 14.0]
    now = course[-1]
    if course[0].at_s > now.at_s - LONGEST_S:
        return
    homes_w = homes_of(tuple(course), now.at_s)
    for (late, _), home_w in zip(MOMENTS, homes_w, strict=False):
        assert home_w == pytest.approx(-(now.drawn_w - slope_w * STEP_S * late), abs=1e-3)
    for (end, begin), home_w in zip(WINDOWS, homes_w[len(MOMENTS) :], strict=False):
        assert home_w == pytest.approx(-(now.drawn_w - slope_w * STEP_S * (end + begin) / 2.0), abs=1e-3)


def test_each_view_says_how_late_the_meter_is() -> None:
    assert len(LATE_STEPS) == len(SHOWN_STEPS) == VIEWS
    assert (LATE_STEPS[0], SHOWN_STEPS[0]) == (0.0, 0)
    assert all(late <= shown <= LONGEST_S / STEP_S for late, shown in zip(LATE_STEPS, SHOWN_STEPS, strict=True))
    assert NEVER.at_s < 0.0
