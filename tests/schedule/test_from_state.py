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
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import SpareWorth, clipped
from optimizer.schedule.solve import solve
from optimizer.schedule.spare import Arrival, CarPast
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


def past(charger: str) -> CarPast:
    """Visits at which the first 20 kWh more would have saved 30 ct each, and 10 kWh more 20 ct each."""
    assert charger == "carport"
    return CarPast((Arrival((30.0,) * 10 + (20.0,) * 10, 0.0),) * 6)


def test_energy_beyond_a_goal_is_worth_what_it_would_have_been_at_the_last_visits() -> None:
    (car,) = problem_of(PLAN, state(), outlook(), {}, None, past).cars
    assert car.spare[0] == SpareWorth(4000.0, pytest.approx((19.0 + 6 * 30.0) / 7))
    assert [part.worth_ct for part in car.spare] == sorted((part.worth_ct for part in car.spare), reverse=True)
    assert car.spare[-1].up_to_wh * car.efficiency == pytest.approx(car.room_wh)
    cheaper = replace(PLAN, alternative_ct=15.0)
    assert problem_of(cheaper, state(), outlook(), {}, None, past).cars[0].spare[0].worth_ct == 15.0


def test_energy_beyond_the_goal_in_the_car_uses_up_the_first_parts() -> None:
    def with_more(charger: str) -> CarPast:
        return past(charger)._replace(over_wh=3000.0)

    (car,) = problem_of(PLAN, state(soc=65.0, needs_wh=0.0), outlook(), {}, None, with_more).cars
    assert car.spare[0].up_to_wh == pytest.approx(1000.0)


def test_without_a_goal_nothing_is_bought_whatever_the_last_visits_were() -> None:
    (car,) = problem_of(PLAN, state(needs_wh=None), outlook(), {}, None, past).cars
    assert [part.worth_ct for part in car.spare] == [19.0]


@given(
    st.floats(0.0, 100.0),
    st.one_of(st.none(), st.floats(0.0, 20_000.0)),
    st.one_of(st.none(), st.floats(0.0, 60.0)),
    st.builds(
        Arrival,
        st.lists(st.floats(-10.0, 100.0), min_size=1, max_size=40).map(tuple),
        st.floats(0.0, 60_000.0),
    ),
    st.floats(0.0, 60_000.0),
)
def test_every_problem_has_worths_that_a_solver_takes(
    soc: float, needs_wh: float | None, alternative_ct: float | None, arrival: Arrival, over_wh: float
) -> None:
    plan = replace(PLAN, alternative_ct=alternative_ct)
    house = state(soc=soc, needs_wh=needs_wh)
    clipped(problem_of(plan, house, outlook(), {}, None, lambda _charger: CarPast((arrival,), over_wh)))


def test_without_any_price_no_more_is_bought_than_the_goal_needs() -> None:
    """A guess counts as lower, so that a later price can be waited for. One assumed price for all would count as lower
    than the worth of spare energy, and fill the car."""
    bare = replace(outlook(), imports=Series(), feed_in=Series())
    problem = problem_of(PLAN, state(), bare, {}, None)
    assert problem.guess_ct == 0.0
    assert problem_of(PLAN, state(), outlook(), {}, None).guess_ct > 0.0
    for schedule in (solve(problem), solve_greedily(*clipped(problem))):
        last = [slot for slot in schedule.slots if slot.cars][-1].cars["carport"]
        assert 5400.0 <= last.charged_wh <= 5400.0 + 16.0 * 230.0 * 3 / 2 * 0.9
        assert [slot.cars["carport"].mode for slot in schedule.slots if slot.cars].index("fast") > 30
