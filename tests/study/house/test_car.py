"""The car's habits: when it is at home, over changes of summer time too, and what it lacks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from optimizer.study.house.car import HABITS, Car, Garage, Stay, moved, parse_trip, stays_between, trips_of
from optimizer.study.input.series import StudyError
from tests.study.scene import START, ZONE

HOUR = 3600.0


def test_a_working_week() -> None:
    car = Car(trips=(parse_trip("mon-fri 07:30-17:15 8kWh"),))
    stays = stays_between(car, START, START + timedelta(days=7), ZONE)
    assert len(stays) == 6
    # 07:30 in Berlin is 05:30 UTC in June; the last trip is on Friday.
    assert stays[0] == Stay(0.0, 5.5 * HOUR, 0.0, 8000.0)
    assert stays[1] == Stay(15.25 * HOUR, 29.5 * HOUR, 8000.0, 8000.0)
    assert stays[-1] == Stay((4 * 24 + 15.25) * HOUR, float("inf"), 8000.0, 0.0)


def test_local_time_across_the_end_of_summer_time() -> None:
    saturday = datetime(2025, 10, 25, 0, 0, tzinfo=UTC)
    stays = stays_between(
        Car(trips=(parse_trip("sat,sun 10:00-12:00 3kWh"),)), saturday, saturday + timedelta(days=2), ZONE
    )
    assert [stay.leaves_s / HOUR for stay in stays[:2]] == [8.0, 24.0 + 9.0]


def test_recorded_visits_in_another_part_of_the_time() -> None:
    visits = (Stay(0.0, HOUR, 1.0, 2.0), Stay(4 * HOUR, 6 * HOUR, 2.0, 3.0), Stay(9 * HOUR, float("inf"), 3.0, 0.0))
    car = Car(stays=visits)
    assert moved(car, 5 * HOUR, 3 * HOUR).stays == (Stay(0.0, HOUR, 2.0, 3.0),)
    assert moved(car, 2 * HOUR, 10 * HOUR).stays == (
        Stay(2 * HOUR, 4 * HOUR, 2.0, 3.0),
        Stay(7 * HOUR, float("inf"), 3.0, 0.0),
    )
    assert moved(car, 0.0, 4 * HOUR).stays == visits[:1]
    assert moved(Car(), 5 * HOUR, HOUR) == Car()


def test_a_trip_over_midnight_and_one_under_way_at_the_start() -> None:
    car = Car(trips=(parse_trip("sun 22:00-06:00 5kWh"),))
    stays = stays_between(car, START, START + timedelta(days=1), ZONE)
    assert stays == (Stay(4.0 * HOUR, float("inf"), 5000.0, 0.0),)


def test_trips_that_overlap_are_refused() -> None:
    car = Car(trips=(parse_trip("mon 08:00-12:00 1kWh"), parse_trip("mon 11:00-13:00 1kWh")))
    with pytest.raises(StudyError, match="overlap"):
        stays_between(car, START, START + timedelta(days=1), ZONE)


@pytest.mark.parametrize("text", ["mon 8-9 1kWh", "xyz 08:00-09:00 1kWh", "mon 25:00-09:00 1kWh", "mon 08:00-09:00 1"])
def test_a_trip_that_is_none(text: str) -> None:
    with pytest.raises(StudyError, match="mon"):
        parse_trip(text)


def test_all_named_habits_can_be_lived() -> None:
    for name in HABITS:
        stays = stays_between(Car(trips=trips_of(name)), START, START + timedelta(days=30), ZONE)
        assert all(stay.arrives_s < stay.leaves_s for stay in stays)


def test_the_garage_knows_what_is_missing_and_when_it_is_enough() -> None:
    garage = Garage(Car(capacity_wh=50_000.0, reserve_percent=20.0), (Stay(0.0, 10 * HOUR, 15_000.0, 8_000.0),))
    assert garage.event_s == 0.0
    assert garage.arrive(20_000.0) == 10_000.0
    assert garage.shortfall_wh == 5_000.0
    assert garage.event_s == 10 * HOUR
    garage.look(17_000.0, 2 * HOUR)
    assert garage.waiting
    garage.look(18_000.0, 3 * HOUR)
    assert not garage.waiting
    # A run that is stopped here has neither a visit nor one in which the car got what it needed.
    assert (garage.visits, garage.waits_h) == (0, [])
    garage.leave()
    assert (garage.visits, garage.waits_h) == (1, [3.0])
    assert garage.event_s == float("inf")
