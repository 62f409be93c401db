"""The fallback: the cheapest slots before the car leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import Problem, clipped
from tests.schedule.problems import HOUR_S, NIGHT, START_S, battery, car, problem_of, problems, steps_of


def _fast(problem: Problem) -> list[int]:
    slots = solve_greedily(problem).slots
    return [index for index, slot in enumerate(slots) if slot.cars and slot.cars["carport"].mode == "fast"]


def test_the_cheapest_quarter_hours_are_taken() -> None:
    """Of four equal ones the later, as with numpy: more sun or a lower price may come before."""
    assert _fast(problem_of(steps_of(NIGHT), cars=(car(need_wh=5000.0),))) == [14, 15]


@given(
    st.floats(5.0, 60.0),
    st.lists(st.floats(100.0, 3000.0), min_size=32, max_size=32),
    st.integers(1, 6),
    st.booleans(),
)
def test_at_one_price_nothing_is_bought_before_it_must(
    price: float, homes: list[float], slots: int, known: bool
) -> None:
    """The consumption of the home differs, so the prices of the slots differ by rounding."""
    steps = tuple(
        replace(step, home_w=home_w, is_known=known) for step, home_w in zip(steps_of([price] * 32), homes, strict=True)
    )
    problem = problem_of(steps, cars=(car(need_wh=slots * 2760.0, leaves_in_s=7 * HOUR_S),))
    assert _fast(problem) == list(range(26 - slots, 26))


def test_losses_count() -> None:
    assert _fast(problem_of(steps_of(NIGHT), cars=(car(need_wh=5000.0, efficiency=0.8),))) == [13, 14, 15]


def test_the_goal_is_reached_half_an_hour_early() -> None:
    falling = [40.0 - index for index in range(32)]
    assert _fast(problem_of(steps_of(falling), cars=(car(need_wh=5000.0, leaves_in_s=4 * HOUR_S),))) == [12, 13]


def test_nothing_is_bought_because_a_later_price_is_estimated_a_little_higher() -> None:
    steps = steps_of(NIGHT)
    guess = [replace(step, import_ct=21.5, is_known=False) for step in steps[20:]]
    assert _fast(problem_of((*steps[:20], *guess), cars=(car(need_wh=5000.0),))) == [24, 25]
    assert _fast(problem_of((*steps[:20], *guess), cars=(car(need_wh=5000.0),), guess_ct=1.0)) == [14, 15]


def test_expected_sun_is_not_bought() -> None:
    steps = tuple(replace(step, pv_w=4400.0 if index >= 20 else 0.0) for index, step in enumerate(steps_of(NIGHT)))
    assert _fast(problem_of(steps, cars=(car(need_wh=5000.0),))) == []


def test_an_impossible_goal_gives_full_power_and_the_lack() -> None:
    schedule = solve_greedily(problem_of(steps_of(NIGHT), cars=(car(need_wh=20_000.0, leaves_in_s=HOUR_S),)))
    assert [slot.cars["carport"].mode for slot in schedule.slots if slot.cars] == ["fast"] * 4
    outcome = schedule.outcome_of("carport")
    assert outcome is not None
    assert outcome.ready_at_s is None
    assert outcome.lack_wh == pytest.approx(20_000.0 - 4 * 2760.0)


def test_the_reserve_is_used_if_the_time_before_is_too_short() -> None:
    leaves = car(need_wh=3 * 2760.0, leaves_in_s=HOUR_S)
    schedule = solve_greedily(problem_of(steps_of(NIGHT), cars=(leaves,)))
    assert schedule.outcomes[0].lack_wh == 0.0


def test_the_time_at_which_the_goal_is_reached() -> None:
    outcome = solve_greedily(problem_of(steps_of(NIGHT), cars=(car(need_wh=2760.0 * 1.5),))).outcome_of("carport")
    assert outcome is not None
    assert outcome.ready_at_s == pytest.approx(START_S + 4 * HOUR_S - 0.5 * 900.0)
    assert outcome.lack_wh == 0.0


def test_the_battery_stays_with_its_own_control() -> None:
    schedule = solve_greedily(problem_of(steps_of(NIGHT), cars=(car(),), battery=battery()))
    assert {slot.battery.mode for slot in schedule.slots if slot.battery is not None} == {"auto"}


@given(problems())
def test_any_problem_has_a_schedule(problem: Problem) -> None:
    ready, _ = clipped(problem)
    schedule = solve_greedily(ready)
    assert [slot.start_s for slot in schedule.slots] == [step.start_s for step in ready.steps]
    for outcome in schedule.outcomes:
        assert outcome.lack_wh >= 0.0
