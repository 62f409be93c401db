"""The load of the house: peaks, and who is blamed for what a phase shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.estimate.house_load import house_load, settled_load
from optimizer.control.estimate.load_inputs import LoadInputs
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.peaks import HouseLoad
from optimizer.control.estimate.worst_case import worst_case_of
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded
from tests.control.estimate.loads import CARPORT, FIVE, HOUSE, NOTHING, amps, load
from tests.control.house import battery, ev, site, state


def test_an_unmeasured_house_is_reserved_for() -> None:
    inputs = LoadInputs(state(grid_a=(5.0, None, 5.0)), site(house_max_a=20.0), {}, {})
    house, measured = house_load(inputs, HouseLoad(), {})
    assert not measured
    assert house.load_a == amps(20.0)


def test_what_a_charger_was_just_told_is_not_the_houses() -> None:
    """The meter shows the car already, its own reading does not."""
    commanded = Commanded(16.0, False, 3, at_s=4.0)
    car = ev(at_s=3.0, offered_a=16.0, paused=False, drawn_a=amps(0.0), commanded=commanded)
    assert load(state(mono_s=10.0, grid_a=amps(17.0), evs=(car,)), FIVE).load_a == amps(5.0)


def test_a_car_that_wakes_up_is_not_the_houses_until_its_reading_can_tell() -> None:
    commanded, memory = Commanded(16.0, False, 3, at_s=-500.0), FIVE
    for now_s, read_s in ((5.0, 3.0), (10.0, 3.0), (15.0, 13.0)):
        car = ev(at_s=read_s, offered_a=16.0, paused=False, drawn_a=amps(0.0), commanded=commanded)
        memory = load(state(mono_s=now_s, grid_a=amps(20.0), evs=(car,)), memory)
        assert memory.load_a == amps(5.0)
    awake = ev(at_s=23.0, offered_a=16.0, paused=False, drawn_a=amps(15.0), commanded=commanded)
    assert load(state(mono_s=25.0, grid_a=amps(20.0), evs=(awake,)), memory).load_a == amps(5.0)
    asleep = ev(at_s=23.0, offered_a=16.0, paused=False, drawn_a=amps(0.0), commanded=commanded)
    assert load(state(mono_s=25.0, grid_a=amps(20.0), evs=(asleep,)), memory).load_a == amps(20.0), "it was the house"


def test_house_and_car_together_are_never_less_than_the_meter_shows() -> None:
    commanded = Commanded(10.0, False, 3, at_s=-500.0)
    car = ev(at_s=0.0, offered_a=10.0, paused=False, drawn_a=amps(2.0), commanded=commanded)
    assert load(state(mono_s=5.0, grid_a=amps(24.0), evs=(car,)), FIVE).load_a == amps(14.0)


def test_a_car_without_offer_leaves_no_doubt() -> None:
    car = ev(at_s=0.0, offered_a=16.0, paused=True, drawn_a=amps(0.0))
    assert load(state(mono_s=5.0, grid_a=amps(20.0), evs=(car,)), FIVE).load_a == amps(20.0)


def test_a_forced_charge_is_not_the_houses() -> None:
    """6.9 kW on three phases are 10 A; the meter shows them before the battery's reading does, or with it."""
    commanded = BatteryCommanded(charge_w=6900.0, at_s=0.0)
    for power_w, at_s in ((0.0, 2.0), (-6900.0, 20.0)):
        cells = battery(power_w=power_w, at_s=at_s)
        house = load(state(mono_s=20.0, grid_a=amps(15.0), batteries=(cells,)), FIVE, cellar=commanded)
        assert house.load_a == amps(5.0)


def test_what_a_battery_charges_with_of_its_own_is_the_houses() -> None:
    once_forced = BatteryCommanded(charge_w=0.0, before_w=300.0, at_s=0.0, discharge_w=0.0)
    for commanded in (once_forced, BatteryCommanded(charge_w=690.0, at_s=0.0)):
        cells = battery(power_w=-6900.0, at_s=30.0)
        house = load(state(mono_s=30.0, grid_a=amps(15.0), batteries=(cells,)), FIVE, cellar=commanded)
        assert house.load_a == amps(15.0 - commanded.charge_w / 690.0)


@pytest.mark.parametrize(
    ("read_at_s", "now_a", "before_a", "kept_a"),
    [
        (8.0, 0.0, (16.0,) * 3, 8.0),  # it fell after the meter was read
        (8.0, 0.0, (), 24.0),  # nobody knows what it drew before
        (8.0, 16.0, (16.0,) * 3, 8.0),  # it did not fall
        (5.0, 0.0, (16.0,) * 3, 24.0),  # the meter was read after it
    ],
)
def test_a_current_that_ended_between_two_readings_is_not_held_as_load(
    read_at_s: float, now_a: float, before_a: tuple[float, ...], kept_a: float
) -> None:
    car = ev(at_s=read_at_s, offered_a=16.0, paused=not now_a, drawn_a=amps(now_a))
    snapshot = state(mono_s=10.0, grid_at_s=7.0, grid_a=amps(24.0), evs=(car,))
    worst = {"carport": worst_case_of(car, CARPORT, 0.0)}
    inputs = LoadInputs(snapshot, HOUSE, worst, {}, observed={"carport": Observation(before_a=before_a)})
    house, measured = house_load(inputs, FIVE, {})
    assert measured
    assert house.load_a == amps(24.0 - now_a), "it counts in this tick"
    assert settled_load(inputs, FIVE, {}, house).load_a == amps(kept_a)


def test_a_memory_of_devices_that_are_gone_does_no_harm() -> None:
    snapshot = state(mono_s=31.0, grid_a=amps(3.0))
    house, _ = house_load(LoadInputs(snapshot, site(), {}, {"gone": BatteryCommanded(1000.0)}), FIVE, {})
    assert house.load_a == amps(3.0)


def test_a_meter_in_doubt_can_raise_the_reserve_and_never_lowers_it() -> None:
    where = site(house_max_a=16.0)
    for doubted_a, counted in (((30.0, 5.0, -3.0), (30.0, 16.0, 16.0)), ((), (16.0, 16.0, 16.0))):
        inputs = LoadInputs(state(grid_w=None), where, {}, {}, doubted_a=doubted_a)
        house, measured = house_load(inputs, HouseLoad(), {})
        assert house.load_a == counted
        assert not measured


@given(st.lists(st.floats(0.0, 20.0), min_size=3, max_size=12), st.floats(6.0, 16.0), st.sampled_from([1, 3]))
def test_the_car_of_a_charger_that_does_not_answer_is_not_held_as_load_of_the_house(
    houses_a: list[float], car_a: float, phases: int
) -> None:
    """It counts while the charger does not answer. After that, only the house is left, with its peaks."""
    charger = ChargerSite("carport", phase_map=(1, 2, 3)[:phases])
    where, memory, drawn_a = site(charger), NOTHING, (car_a,) * phases
    for number, house_a in enumerate(houses_a):
        now_s, silent = 5.0 * number, 0 < number < len(houses_a) - 1
        unread = (None,) * phases
        car = ev(at_s=now_s, offered_a=car_a, paused=False, drawn_a=drawn_a, power_w=230.0 * sum(drawn_a))
        if silent:
            car = ev(at_s=now_s, offered_a=None, paused=None, drawn_a=unread, power_w=None)
        both_a = house_a + car_a
        shown_a = (both_a, both_a if phases == 3 else house_a, both_a if phases == 3 else house_a)
        worst = {"carport": worst_case_of(car, charger, car_a)}
        snapshot = state(mono_s=now_s, grid_at_s=now_s, grid_a=shown_a, evs=(car,))
        observed = {"carport": Observation(before_a=drawn_a if number else ())}
        inputs = LoadInputs(snapshot, where, worst, {}, observed=observed)
        house, _ = house_load(inputs, memory, {})
        if silent:
            assert all(one >= shown for one, shown in zip(house.load_a, shown_a, strict=True)), "it counts now"
        memory = settled_load(inputs, memory, {}, house)
    assert all(houses_a[-1] - 1e-6 <= one <= max(houses_a) + 1e-6 for one in memory.load_a)
