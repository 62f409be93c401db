"""The stage does what the fast layer does: a charger in a closed loop with `decide` draws the power of the stage."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.params import FollowParams
from optimizer.control.request.wear import start_price_w
from optimizer.model.schedule import CarMode
from optimizer.model.site import ChargerSite
from optimizer.schedule.stage import NUMBERS, Action, House, Weather, expect, live
from tests.control.cars import HOME_W, Loop
from tests.control.cars import Car as SimulatedCar
from tests.examples import one_in
from tests.schedule.problems import battery, car

SETTLES_MIN, MEASURED_MIN = 10.0, 5.0
START_W = 1.02 * start_price_w(FollowParams(), 1.0) / 2.0
"""Near the threshold of a start, the fast layer waits for the price of the start. The stage knows no such price. A watt
of surplus raises the gain by 1 + λ, and the price rises with λ in the same way."""
SWITCH = 0.12
"""The same for a switch of phases, as a part of the surplus."""
TOLERANCE_W = 160.0
"""One step of the trim."""


def _stage_w(sun_w: float, action: Action, phases: tuple[int, ...], least_a: float) -> float:
    own = car(phases=phases, least_a=least_a)
    weather = Weather(
        hours=0.25,
        import_ct=30.0,
        feed_in_ct=8.0,
        pv_w=sun_w + HOME_W,
        home_w=HOME_W,
        other_cars_w=0.0,
        cars_most_w=math.inf,
    )
    return float(live(NUMBERS, House(battery=None), weather, own, action, 0.0, math.inf).car_w)


@settings(max_examples=one_in(3), deadline=None)
@given(
    mode=st.sampled_from(["off", "surplus", "surplus", "surplus", "fast"]),
    sun_w=st.floats(-400.0, 13_000.0),
    switches=st.booleans(),
    grid_share=st.sampled_from([0.0, 0.5, 0.7]),
)
def test_a_charger_draws_what_the_stage_says(mode: CarMode, sun_w: float, switches: bool, grid_share: float) -> None:
    loop = Loop(ChargerSite("carport", can_switch_phases=switches), SimulatedCar(), mode=mode, grid_share=grid_share)
    loop.run(sun_w + HOME_W, SETTLES_MIN)
    before_wh = loop.car_wh
    loop.run(sun_w + HOME_W, MEASURED_MIN)
    drawn_w = (loop.car_wh - before_wh) * 60.0 / MEASURED_MIN
    phases = (1, 3) if switches else (3,)
    action = Action(car=mode, phases=3, grid_share=grid_share)
    near_w = max(START_W, SWITCH * abs(sun_w)) if switches else START_W
    around = [_stage_w(sun_w + part * near_w, action, phases, 6.0) for part in (-1.0, 0.0, 1.0)]
    assert min(around) - TOLERANCE_W <= drawn_w <= max(around) + TOLERANCE_W


def test_the_battery_does_not_supply_a_car() -> None:
    weather = Weather(
        hours=0.25, import_ct=30.0, feed_in_ct=8.0, pv_w=0.0, home_w=600.0, other_cars_w=0.0, cars_most_w=math.inf
    )
    house = House(battery=battery())
    action = Action(car="fast", phases=3)
    flows = live(NUMBERS, house, weather, car(), action, 5000.0, math.inf)
    assert (flows.car_w, flows.battery_w, flows.grid_w) == (11_040.0, 600.0, 11_040.0)
    supplied = live(NUMBERS, house, weather, car(), Action(car="fast", phases=3, battery="discharge"), 5000.0, math.inf)
    assert (supplied.battery_w, supplied.grid_w) == (5000.0, 6640.0)


def test_a_limit_below_the_least_current_pauses_the_car() -> None:
    weather = Weather(
        hours=0.25, import_ct=30.0, feed_in_ct=8.0, pv_w=0.0, home_w=0.0, other_cars_w=0.0, cars_most_w=1300.0
    )
    flows = live(NUMBERS, House(battery=None), weather, car(), Action(car="fast", phases=3), 0.0, math.inf)
    assert flows.car_w == 0.0


def test_curtailed_sun_is_not_paid() -> None:
    weather = Weather(
        hours=1.0, import_ct=30.0, feed_in_ct=8.0, pv_w=9000.0, home_w=0.0, other_cars_w=0.0, cars_most_w=math.inf
    )
    flows = live(NUMBERS, House(battery=None, most_export_w=5000.0), weather, None, Action(), 0.0, 0.0)
    assert flows.grid_w == -5000.0
    assert flows.cost_ct == pytest.approx(-40.0)


def _uncertain(sun_w: float, sun_part: float, home_w: float, home_part: float) -> Weather:
    return Weather(
        hours=0.25,
        import_ct=30.0,
        feed_in_ct=8.0,
        pv_w=sun_w,
        home_w=home_w,
        other_cars_w=0.0,
        cars_most_w=math.inf,
        pv_spread_w=sun_part * sun_w,
        home_spread_w=home_part * home_w,
    )


parts = st.floats(0.0, 1.0)


@given(
    sun_w=st.floats(0.0, 15_000.0),
    sun_part=parts,
    home_part=parts,
    stored_wh=st.floats(500.0, 10_000.0),
    mode=st.sampled_from(["off", "surplus", "fast"]),
)
def test_an_uncertain_step_is_the_mean_of_a_small_and_a_large_surplus(
    sun_w: float, sun_part: float, home_part: float, stored_wh: float, mode: CarMode
) -> None:
    house, action = House(battery=battery()), Action(car=mode, phases=1)
    weather = _uncertain(sun_w, sun_part, HOME_W, home_part)
    found = expect(NUMBERS, house, weather, car(), action, stored_wh, math.inf)
    both = [
        live(
            NUMBERS,
            house,
            weather._replace(pv_w=sun_w * (1.0 + sign * sun_part), home_w=HOME_W * (1.0 - sign * home_part)),
            car(),
            action,
            stored_wh,
            math.inf,
        )
        for sign in (-1.0, 1.0)
    ]
    assert list(found) == pytest.approx([(one + other) / 2.0 for one, other in zip(*both, strict=True)])


@given(sun_w=st.floats(0.0, 15_000.0), sun_part=parts, home_part=parts)
def test_an_uncertain_step_costs_no_less_than_a_certain_one(sun_w: float, sun_part: float, home_part: float) -> None:
    """A kWh that is missing costs more than one that is too much brings."""
    weather = _uncertain(sun_w, sun_part, 3000.0, home_part)
    uncertain = expect(NUMBERS, House(battery=None), weather, None, Action(), 0.0, 0.0)
    certain = live(NUMBERS, House(battery=None), weather, None, Action(), 0.0, 0.0)
    assert uncertain.cost_ct >= certain.cost_ct - 1e-9
