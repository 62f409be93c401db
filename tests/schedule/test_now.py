"""The values of a schedule that rules read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.model.fields import DeviceNames, find_field
from optimizer.model.reading import known
from optimizer.model.state import CHARGING, CONNECTED, DISCONNECTED, EvStatus, Prices, State
from optimizer.schedule.from_state import problem_of
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.now import schedule_now
from optimizer.schedule.problem import clipped
from tests.runtime.scheduler.house import EVENING_S, HOUR_S, PLAN, outlook, state

SCHEDULE = solve_greedily(*clipped(problem_of(PLAN, state(), outlook(), {}, None)))
PRICES = Prices(import_ct=known(20.0, 0.0), feed_in_ct=known(8.0, 0.0))
NAMES = DeviceNames(evs=("carport",), batteries=("cellar",))


def at(hours: float, house: State | None = None) -> State:
    house = replace(house or state(1000.0 + hours * HOUR_S), prices=PRICES)
    return replace(house, schedule=schedule_now(SCHEDULE, house, ""))


def read(house: State, name: str) -> object:
    ref = find_field(name, NAMES)
    assert ref is not None
    return ref.value(house)


def test_the_fields_of_a_car_that_buys() -> None:
    house = at(9.75)
    assert read(house, "schedule.ev.mode") == "fast"
    assert read(house, "schedule.carport.phases") == 3.0
    assert read(house, "schedule.ev.power_w") == pytest.approx(11_040.0)
    assert read(house, "schedule.ev.lacks_wh") == 0.0
    assert read(house, "schedule.ev.grid_share") == 0.9
    ready_in = read(house, "schedule.ev.ready_in")
    assert isinstance(ready_in, float)
    assert 0.0 <= ready_in < HOUR_S


def test_a_car_that_follows_the_surplus_has_no_power() -> None:
    house = at(1.0)
    assert read(house, "schedule.ev.mode") == "surplus"
    assert read(house, "schedule.ev.power_w") is None
    assert read(house, "schedule.battery.mode") == "auto"
    assert read(house, "schedule.battery.power_w") is None
    assert read(house, "schedule.battery.first") is not None


@pytest.mark.parametrize(
    ("hours", "status", "planned"),
    [(9.75, CHARGING, True), (1.0, CHARGING, False), (9.75, CONNECTED, True), (1.0, CONNECTED, True)],
)
def test_a_car_that_charges_without_the_schedule_is_not_counted_for_the_battery(
    hours: float, status: EvStatus, planned: bool
) -> None:
    house = state(1000.0 + hours * HOUR_S)
    evs = {name: replace(ev, status=known(status, house.mono_s)) for name, ev in house.evs.items()}
    assert read(at(hours, replace(house, evs=evs)), "schedule.battery.planned") is planned


def test_without_a_schedule_no_mode_for_the_battery_counts() -> None:
    assert read(at(30.0), "schedule.battery.planned") is False


def test_a_car_that_is_away_and_a_time_beyond_are_unknown() -> None:
    away = at(0.0, state(status=DISCONNECTED))
    ref = find_field("schedule.ev.mode", NAMES)
    assert ref is not None
    assert ref.value(away) is None
    assert ref.why(away) == "no car is connected"
    late = at(30.0)
    assert ref.value(late) is None
    assert ref.why(late) == "the last schedule is no longer good"
    assert read(late, "schedule.battery.mode") is None


def test_the_reading_is_as_old_as_its_slot() -> None:
    house = at(8.1)
    slot = SCHEDULE.slot_at(EVENING_S + 8.1 * HOUR_S)
    assert slot is not None
    mode = house.schedule.cars["carport"].mode
    assert mode.at_s == pytest.approx(house.mono_s - (EVENING_S + 8.1 * HOUR_S - slot.start_s))
