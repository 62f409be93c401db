"""The goal of a car through its life: away, open, reached, passed, moved, impossible, and not known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.goals import STATES, Aim, Occurrence, OnceGoal, Pause, RepeatingGoal
from optimizer.schedule.departures import BEFORE_END_S, Car, Departure, followed, need_wh, reported, state_of

BERLIN = ZoneInfo("Europe/Berlin")
SOC = Aim(soc_percent=60.0)
DAILY = RepeatingGoal(SOC, 7 * 3600.0, charger="carport")
ENERGY = RepeatingGoal(Aim(energy_wh=12_000.0), 7 * 3600.0, charger="carport")


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=BERLIN).timestamp()


def car(**changes: Any) -> Car:
    return Car("carport", True, 0.0, soc_percent=40.0, capacity_wh=58_000.0)._replace(**changes)


def text(departure: Departure, one: Car, now: str) -> str:
    return reported(departure, one, at(now), BERLIN).text


def test_an_open_goal_says_what_is_missing() -> None:
    found = followed(Departure(), [DAILY], car(), at("29 20:00"), BERLIN)
    assert state_of(found, car(), at("29 20:00")) == "open"
    assert text(found, car(), "29 20:00") == "60% by Mon 07:00: the car still needs 12.9 kWh."


def test_a_passed_goal_holds_until_it_is_reached() -> None:
    found = followed(Departure(), [DAILY], car(), at("30 06:00"), BERLIN)
    late = followed(found, [DAILY], car(soc_percent=55.0), at("30 07:30"), BERLIN)
    assert late.current == found.current
    assert state_of(late, car(soc_percent=55.0), at("30 07:30")) == "overdue"
    assert "Charging goes on until the goal is reached." in text(late, car(), "30 07:30")
    done = followed(late, [DAILY], car(soc_percent=60.0), at("30 08:00"), BERLIN)
    assert done.current is not None
    assert done.current.ready_s == at("30 07:00") + 86_400.0


def test_a_passed_goal_ends_when_the_car_is_unplugged() -> None:
    found = followed(Departure(), [DAILY], car(), at("30 06:00"), BERLIN)
    gone = followed(found, [DAILY], car(connected=False), at("30 07:05"), BERLIN)
    assert gone.current is not None
    assert gone.current.ready_s > at("30 07:05")
    unknown = followed(found, [DAILY], car(connected=None, soc_percent=None), at("30 07:05"), BERLIN)
    assert unknown.current == found.current


def test_a_goal_that_was_missed_long_ago_is_over() -> None:
    old = Departure(current=Occurrence(at("20 07:00"), SOC))
    assert followed(old, [DAILY], car(), at("29 20:00"), BERLIN).current != old.current


def test_an_energy_counts_from_the_plug_and_again_for_the_next_departure() -> None:
    found = followed(Departure(), [ENERGY], car(session_wh=0.0), at("29 20:00"), BERLIN)
    charged = car(session_wh=12_000.0)
    found = followed(found, [ENERGY], charged, at("30 06:59"), BERLIN)
    assert text(found, charged, "30 06:59") == "12kWh by 07:00: reached."
    found = followed(found, [ENERGY], charged, at("30 07:01"), BERLIN)
    assert found.current is not None
    assert need_wh(found, found.current, charged) == 12_000.0
    found = followed(found, [ENERGY], car(connected=False), at("30 08:00"), BERLIN)
    assert found.base_wh == 0.0
    assert need_wh(found, found.current or Occurrence(0.0, SOC), car(session_wh=1000.0)) == 11_000.0


def test_an_energy_that_was_set_by_hand_counts_from_then() -> None:
    once = OnceGoal(
        charger="carport",
        aim=Aim(energy_wh=5000.0),
        ready_s=at("29 22:00"),
        by="me",
        at=datetime.now(UTC),
        base_wh=7000.0,
    )
    found = followed(Departure(once, session_wh=7000.0), [DAILY], car(session_wh=8000.0), at("29 20:00"), BERLIN)
    assert found.current is not None
    assert need_wh(found, found.current, car(session_wh=8000.0)) == 4000.0
    new = followed(found, [DAILY], car(session_wh=100.0), at("29 20:10"), BERLIN)
    assert new.once is not None
    assert new.once.base_wh == 0.0


def test_a_goal_for_one_departure_is_over_after_it_and_its_skipped_departure_stays_out() -> None:
    once = OnceGoal(
        charger="carport",
        aim=Aim(soc_percent=80.0),
        ready_s=at("30 06:30"),
        by="me",
        at=datetime.now(UTC),
        replaces_s=at("30 07:00"),
    )
    found = Departure(once, skipped_s=at("30 07:00"))
    found = followed(found, [DAILY], car(), at("30 06:00"), BERLIN)
    assert found.current is not None
    assert found.current.once
    found = followed(found, [DAILY], car(connected=False), at("30 06:31"), BERLIN)
    assert found.once is None
    assert found.current is not None
    assert found.current.ready_s == at("30 07:00") + 86_400.0


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (car(soc_percent=72.0), "60% by 07:00: nothing to do, the state of charge is 72 % already."),
        (car(connected=False, soc_percent=None, capacity_wh=None), "60% by 07:00: no car is connected."),
        (car(connected=False), "It needs 12.9 kWh: plug it in by 05:49 at the latest."),
        (car(most_w=2000.0), "cannot be reached: 10.9 kWh will be missing, also with full power from now on."),
        (car(soc_percent=None), "The state of charge is not known; 20 % at plug-in is assumed."),
        (car(limit_soc_percent=50.0), "the car still needs 6.4 kWh. The car itself stops at 50 %."),
        (car(capacity_wh=None), "the settings have no capacity for this car (vehicles)"),
        (car(soc_percent=None, session_wh=None), "neither the state of charge nor the energy of the session is known"),
    ],
)
def test_each_state_has_a_sentence(one: Car, says: str) -> None:
    found = followed(Departure(), [DAILY], one, at("29 06:00"), BERLIN)
    assert says in text(found, one, "29 06:00")


def test_a_charger_that_counts_no_session_leaves_an_energy_unknown() -> None:
    one = car(session_wh=None)
    found = followed(Departure(), [ENERGY], one, at("29 06:00"), BERLIN)
    assert "the charger does not report the energy of the session" in text(found, one, "29 06:00")


def test_an_unknown_state_of_charge_counts_energy() -> None:
    one = car(soc_percent=None, session_wh=5000.0)
    found = followed(Departure(), [DAILY], one, at("29 06:00"), BERLIN)
    assert found.current is not None
    assert need_wh(found, found.current, one) == pytest.approx(0.4 * 58_000.0 / 0.9 - 5000.0)


MAYBE = st.none() | st.floats(0.0, 100.0)


@given(
    st.lists(st.tuples(st.floats(0.0, 7200.0), st.none() | st.booleans(), MAYBE, MAYBE), max_size=30),
    st.booleans(),
)
def test_whatever_a_car_does_there_is_a_state_and_a_sentence(
    steps: list[tuple[float, bool | None, float | None, float | None]], energy: bool
) -> None:
    departure, now_s = Departure(), at("29 05:00")
    for wait_s, connected, soc, session in steps:
        now_s += wait_s
        one = car(connected=connected, soc_percent=soc, session_wh=None if session is None else session * 200.0)
        departure = followed(departure, [ENERGY if energy else DAILY], one, now_s, BERLIN)
        found = reported(departure, one, now_s, BERLIN)
        assert found.state in STATES
        assert found.state == state_of(departure, one, now_s)
        assert found.text.endswith(".")
        assert found.needs_wh is None or found.needs_wh >= 0.0
        assert departure.current is not None


@given(
    now_h=st.floats(0.0, 240.0),
    until_h=st.floats(0.0, 240.0),
    once_h=st.none() | st.floats(0.0, 240.0),
    connected=st.booleans(),
)
def test_no_repeating_goal_holds_during_a_pause(
    now_h: float, until_h: float, once_h: float | None, connected: bool
) -> None:
    """A goal for one departure holds. The first one after the pause holds in time for its schedule."""
    start_s = at("02 00:00")
    now_s, until_s = start_s + 3600.0 * now_h, start_s + 3600.0 * until_h
    once = None
    if once_h is not None:
        ready_s, set_at = start_s + 3600.0 * once_h, datetime(2026, 11, 1, tzinfo=UTC)
        once = OnceGoal(charger="carport", aim=SOC, ready_s=ready_s, by="me", at=set_at)
    one = car(connected=connected)
    found = followed(Departure(once=once, pause=Pause(until_s, "me")), [DAILY], one, now_s, BERLIN)
    usual = followed(Departure(once=once), [DAILY], one, now_s, BERLIN)
    if now_s >= until_s:
        assert found == usual
        return
    assert found.pause is not None
    if found.current is None or found.current.once:
        assert found.current == (None if once is None or once.ready_s <= now_s else usual_once(once))
        first_s = DAILY.next_s(until_s - 1.0, BERLIN)
        assert first_s is not None
        later = found.current is not None and found.current.ready_s <= first_s
        assert later or now_s < until_s - BEFORE_END_S
    else:
        assert found.current.ready_s >= until_s - 1.0
    assert "Repeating goals pause until" in reported(found, one, now_s, BERLIN).text


def usual_once(once: OnceGoal) -> Occurrence:
    return Occurrence(once.ready_s, once.aim, once=True, by=once.by)
