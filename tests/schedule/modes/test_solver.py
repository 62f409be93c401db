"""Its schedules obey physics, reach goals, and cost no more than simple ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.problem import Problem, SpareWorth, Step, clipped
from optimizer.schedule.solve import solve
from tests.examples import one_in
from tests.schedule.problems import HOUR_S, NIGHT, START_S, battery, car, problem_of, problems, steps_of
from tests.schedule.read import battery_modes_of, car_modes_of, runs_of

FEW = settings(max_examples=one_in(2), deadline=None)
"""A schedule takes some hundredths of a second."""


@FEW
@given(problems())
def test_energies_balance_and_stay_in_their_ranges(problem: Problem) -> None:
    schedule = solve(problem)
    ready, _ = clipped(problem)
    stored_wh = 0.0 if ready.battery is None else ready.battery.energy_wh
    for slot in schedule.slots:
        hours = (slot.end_s - slot.start_s) / 3600.0
        battery_w = 0.0 if slot.battery is None else slot.battery.power_w
        cars_w = sum(one.power_w for one in slot.cars.values())
        balance_w = slot.home_w + cars_w - slot.pv_w - battery_w
        curtailed = ready.most_export_w is not None and slot.grid_w == pytest.approx(-ready.most_export_w)
        assert slot.grid_w == pytest.approx(balance_w, abs=0.01) or (curtailed and balance_w < slot.grid_w)
        if slot.battery is None or ready.battery is None:
            continue
        own = ready.battery
        moved_wh = slot.battery.energy_wh - stored_wh
        expected_wh = hours * (
            -battery_w * own.charge_efficiency if battery_w < 0.0 else -battery_w / own.discharge_efficiency
        )
        assert moved_wh == pytest.approx(expected_wh, abs=0.01)
        assert own.floor_wh - 0.01 <= slot.battery.energy_wh <= own.capacity_wh + 0.01
        stored_wh = slot.battery.energy_wh
    for one in ready.cars:
        charged = [slot.cars[one.charger].charged_wh for slot in schedule.slots if one.charger in slot.cars]
        assert max(charged, default=0.0) <= one.room_wh + 0.01


@FEW
@given(problems(most_cars=1), st.integers(1, 40), st.floats(0.0, 1.0), st.sampled_from([(1,), (3,), (1, 3)]))
def test_a_goal_is_reached_whenever_it_can_be(
    problem: Problem, count: int, part: float, phases: tuple[int, ...]
) -> None:
    problem, _ = clipped(problem)
    before = problem.steps[:count]
    own = car(0.0, before[-1].end_s - START_S, room_wh=1e6, phases=phases)
    limits = [own.most_w if step.cars_most_w is None else step.cars_most_w for step in before]
    possible_wh = sum(
        step.hours * min(own.most_w, limit) for step, limit in zip(before, limits, strict=True) if limit >= own.least_w
    )
    assert own.goal is not None
    own = replace(own, goal=replace(own.goal, need_wh=part * possible_wh))
    assert solve_modes(replace(problem, cars=(own,), most_import_w=None)).outcomes[0].lack_wh <= 100.0


@FEW
@given(st.lists(st.floats(-20.0, 80.0), min_size=4, max_size=30), st.integers(1, 4))
def test_an_impossible_goal_gives_full_power_and_the_lack(prices: list[float], quarters: int) -> None:
    own = car(50_000.0, 900.0 * quarters, room_wh=60_000.0)
    schedule = solve(problem_of(steps_of(prices), cars=(own,), battery=battery()))
    assert car_modes_of(schedule) == ["fast"] * quarters
    assert all(slot.cars["carport"].power_w == own.most_w for slot in schedule.slots[:quarters])
    assert schedule.outcomes[0].lack_wh == pytest.approx(50_000.0 - quarters * 2760.0)
    assert schedule.outcomes[0].ready_at_s is None


def test_the_cheapest_hour_is_taken_in_one_run() -> None:
    schedule = solve(problem_of(steps_of(NIGHT), cars=(car(need_wh=8000.0),)))
    assert runs_of(car_modes_of(schedule), "fast") == 1
    assert [index for index, mode in enumerate(car_modes_of(schedule)) if mode == "fast"] in (
        [12, 13, 14],
        [13, 14, 15],
    )
    assert sum(slot.cars["carport"].power_w for slot in schedule.slots if slot.cars) * 0.25 == pytest.approx(8000.0)


def test_the_battery_charges_in_a_low_price_and_covers_the_home_in_a_high_one() -> None:
    prices = [10.0] * 8 + [50.0] * 16
    schedule = solve(problem_of(steps_of(prices, home_w=2000.0), battery=battery(1000.0, end_ct=5.0)))
    assert "charge" in battery_modes_of(schedule)[:8]
    assert set(battery_modes_of(schedule)[8:]) == {"auto"}


def test_the_battery_is_held_for_a_higher_price() -> None:
    prices = [20.0] * 8 + [60.0] * 8
    schedule = solve(problem_of(steps_of(prices, home_w=2000.0), battery=battery(3000.0, can_command=False)))
    assert set(battery_modes_of(schedule)[:8]) == {"hold"}


def test_a_negative_price_is_used() -> None:
    steps = steps_of([-10.0] * 4 + [30.0] * 20, feed_in_ct=-10.0)
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 10.0),))
    schedule = solve(problem_of(steps, cars=(own,), battery=battery(1000.0)))
    assert car_modes_of(schedule)[:4] == ["fast"] * 4
    assert battery_modes_of(schedule)[:4] == ["charge"] * 4


def test_sun_that_is_expected_is_not_bought() -> None:
    sunny = [replace(step, pv_w=8000.0) for step in steps_of([30.0] * 24)[8:]]
    steps = (*steps_of([30.0] * 8), *sunny)
    schedule = solve(problem_of(steps, cars=(car(10_000.0, 6 * HOUR_S, spare=(SpareWorth(9000.0, 15.0),)),)))
    assert "fast" not in car_modes_of(schedule)
    assert schedule.outcomes[0].lack_wh == 0.0


def test_a_need_does_not_rest_on_sun_that_may_not_come() -> None:
    """The sun of the morning would just cover the need. It is bought in the night if half of the suns give less."""
    for part, is_bought in ((0.0, False), (0.8, True)):
        steps = _morning(steps_of([30.0] * 12, pv_w=8400.0, pv_spread_w=part * 8400.0))
        schedule = solve(problem_of(steps, cars=(car(20_000.0, 8 * HOUR_S),)))
        assert ("fast" in car_modes_of(schedule)[12:16]) is is_bought
        assert schedule.outcomes[0].lack_wh <= 100.0


def test_a_dull_day_can_still_buy_when_its_kind_is_known() -> None:
    """In the night a kWh costs 20 ct, and on a bright day the sun brings it. If it is missing on a dull day, it is
    bought at the price of the day. So the night buys only if that price is high."""
    for price_ct, is_bought in ((30.0, False), (60.0, True)):
        steps = _morning(steps_of([price_ct] * 12, pv_w=8400.0, pv_day_spread_w=0.8 * 8400.0))
        schedule = solve(problem_of(steps, cars=(car(20_000.0, 8 * HOUR_S),)))
        assert ("fast" in car_modes_of(schedule)[12:16]) is is_bought
        assert schedule.outcomes[0].lack_wh <= 100.0


def _morning(sunny: tuple[Step, ...]) -> tuple[Step, ...]:
    """Five hours of the night, and then these steps."""
    dark_s = 20 * 900.0
    later = (replace(step, start_s=step.start_s + dark_s, end_s=step.end_s + dark_s) for step in sunny)
    return (*steps_of(NIGHT)[:20], *later)


@given(st.floats(1500.0, 9000.0), st.integers(4, 40), st.floats(10.0, 32.0))
def test_what_must_be_there_does_not_rest_on_the_sun_of_the_last_half_hour(
    need_wh: float, quarters: int, price: float
) -> None:
    dark, bright = steps_of([price] * (quarters + 2))[:quarters], steps_of([price] * (quarters + 2), pv_w=12_000.0)
    one = car(need_wh, leaves_in_s=900.0 * (quarters + 2))
    schedule = solve(problem_of((*dark, *bright[quarters:]), cars=(one,)))
    before_wh = sum(slot.cars["carport"].power_w * 0.25 for slot in schedule.slots[:quarters] if slot.cars)
    assert before_wh >= min(need_wh, one.most_w * 0.25 * quarters) - 350.0


def test_sun_is_followed_although_the_car_needs_nothing() -> None:
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 20.0),))
    schedule = solve(problem_of(steps_of([30.0] * 8, pv_w=5000.0), cars=(own,)))
    assert set(car_modes_of(schedule)) == {"surplus"}
    assert all(slot.cars["carport"].worth_ct == pytest.approx(20.0) for slot in schedule.slots)


def test_a_car_pauses_when_feed_in_pays_more() -> None:
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 5.0),))
    schedule = solve(problem_of(steps_of([30.0] * 8, pv_w=5000.0), cars=(own,)))
    assert set(car_modes_of(schedule)) == {"off"}


def test_a_car_without_sun_is_not_switched_off() -> None:
    assert set(car_modes_of(solve(problem_of(steps_of([30.0] * 8), cars=(car(need_wh=0.0),))))) == {"surplus"}


@FEW
@given(problems(most_cars=0), st.floats(0.0, 48 * HOUR_S))
def test_a_full_car_changes_nothing(problem: Problem, leaves_in_s: float) -> None:
    full = car(0.0, leaves_in_s, room_wh=0.0, running="fast", planned="fast")
    alone, beside = solve(problem), solve(replace(problem, cars=(full,)))
    assert battery_modes_of(beside) == battery_modes_of(alone)
    assert beside.cost_ct == pytest.approx(alone.cost_ct)
