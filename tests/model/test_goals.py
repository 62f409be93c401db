"""Goals in the local clock: weekdays, both changes of the clocks, and a goal for one departure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_time
from optimizer.model.goals import Aim, OnceGoal, RepeatingGoal, next_occurrence

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
INSTANTS = st.floats(1.704e9, 1.83e9)
WORKDAYS = RepeatingGoal(Aim(soc_percent=60.0), 7 * 3600.0, frozenset(range(5)), charger="carport")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-27 06:59", "2026-11-27 07:00"),
        ("2026-11-27 07:00", "2026-11-30 07:00"),
        ("2026-10-23 12:00", "2026-10-26 07:00"),
        ("2026-03-27 12:00", "2026-03-30 07:00"),
    ],
)
def test_a_goal_occurs_at_the_local_time_on_its_days(now: str, then: str) -> None:
    assert WORKDAYS.next_s(at(now), BERLIN) == at(then)


def test_a_time_that_occurs_twice_counts_once_and_a_skipped_one_is_not_lost() -> None:
    early = RepeatingGoal(Aim(energy_wh=5000.0), 2.5 * 3600.0, charger="carport")
    autumn = early.next_s(at("2026-10-25 00:00"), BERLIN)
    assert autumn == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
    assert early.next_s(autumn, BERLIN) == at("2026-10-26 02:30")
    assert early.next_s(at("2026-03-29 00:00"), BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC).timestamp()


@given(INSTANTS, ZONES, st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 1439))
def test_the_next_occurrence_is_the_first_on_one_of_the_days(
    now_s: float, zone: ZoneInfo, days: frozenset[int], minute: int
) -> None:
    goal = RepeatingGoal(Aim(soc_percent=80.0), minute * 60.0, days, charger="carport")
    found = goal.next_s(now_s, zone)
    assert found is not None
    assert now_s < found <= now_s + timedelta(days=8, hours=2).total_seconds()
    local = local_time(found, zone)
    assert local.weekday() in days
    if zone.key != "Australia/Lord_Howe" and local.utcoffset() == local_time(found - 10800.0, zone).utcoffset():
        assert local.hour * 60 + local.minute == minute
    assert goal.next_s(found - 1.0, zone) == found


def once(ready: str, replaces_s: float | None = None) -> OnceGoal:
    return OnceGoal(
        charger="carport",
        aim=Aim(soc_percent=80.0),
        ready_s=at(ready),
        by="me",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        replaces_s=replaces_s,
    )


def test_a_goal_for_one_departure_replaces_one_occurrence_only() -> None:
    now_s, replaced_s = at("2026-11-29 20:00"), at("2026-11-30 07:00")
    by_hand = once("2026-11-30 06:30", replaced_s)
    first = next_occurrence([WORKDAYS], by_hand, now_s, BERLIN, replaced_s)
    assert first is not None
    assert (first.ready_s, first.once, first.aim.text) == (at("2026-11-30 06:30"), True, "80%")
    second = next_occurrence([WORKDAYS], by_hand, first.ready_s, BERLIN, replaced_s)
    assert second is not None
    assert (second.ready_s, second.once) == (at("2026-12-01 07:00"), False)


def test_of_several_goals_the_earliest_departure_counts() -> None:
    sunday = RepeatingGoal(Aim(energy_wh=12_000.0), 9 * 3600.0, frozenset({6}), charger="carport")
    found = next_occurrence([WORKDAYS, sunday], None, at("2026-11-28 20:00"), BERLIN)
    assert found is not None
    assert (found.ready_s, found.aim.text) == (at("2026-11-29 09:00"), "12kWh")
    assert next_occurrence([], None, 0.0, BERLIN) is None
