"""From the house to the problem of the solver."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.reading import known, unknown
from optimizer.model.series import Series, Slot
from optimizer.model.site import ChargerSite
from optimizer.model.state import CHARGING, CONNECTED, DISCONNECTED
from optimizer.schedule.from_state import NO_PRICES_RESERVE_S, UNKNOWN_ROOM_WH, problem_of
from optimizer.schedule.problem import SpareWorth, clipped
from optimizer.schedule.spare import Past
from tests.runtime.scheduler.house import EVENING_S, HOUR_S, PLAN, outlook, state


def test_a_car_with_a_goal() -> None:
    found = problem_of(PLAN, state(status=CHARGING), outlook(), {"carport": "min_surplus"}, None)
    (car,) = found.cars
    assert car.goal is not None
    assert (car.goal.ready_at_s, car.goal.need_wh) == (EVENING_S + 12 * HOUR_S, 5400.0)
    assert car.room_wh == pytest.approx(0.6 * 58_000.0)
    assert (car.phases, car.least_a, car.most_a, car.running) == ((1, 3), 6.0, 16.0, "surplus")
    assert car.charging is True
    assert problem_of(PLAN, state(status=CONNECTED), outlook(), {}, None).cars[0].charging is False
    assert found.prices_known_until_s == EVENING_S + 30 * HOUR_S
    assert found.steps[0].import_ct == 30.0
    assert not found.steps[-1].is_known


def test_more_energy_than_the_goal_is_worth_less_than_the_cheapest_price() -> None:
    (car,) = problem_of(PLAN, state(), outlook(), {}, None).cars
    (spare,) = car.spare
    assert spare.worth_ct == pytest.approx(19.0)
    cheap = replace(PLAN, alternative_ct=15.0)
    assert problem_of(cheap, state(), outlook(), {}, None).cars[0].spare[0].worth_ct == 14.0
    free = replace(outlook(), imports=outlook().imports.map(lambda ct: ct - 40.0))
    assert problem_of(PLAN, state(), free, {}, None).cars[0].spare[0].worth_ct == 9.0


def test_a_car_that_is_away_is_no_part_of_it() -> None:
    assert problem_of(PLAN, state(status=DISCONNECTED), outlook(), {}, None).cars == ()


def test_an_unknown_state_of_charge_leaves_some_room() -> None:
    (car,) = problem_of(PLAN, state(soc=None), outlook(), {}, None).cars
    assert car.room_wh == 5400.0 + UNKNOWN_ROOM_WH


@pytest.mark.parametrize(
    ("charger", "phases"),
    [
        (ChargerSite("carport"), (3,)),
        (ChargerSite("carport", phase_map=(2,)), (1,)),
        (ChargerSite("carport", car_phases=1), (1,)),
        (ChargerSite("carport", can_switch_phases=True, car_phases=2), (1, 2)),
    ],
)
def test_phases_of_charger_and_car(charger: ChargerSite, phases: tuple[int, ...]) -> None:
    plan = replace(PLAN, site=replace(PLAN.site, chargers={"carport": charger}))
    assert problem_of(plan, state(), outlook(), {}, None).cars[0].phases == phases


def test_the_consumption_of_now_counts_only_while_nothing_else_is_known() -> None:
    """A kettle of 3 kW is not the consumption of two days."""
    kettle = replace(state(), grid=replace(state().grid, power_w=known(3000.0, 1000.0)))
    hour = Series.of([Slot(EVENING_S - HOUR_S, EVENING_S, 350.0)])
    for home, power_w in ((hour, 350.0), (Series(), 3000.0)):
        found = problem_of(PLAN, kettle, replace(outlook(), home=home), {}, None)
        assert found.steps[10].home_w == power_w


def test_the_battery_with_its_reserve() -> None:
    house = state()
    battery = replace(house.batteries["cellar"], reserve_soc_percent=known(25.0, 1000.0))
    found = problem_of(PLAN, replace(house, batteries={"cellar": battery}), outlook(), {}, None).battery
    assert found is not None
    assert (found.energy_wh, found.floor_wh, found.capacity_wh) == (5000.0, 2500.0, 10_000.0)
    silent = replace(battery, soc_percent=unknown("silent", 1000.0))
    assert problem_of(PLAN, replace(house, batteries={"cellar": silent}), outlook(), {}, None).battery is None


def test_a_dimmed_house_limits_the_next_hour() -> None:
    house = state()
    dimmed = replace(house, grid=replace(house.grid, dimmed=known(True, 1000.0)))
    steps = problem_of(PLAN, dimmed, outlook(), {}, None).steps
    assert [step.cars_most_w for step in steps[:5]] == [4200.0] * 4 + [None]


def test_without_any_price_the_car_is_ready_an_hour_early() -> None:
    nothing = replace(outlook(), imports=Series(), feed_in=Series())
    found = problem_of(PLAN, state(), nothing, {}, None)
    assert found.cars[0].reserve_s == NO_PRICES_RESERVE_S
    assert {step.is_known for step in found.steps} == {False}
    assert {step.import_ct for step in found.steps} == {30.0}


def days(charger: str) -> list[Past]:
    """Six days in which a car needed 10 kWh a day, at 20 ct in two hours and 30 ct else."""
    assert charger == "carport"
    return [
        Past(
            start_s=HOUR_S * hour,
            end_s=HOUR_S * (hour + 1),
            import_ct=20.0 if hour % 24 in (2, 3) else 30.0,
            feed_in_ct=8.0,
            surplus_w=0.0,
            here=True,
            needed_wh=30_000.0 if hour % 24 == 0 else 0.0,
        )
        for hour in range(24 * 6)
    ]


def test_energy_beyond_a_goal_is_worth_what_the_last_days_have_cost() -> None:
    (car,) = problem_of(PLAN, state(), outlook(), {}, None, days).cars
    assert car.spare[0] == SpareWorth(4000.0, 30.0)
    assert [part.worth_ct for part in car.spare] == sorted((part.worth_ct for part in car.spare), reverse=True)
    assert car.spare[-1].up_to_wh * car.efficiency == pytest.approx(car.room_wh)
    cheaper = replace(PLAN, alternative_ct=15.0)
    assert problem_of(cheaper, state(), outlook(), {}, None, days).cars[0].spare[0].worth_ct == 15.0


def test_energy_beyond_the_goal_in_the_car_uses_up_the_first_parts() -> None:
    (car,) = problem_of(PLAN, state(soc=65.0, needs_wh=0.0), outlook(), {}, None, days).cars
    assert car.spare[0].up_to_wh == pytest.approx(4000.0 - 0.05 * 58_000.0 / 0.9)


def test_without_a_goal_nothing_is_bought_whatever_the_last_days_have_cost() -> None:
    (car,) = problem_of(PLAN, state(needs_wh=None), outlook(), {}, None, days).cars
    assert [part.worth_ct for part in car.spare] == [19.0]


@given(
    st.floats(0.0, 100.0),
    st.one_of(st.none(), st.floats(0.0, 20_000.0)),
    st.one_of(st.none(), st.floats(0.0, 60.0)),
    st.floats(0.0, 60_000.0),
)
def test_every_problem_has_worths_that_a_solver_takes(
    soc: float, needs_wh: float | None, alternative_ct: float | None, needed_wh: float
) -> None:
    def past(_charger: str) -> list[Past]:
        return [replace(one, needed_wh=needed_wh * (one.needed_wh > 0.0)) for one in days("carport")]

    plan = replace(PLAN, alternative_ct=alternative_ct)
    clipped(problem_of(plan, state(soc=soc, needs_wh=needs_wh), outlook(), {}, None, past))
