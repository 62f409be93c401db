"""The solver by dynamic programming: its schedules obey physics, reach goals, and cost no more than simple ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.model.schedule import Goal, Schedule
from optimizer.schedule.in_turn import solve_modes
from optimizer.schedule.problem import Problem, SpareWorth, clipped
from optimizer.schedule.solve import solve
from tests.schedule.problems import HOUR_S, NIGHT, QUARTER_S, START_S, battery, car, problem_of, problems, steps_of

QUARTER_WH = 2760.0
"""Energy of a quarter hour at full power."""
FEW = settings(max_examples=40, deadline=None)
"""A schedule takes some hundredths of a second."""


def _modes(schedule: Schedule) -> list[str]:
    return [slot.cars["carport"].mode for slot in schedule.slots if slot.cars]


def _batteries(schedule: Schedule) -> list[str]:
    return [slot.battery.mode for slot in schedule.slots if slot.battery is not None]


def _runs(modes: Sequence[str], mode: str) -> int:
    return sum(one != mode and other == mode for one, other in zip(["", *modes], modes, strict=False))


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
    assert _modes(schedule) == ["fast"] * quarters
    assert all(slot.cars["carport"].power_w == own.most_w for slot in schedule.slots[:quarters])
    assert schedule.outcomes[0].lack_wh == pytest.approx(50_000.0 - quarters * 2760.0)
    assert schedule.outcomes[0].ready_at_s is None


def test_the_cheapest_hour_is_taken_in_one_run() -> None:
    schedule = solve(problem_of(steps_of(NIGHT), cars=(car(need_wh=8000.0),)))
    assert _runs(_modes(schedule), "fast") == 1
    assert [index for index, mode in enumerate(_modes(schedule)) if mode == "fast"] in ([12, 13, 14], [13, 14, 15])
    assert sum(slot.cars["carport"].power_w for slot in schedule.slots if slot.cars) * 0.25 == pytest.approx(8000.0)


def test_small_differences_of_prices_do_not_split_a_run_into_quarter_hours() -> None:
    prices = [25.0, 24.0] * 16
    assert _runs(_modes(solve(problem_of(steps_of(prices), cars=(car(need_wh=8000.0),)))), "fast") <= 2


@pytest.mark.parametrize("phases", [1, 3])
def test_a_running_car_does_not_switch_its_phases_for_one_quarter_hour(phases: int) -> None:
    prices = [27.0, 28.2] * 16
    own = replace(car(9000.0, 8 * HOUR_S), running="fast", running_phases=phases)
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,)), ())
    powers_w = [
        slot.cars["carport"].power_w for slot in schedule.slots if slot.cars and slot.cars["carport"].mode == "fast"
    ]
    full_w = own.power_w(phases, own.most_a)
    assert powers_w[:3] == pytest.approx([full_w] * 3)


@pytest.mark.parametrize("rest_wh", [150.0, 550.0, 1300.0, 2200.0])
@pytest.mark.parametrize("spare_ct", [0.0, 17.6])
def test_the_rest_of_a_need_is_charged_in_the_same_run(rest_wh: float, spare_ct: float) -> None:
    """A later quarter hour is a little cheaper, but a start costs more than it saves."""
    prices = [28.8, 28.0, 28.7, 28.0, 29.3, 26.8, 28.3, 27.0, *[35.0] * 20]
    own = car(QUARTER_WH + rest_wh, 3 * HOUR_S, spare=(SpareWorth(18_000.0, spare_ct),))
    own = replace(own, running="fast", running_phases=3, planned="fast")
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=battery(energy_wh=1600.0)), ())
    assert _runs(_modes(schedule), "fast") == 1
    assert schedule.outcomes[0].lack_wh == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize("room_wh", [200.0, 1500.0, 3000.0])
@pytest.mark.parametrize("spare_ct", [0.0, 17.6])
def test_a_full_car_is_not_in_fast(room_wh: float, spare_ct: float) -> None:
    """The last point of its energies lies above what it can take."""
    prices = [15.0] * 3 + [28.0] * 5 + [45.0, 45.0, 34.0, 33.0] + [28.0] * 16
    own = car(0.0, 6 * HOUR_S, room_wh=room_wh, spare=(SpareWorth(18_000.0, spare_ct),))
    schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=battery()), ())
    fast = [one.power_w for slot in schedule.slots for one in slot.cars.values() if one.mode == "fast"]
    assert all(power_w > 0.0 for power_w in fast)
    assert sum(fast) * 0.25 <= room_wh + 1.0
    if room_wh == 3000.0:  # less would not pay for the start
        assert bool(fast) is (spare_ct > 15.0)


def test_the_worth_of_energy_in_a_nearly_full_car_is_no_larger_than_what_it_replaces() -> None:
    """The last point of its energies lies above what it can take, and nothing may be gained there."""
    prices = [25.3] * 8 + [24.2] * 40
    own = car(0.0, 12 * HOUR_S, room_wh=8433.7, spare=(SpareWorth(2433.7, 24.0), SpareWorth(8433.7, 16.4)))
    for fields in ({}, {"energy_wh": 500.0}):
        house = battery(**fields)
        schedule = solve_modes(problem_of(steps_of(prices), cars=(own,), battery=house), ())
        worths = [slot.cars["carport"].worth_ct for slot in schedule.slots if slot.cars]
        assert max(worths) <= 25.0
        assert min(worths) >= -0.5


@FEW
@given(problems(most_cars=1))
def test_a_car_that_takes_nothing_is_not_in_fast(problem: Problem) -> None:
    """In `fast` the car would really charge, because the rule claims the mode and no energy."""
    for slot in solve(problem).slots:
        for one in slot.cars.values():
            assert one.mode != "fast" or one.power_w > 0.0


def test_a_short_low_price_does_not_make_the_battery_charge_for_one_quarter_hour() -> None:
    prices = [30.0, 26.5, *[30.0] * 30]
    assert "charge" not in _batteries(solve(problem_of(steps_of(prices), battery=battery(end_ct=24.0))))


def test_the_battery_charges_in_a_low_price_and_covers_the_home_in_a_high_one() -> None:
    prices = [10.0] * 8 + [50.0] * 16
    schedule = solve(problem_of(steps_of(prices, home_w=2000.0), battery=battery(1000.0, end_ct=5.0)))
    assert "charge" in _batteries(schedule)[:8]
    assert set(_batteries(schedule)[8:]) == {"auto"}


def test_the_battery_is_held_for_a_higher_price() -> None:
    prices = [20.0] * 8 + [60.0] * 8
    schedule = solve(problem_of(steps_of(prices, home_w=2000.0), battery=battery(3000.0, can_command=False)))
    assert set(_batteries(schedule)[:8]) == {"hold"}


def test_a_negative_price_is_used() -> None:
    steps = steps_of([-10.0] * 4 + [30.0] * 20, feed_in_ct=-10.0)
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 10.0),))
    schedule = solve(problem_of(steps, cars=(own,), battery=battery(1000.0)))
    assert _modes(schedule)[:4] == ["fast"] * 4
    assert _batteries(schedule)[:4] == ["charge"] * 4


def test_sun_that_is_expected_is_not_bought() -> None:
    sunny = [replace(step, pv_w=8000.0) for step in steps_of([30.0] * 24)[8:]]
    steps = (*steps_of([30.0] * 8), *sunny)
    schedule = solve(problem_of(steps, cars=(car(10_000.0, 6 * HOUR_S, spare=(SpareWorth(9000.0, 15.0),)),)))
    assert "fast" not in _modes(schedule)
    assert schedule.outcomes[0].lack_wh == 0.0


def test_sun_is_followed_although_the_car_needs_nothing() -> None:
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 20.0),))
    schedule = solve(problem_of(steps_of([30.0] * 8, pv_w=5000.0), cars=(own,)))
    assert set(_modes(schedule)) == {"surplus"}
    assert all(slot.cars["carport"].worth_ct == pytest.approx(20.0) for slot in schedule.slots)


def test_a_car_pauses_when_feed_in_pays_more() -> None:
    own = car(need_wh=0.0, spare=(SpareWorth(20_000.0, 5.0),))
    schedule = solve(problem_of(steps_of([30.0] * 8, pv_w=5000.0), cars=(own,)))
    assert set(_modes(schedule)) == {"off"}


def test_a_car_without_sun_is_not_switched_off() -> None:
    assert set(_modes(solve(problem_of(steps_of([30.0] * 8), cars=(car(need_wh=0.0),))))) == {"surplus"}


def test_the_planned_mode_stays_unless_another_is_clearly_better() -> None:
    prices = [25.0] * 8 + [24.5] * 8
    problem = problem_of(steps_of(prices), cars=(car(need_wh=2760.0, running="fast", planned="fast"),))
    assert _modes(solve(problem))[0] == "fast"
    assert _modes(solve(replace(problem, hysteresis_ct=0.0)))[0] == "surplus"


def test_two_cars_share_a_limit() -> None:
    first = car(need_wh=8000.0, leaves_in_s=5 * HOUR_S)
    goal = Goal(charger="garage", ready_at_s=START_S + 7 * HOUR_S, need_wh=8000.0)
    second = replace(first, charger="garage", goal=goal)
    schedule = solve(problem_of(steps_of(NIGHT), cars=(second, first), most_import_w=12_000.0))
    assert [outcome.lack_wh for outcome in schedule.outcomes] == [0.0, 0.0]
    assert all(sum(one.power_w for one in slot.cars.values()) + slot.home_w <= 12_000.1 for slot in schedule.slots)


def test_the_worth_of_the_battery_is_that_of_the_import_that_it_replaces() -> None:
    schedule = solve(problem_of(steps_of([30.0] * 16, home_w=1000.0), battery=battery(3000.0, end_ct=5.0)))
    first = schedule.slots[0].battery
    assert first is not None
    assert first.worth_ct == pytest.approx((30.0 - 2.0) * 0.95, abs=1.5)


def test_the_last_step_is_bought_although_its_lack_would_cost_less() -> None:
    """Nine free quarter hours, a half hour with dear sun, a dear quarter hour, and a free one."""
    first = steps_of([0.0] * 36, home_w=0.0)
    sunny = replace(first[9], end_s=first[10].end_s, feed_in_ct=28.0, pv_w=2015.0)
    steps = (*first[:9], sunny, replace(first[11], import_ct=34.0), *first[12:])
    own = car(need_wh=9717.5, leaves_in_s=13 * QUARTER_S, phases=(1,), room_wh=1e6)
    assert solve_modes(problem_of(steps, cars=(own,))).outcomes[0].lack_wh <= 1.0
