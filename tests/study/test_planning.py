"""Goals and the schedule in a study: departures are counted, and nothing follows from prices that are not published."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from optimizer.control.params import Params
from optimizer.control.plan import Plan
from optimizer.model.goals import Aim, RepeatingGoal
from optimizer.rules.book.files import book_from_texts
from optimizer.schedule.from_state import SchedulePlan
from optimizer.schedule.goals import GoalPlan, VehicleFacts
from optimizer.study.house.car import Car, parse_trip
from optimizer.study.house.house import World
from optimizer.study.house.prices import Tariff
from optimizer.study.input.series import Series
from optimizer.study.planning import Planning
from optimizer.study.result import SLOT_S, Result
from optimizer.study.simulate import simulate
from tests.study.scene import NAMES, START, SURPLUS, ZONE, site

HOURS = 28
RULES = (Path(__file__).parents[2] / "rules" / "schedule.yaml").read_text("utf-8")
GOAL = RepeatingGoal(
    aim=Aim(soc_percent=60.0), clock_s=7 * 3600.0, days=frozenset(range(5)), charger="carport", vehicle="id3"
)
TRIP = parse_trip("mon-fri 07:10-17:00 6kWh")
CAR = Car(capacity_wh=40_000.0, initial_soc_percent=40.0, trips=(TRIP,), reports_soc=True)
LOW_CT, NEXT_CT, HIGH_CT = 12.0, 30.0, 40.0


def price_ct(hour: int, tomorrow_ct: float) -> float:
    """Low in the first four hours of UTC. `tomorrow_ct` is the price from hour 24 on."""
    if hour >= 24:
        return tomorrow_ct
    return LOW_CT if hour < 4 else HIGH_CT


def world(tomorrow_ct: float = NEXT_CT) -> World:
    rows = [price_ct(row // 60, tomorrow_ct) for row in range(HOURS * 60)]
    dark = Series("dark", START, 60.0, array("d", [0.0] * len(rows)), array("d", [300.0] * len(rows)), array("d", rows))
    return World(dark, {"carport": CAR}, tariff=Tariff(feed_in_ct=8.0), tick_s=60.0)


def planning(schedule: bool = True) -> Planning:
    goals = GoalPlan(site(), (GOAL,), {"id3": VehicleFacts("carport", CAR.capacity_wh)})
    return Planning(goals, SchedulePlan(site=site()) if schedule else None)


def run(house: World, schedule: bool = True) -> Result:
    book = book_from_texts({"defaults.yaml": SURPLUS, "schedule.yaml": RULES}, NAMES, ZONE)
    return simulate(Plan(site(), book, Params()), house, planning=planning(schedule))


@pytest.fixture(scope="module")
def scheduled() -> Result:
    return run(world())


def test_the_schedule_meets_the_departure_in_the_cheap_hours(scheduled: Result) -> None:
    assert (scheduled.departures_met, scheduled.departures_missed, scheduled.departures_lack_wh) == (1, 0, 0.0)
    ev_wh = scheduled.slots["ev_wh"]
    cheap = round(4 * 3600.0 / SLOT_S)
    assert sum(ev_wh[:cheap]) > 8_000.0
    assert sum(ev_wh[cheap : 4 * 24]) == 0.0
    assert scheduled.schedules >= HOURS


def test_without_a_schedule_the_departure_is_missed_and_its_lack_counts() -> None:
    result = run(world(), schedule=False)
    assert (result.departures_met, result.departures_missed, result.schedules) == (0, 1, 0)
    need_wh = 0.2 * CAR.capacity_wh / CAR.efficiency
    assert result.departures_lack_wh == pytest.approx(need_wh, rel=0.05)


def test_a_study_without_goals_counts_no_departures() -> None:
    book = book_from_texts({"defaults.yaml": SURPLUS}, NAMES, ZONE)
    result = simulate(Plan(site(), book, Params()), world())
    assert (result.departures_met, result.departures_missed, result.schedules) == (0, 0, 0)


def test_prices_of_tomorrow_change_nothing_before_their_publication(scheduled: Result) -> None:
    other = run(world(tomorrow_ct=-5.0))
    # 13:00 local time is 11:00 UTC. Local tomorrow begins at 22:00 UTC, and its first two hours cost the same.
    known_from = round(11 * 3600.0 / SLOT_S)
    for name in ("ev_wh", "battery_wh", "import_wh"):
        assert scheduled.slots[name][:known_from] == other.slots[name][:known_from], name
