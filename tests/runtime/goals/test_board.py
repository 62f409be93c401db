"""Goals of a running service: set, moved, ended, kept on disk, and what rules read of them."""

from __future__ import annotations

import json
import logging
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.fields import DeviceNames, find_field
from optimizer.model.goals import Aim, GoalError, RepeatingGoal
from optimizer.model.reading import known, unknown
from optimizer.model.site import ChargerSite, Site
from optimizer.model.state import CONNECTED, DISCONNECTED, Ev, EvStatus, Grid, State
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import FILE_NAME, KeptGoals
from optimizer.schedule.goals import GoalPlan, VehicleFacts
from tests.serve.house import HandClock

LOGGER = logging.getLogger("optimizer.runtime.goals.board")
BERLIN = ZoneInfo("Europe/Berlin")
SITE = Site(zone=BERLIN, chargers={"carport": ChargerSite("carport"), "yard": ChargerSite("yard")})
SUNDAY = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
WORKDAYS = RepeatingGoal(Aim(soc_percent=60.0), 7 * 3600.0, frozenset(range(5)), charger="carport", vehicle="id3")
PLAN = GoalPlan(SITE, (WORKDAYS,), {"id3": VehicleFacts("carport", 58_000.0)})


def made(folder: Path, now: datetime = SUNDAY, plan: GoalPlan = PLAN) -> tuple[GoalBoard, HandClock]:
    clock = HandClock(now)
    return GoalBoard(plan, clock, KeptGoals(KeptFiles(folder))), clock


def house(clock: HandClock, status: EvStatus = CONNECTED, soc: float | None = 40.0, session_wh: float = 0.0) -> State:
    mono_s = clock.mono_s
    carport = Ev(
        "carport",
        status=known(status, mono_s),
        session_energy_wh=known(session_wh, mono_s),
        soc_percent=unknown("asleep", mono_s) if soc is None else known(soc, mono_s),
        capacity_wh=known(58_000.0, mono_s),
        vehicle="id3",
    )
    evs = {"carport": carport, "yard": Ev("yard")}
    return State(now=clock.now(), local=clock.now().astimezone(BERLIN), mono_s=mono_s, grid=Grid(), evs=evs)


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def value(state: State, name: str) -> object:
    ref = find_field(name, DeviceNames(evs=("carport", "yard")))
    assert ref is not None
    return ref.value(state)


def test_rules_read_the_goal(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    state = board.complete(house(clock))
    assert value(state, "ev.departure_in") == 11 * 3600.0
    assert value(state, "ev.target_soc") == 60.0
    assert value(state, "ev.carport.needs_wh") == pytest.approx(0.2 * 58_000.0 / 0.9)
    assert value(state, "ev.target_energy_wh") is None
    assert value(state, "ev.overdue") is False
    assert value(state, "ev.yard.departure_in") is None
    ref = find_field("ev.yard.departure_in", DeviceNames(evs=("carport", "yard")))
    assert ref is not None
    assert "optimizer goal" in ref.why(state)


def test_a_goal_by_hand_replaces_the_next_departure_and_only_that(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    board.complete(house(clock))
    report = board.set("id3", Aim(soc_percent=80.0), local("2026-11-30 06:30"), "me from 192.0.2.7")
    assert report.occurrence is not None
    assert (report.occurrence.aim.text, report.occurrence.by) == ("80%", "me from 192.0.2.7")
    assert report.replaces_s == local("2026-11-30 07:00")
    clock.mono_s += timedelta(hours=11).total_seconds()
    state = board.complete(house(clock, DISCONNECTED))
    assert state.goals["carport"].ready_s.value == local("2026-12-01 07:00")


def test_a_goal_of_another_day_replaces_nothing(tmp_path: Path) -> None:
    """An excursion on Sunday, and the way to work on Monday."""
    board, clock = made(tmp_path, datetime(2026, 11, 28, 19, 0, tzinfo=UTC))
    board.complete(house(clock))
    report = board.set("carport", Aim(soc_percent=80.0), local("2026-11-29 09:00"), "me")
    assert report.replaces_s is None
    assert report.occurrence is not None
    assert report.occurrence.ready_s == local("2026-11-29 09:00")
    clock.mono_s += timedelta(hours=14).total_seconds()
    state = board.complete(house(clock, DISCONNECTED))
    assert state.goals["carport"].ready_s.value == local("2026-11-30 07:00")


def test_a_goal_replaces_the_departure_of_its_day_after_an_earlier_one(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    board.complete(house(clock))
    report = board.set("carport", Aim(soc_percent=80.0), local("2026-12-01 09:00"), "me")
    assert report.occurrence is not None
    assert (report.occurrence.ready_s, report.occurrence.once) == (local("2026-11-30 07:00"), False)
    assert report.text.endswith("After that: 80% by Tue 09:00 (set by me).")
    clock.mono_s += timedelta(hours=13).total_seconds()
    state = board.complete(house(clock, DISCONNECTED))
    assert state.goals["carport"].ready_s.value == local("2026-12-01 09:00")


def test_a_goal_is_moved_and_ended(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    board.complete(house(clock))
    told: list[int] = []
    board.listen(lambda: told.append(1))
    board.set("carport", Aim(soc_percent=80.0), local("2026-11-30 06:30"), "me")
    moved = board.set("carport", Aim(soc_percent=80.0), local("2026-11-30 09:30"), "me")
    assert moved.occurrence is not None
    assert moved.occurrence.ready_s == local("2026-11-30 09:30")
    assert moved.replaces_s == local("2026-11-30 07:00")
    ended = board.end("carport", "me")
    assert ended.occurrence is not None
    assert (ended.occurrence.ready_s, ended.occurrence.once) == (local("2026-11-30 07:00"), False)
    assert len(told) == 3
    with pytest.raises(GoalError, match="no goal is set by hand on carport"):
        board.end("carport", "me")


def test_a_missed_departure_is_the_one_that_a_later_time_replaces(tmp_path: Path) -> None:
    board, clock = made(tmp_path, datetime(2026, 11, 30, 5, 55, tzinfo=UTC))
    board.complete(house(clock))
    clock.mono_s += 600.0
    assert board.complete(house(clock)).goals["carport"].overdue.value is True
    report = board.set("carport", Aim(soc_percent=60.0), local("2026-11-30 09:00"), "me")
    assert report.replaces_s == local("2026-11-30 07:00")
    assert report.state == "open"
    clock.mono_s += timedelta(hours=4).total_seconds()
    state = board.complete(house(clock, DISCONNECTED))
    assert state.goals["carport"].ready_s.value == local("2026-12-01 07:00")


def test_goals_hold_over_a_restart_with_who_and_when(tmp_path: Path) -> None:
    board, _ = made(tmp_path)
    board.set("yard", Aim(energy_wh=12_000.0), local("2026-11-30 06:30"), "me")
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    again, _ = made(tmp_path, SUNDAY + timedelta(hours=1))
    report = again.reports()[1]
    assert report.occurrence is not None
    assert (report.occurrence.aim.text, report.occurrence.by, report.set_at) == ("12kWh", "me", SUNDAY)


def test_a_passed_goal_goes_on_over_a_restart(tmp_path: Path) -> None:
    board, clock = made(tmp_path, datetime(2026, 11, 30, 5, 55, tzinfo=UTC))
    board.complete(house(clock))
    again, later = made(tmp_path, datetime(2026, 11, 30, 6, 30, tzinfo=UTC))
    assert again.complete(house(later)).goals["carport"].overdue.value is True
    assert again.reports()[0].state == "overdue"


@pytest.mark.parametrize("content", [b"{", b'{"carport": 7}', b"[]", b"x" * 70_000])
def test_a_damaged_file_costs_the_goals_only(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    board, clock = made(tmp_path)
    assert board.complete(house(clock)).goals["carport"].target_soc_percent.value == 60.0
    assert json.loads((tmp_path / FILE_NAME).read_text())


def test_without_a_disk_the_goal_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = KeptGoals(KeptFiles(tmp_path / "file" / "below"))
    (tmp_path / "file").write_text("")
    board = GoalBoard(PLAN, HandClock(SUNDAY), store)
    assert board.set("carport", Aim(soc_percent=80.0), local("2026-11-30 06:30"), "me").state == "unknown"
    assert store.failed
    assert "goals are not kept over a restart" in caplog.text


def test_each_change_of_the_state_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    board, clock = made(tmp_path)
    for status, soc in ((CONNECTED, 40.0), (CONNECTED, 41.0), (CONNECTED, 60.0), (CONNECTED, 60.0)):
        board.complete(house(clock, status, soc))
    lines = [record.message for record in caplog.records]
    assert lines == ["carport: 60% by Mon 07:00: the car still needs 12.9 kWh.", "carport: 60% by Mon 07:00: reached."]


@pytest.mark.parametrize(
    ("name", "aim", "ready", "says"),
    [
        ("garage", Aim(soc_percent=80.0), "2026-11-30 06:30", "there is no charger or vehicle “garage”"),
        ("yard", Aim(soc_percent=80.0), "2026-11-30 06:30", "Give an energy, such as 12kWh"),
        ("carport", Aim(soc_percent=180.0), "2026-11-30 06:30", "from 1% to 100%"),
        ("carport", Aim(soc_percent=80.0), "2026-11-29 06:30", "has passed"),
        ("carport", Aim(soc_percent=80.0), "2027-01-29 06:30", "more than 7 days ahead"),
    ],
)
def test_an_impossible_goal_is_refused(name: str, aim: Aim, ready: str, says: str, tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    board.complete(house(clock))
    with pytest.raises(GoalError, match=says):
        board.set(name, aim, local(ready), "me")
    assert board.reports()[1].occurrence is None


def test_a_goal_of_a_vehicle_that_is_nowhere_asks_for_the_charger(tmp_path: Path) -> None:
    plan = replace(PLAN, vehicles={**PLAN.vehicles, "guest": VehicleFacts("", 40_000.0)})
    board, clock = made(tmp_path, plan=plan)
    board.complete(house(clock))
    with pytest.raises(GoalError, match=r"“guest” is at no charger now.* Name the charger: carport, yard"):
        board.set("guest", Aim(energy_wh=9000.0), local("2026-11-30 06:30"), "me")


def test_a_goal_of_another_vehicle_waits(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    guest = house(clock)
    guest = replace(guest, evs={**guest.evs, "carport": replace(guest.evs["carport"], vehicle="guest")})
    assert board.complete(guest).goals == {}
    assert "carport" in board.complete(house(clock)).goals


@given(st.sets(st.sampled_from(["carport", "yard", "garage"])))
def test_a_goal_of_a_charger_that_was_renamed_is_said(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, capturing(LOGGER) as messages:
        board, _ = made(Path(folder))
        board.set("carport", Aim(soc_percent=80.0), local("2026-11-30 06:30"), "me")
        messages.clear()
        made(Path(folder), plan=replace(PLAN, site=replace(SITE, chargers={one: ChargerSite(one) for one in names})))
        said = [one for one in messages if "the goal of carport is forgotten" in one]
        assert len(said) == ("carport" not in names)


@contextmanager
def capturing(logger: logging.Logger) -> Iterator[list[str]]:
    """The messages of a logger inside the block."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)


def test_repeating_goals_pause_until_a_day_over_restarts(tmp_path: Path) -> None:
    board, clock = made(tmp_path)
    board.complete(house(clock))
    report = board.pause("id3", local("2026-12-07 00:00"), "page")
    assert report.pause is not None
    assert report.occurrence is None
    assert report.text == "Repeating goals pause until 2026-12-07 00:00 (set by page)."
    assert value(board.complete(house(clock)), "ev.departure_in") is None
    again, clock = made(tmp_path, SUNDAY + timedelta(days=2))
    assert value(again.complete(house(clock)), "ev.departure_in") is None
    again.set("carport", Aim(energy_wh=5000.0), local("2026-12-02 09:00"), "me")
    assert value(again.complete(house(clock)), "ev.departure_in") == pytest.approx(13 * 3600.0)
    again.end("carport", "me")
    assert again.reports()[0].occurrence is None
    near, clock = made(tmp_path, datetime(2026, 12, 6, 6, 0, tzinfo=UTC))
    assert value(near.complete(house(clock)), "ev.departure_in") == pytest.approx(24 * 3600.0)
    over, clock = made(tmp_path, datetime(2026, 12, 6, 23, 30, tzinfo=UTC))
    over.complete(house(clock))
    assert over.reports()[0].pause is None


def test_a_pause_ends_by_hand_and_ends_a_missed_goal(tmp_path: Path) -> None:
    board, clock = made(tmp_path, datetime(2026, 11, 30, 5, 0, tzinfo=UTC))
    board.complete(house(clock))
    clock.mono_s += 7200.0
    assert value(board.complete(house(clock)), "ev.overdue") is True
    board.pause("carport", local("2026-12-07 00:00"), "me")
    assert value(board.complete(house(clock)), "ev.overdue") in (None, False)
    report = board.resume("carport", "me")
    assert report.pause is None
    assert report.occurrence is not None
    assert report.occurrence.ready_s == local("2026-12-01 07:00")
    for name, says in (("carport", "do not pause"), ("garage", "no charger or vehicle")):
        with pytest.raises(GoalError, match=says):
            board.resume(name, "me")
    for until, says in (("2026-11-29 00:00", "has passed"), ("2028-01-01 00:00", "more than a year ahead")):
        with pytest.raises(GoalError, match=says):
            board.pause("carport", local(until), "me")


def test_without_repeating_goals_there_is_nothing_to_pause(tmp_path: Path) -> None:
    board, _ = made(tmp_path, plan=GoalPlan(SITE))
    assert not board.reports()[0].repeats
    with pytest.raises(GoalError, match="no goal repeats for carport"):
        board.pause("carport", local("2026-12-07 00:00"), "me")
