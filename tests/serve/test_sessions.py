"""The visits of cars: what is recorded, continued, and summed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from optimizer.cli.run.sessions_command import UNACCOUNTED_S, text
from optimizer.journal.sessions import Session, read_sessions
from optimizer.journal.writer import Journal
from optimizer.model.by_source import BySource
from optimizer.model.goals import Aim, GoalReport, Occurrence
from optimizer.model.reading import known, unknown
from optimizer.model.site import ChargerSite, Site
from optimizer.model.state import EvStatus, Prices
from optimizer.rules.book.verdict import Claimed, Verdict
from optimizer.serve.energy import Books
from optimizer.serve.session_csv import csv_text
from optimizer.serve.session_sums import month_span, sums_of
from optimizer.serve.sessions import Sessions
from optimizer.serve.web.past_documents import SessionDocument
from optimizer.serve.web.sessions import session_document
from optimizer.words.language import language_of
from tests.serve.house import report

ALL = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")
CHARGERS = {"carport": ChargerSite("carport", max_current_a=16.0)}
START = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)


class House:
    """Ticks with a car, and the books that grow with them."""

    def __init__(self, recorded: tuple[Session, ...] = ()) -> None:
        self.books = Books()
        self.kept: list[Session] = []
        self.goals: list[GoalReport] = []
        self.sessions = Sessions(
            lambda: self.books, self.kept.append, recorded, Site(chargers=CHARGERS), lambda: self.goals
        )
        self.now, self.mono_s = START, 1000.0

    def tick(
        self, status: EvStatus | None, *, grid: float = 0.0, sun: float = 0.0, meter_wh: float | None = None,
        import_ct: float | None = 30.0, mode: str = "surplus", seconds: float = 5.0,
    ) -> None:  # fmt: skip
        made = report()
        ev = next(iter(made.state.evs.values()))
        before = self.books.consumed.get("ev.carport", BySource())
        self.books = replace(self.books, consumed={"ev.carport": before.plus(BySource(sun, 0.0, grid))})
        car = replace(
            ev,
            status=known(status, self.mono_s) if status is not None else unknown("silent", self.mono_s),
            energy_total_wh=known(meter_wh, self.mono_s) if meter_wh is not None else unknown("none", self.mono_s),
        )
        prices = Prices(
            import_ct=known(import_ct, 0.0) if import_ct is not None else unknown("no price", 0.0),
            feed_in_ct=known(8.0, 0.0),
        )
        state = replace(made.state, now=self.now, mono_s=self.mono_s, evs={"carport": car}, prices=prices)
        verdict = Verdict({"ev.carport.mode": Claimed(mode, "test")}, {}, ())
        self.sessions.on_tick(replace(made, state=state, judged=None, verdict=verdict))
        self.now, self.mono_s = self.now + timedelta(seconds=seconds), self.mono_s + seconds


def visit(house: House) -> Session:
    house.tick(EvStatus.DISCONNECTED)
    house.tick(EvStatus.CONNECTED, meter_wh=100_000.0)
    house.tick(EvStatus.CHARGING, sun=2000.0, meter_wh=102_000.0)
    house.tick(None, sun=500.0)
    house.tick(EvStatus.CHARGING, grid=1500.0, meter_wh=104_000.0, mode="fast")
    house.tick(EvStatus.DISCONNECTED)
    return house.kept[-1]


def test_a_visit_is_one_record_with_sources_cost_and_meter() -> None:
    house = House()
    done = visit(house)
    assert not done.open
    assert (done.surplus_wh, done.grid_wh, done.energy_wh) == (2500.0, 1500.0, 4000.0)
    assert done.sun_share == pytest.approx(0.625)
    assert (done.grid_cost_ct, done.lost_feed_in_ct, done.cost_ct) == pytest.approx((45.0, 20.0, 65.0))
    assert (done.meter_start_wh, done.meter_end_wh, done.metered_wh) == (100_000.0, 104_000.0, 4000.0)
    assert set(done.mode_s) == {"surplus", "fast"}
    assert house.sessions.finished == {"carport": 1}
    assert house.sessions.open == {}


def test_energy_without_a_price_is_in_no_cost() -> None:
    house = House()
    house.tick(EvStatus.CHARGING)
    house.tick(EvStatus.CHARGING, grid=1000.0, import_ct=None)
    house.tick(EvStatus.DISCONNECTED)
    assert (house.kept[-1].grid_cost_ct, house.kept[-1].unpriced_wh) == (0.0, 1000.0)


def test_a_restart_continues_the_session_of_a_car_that_is_still_there() -> None:
    first = House()
    first.tick(EvStatus.CHARGING)
    first.tick(EvStatus.CHARGING, sun=1000.0)
    (left,) = first.sessions.open.values()
    second = House((left,))
    second.now = left.end + timedelta(minutes=10)
    second.tick(EvStatus.CHARGING)
    second.tick(EvStatus.CHARGING, sun=500.0)
    (now,) = second.sessions.open.values()
    assert (now.start, now.surplus_wh) == (left.start, 1500.0)


def test_a_car_that_left_while_the_service_was_down_ends_its_session() -> None:
    left = Session("carport", START - timedelta(hours=2), START - timedelta(hours=1), surplus_wh=7.0)
    house = House((left,))
    house.tick(EvStatus.DISCONNECTED)
    assert house.kept == [replace(left, open=False)]
    late = House((left,))
    late.now = START + timedelta(days=2)
    late.tick(EvStatus.CHARGING)
    assert late.kept[0] == replace(left, open=False)
    assert late.sessions.open["carport"].surplus_wh == 0.0


STEPS = st.lists(
    st.tuples(st.sampled_from((*EvStatus, None)), st.floats(0.0, 5000.0), st.floats(0.0, 5000.0), st.booleans()),
    max_size=40,
)


@given(STEPS)
def test_no_energy_is_counted_twice_or_lost_while_a_car_is_there(
    steps: list[tuple[EvStatus | None, float, float, bool]],
) -> None:
    house, there, expected = House(), False, 0.0
    for status, sun, grid, priced in steps:
        joined = there
        there = there if status is None else status is not EvStatus.DISCONNECTED
        house.tick(status, sun=sun, grid=grid, import_ct=30.0 if priced else None)
        if joined or (there and house.mono_s > 1005.0):
            expected += sun + grid
    latest = {(one.charger, one.start): one for one in (*house.kept, *house.sessions.open.values())}
    total = sum(one.energy_wh for one in latest.values())
    assert total == pytest.approx(expected)


def test_the_journal_keeps_the_newest_state_of_each_session(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    done = visit(House())
    for one in (replace(done, open=True, surplus_wh=1.0), done):
        journal.keep_session(one)
        assert journal.flush()
    journal.close()
    assert read_sessions(tmp_path / "journal.db", *ALL) == [done]
    assert read_sessions(tmp_path / "journal.db", ALL[0], done.start) == []


def test_the_table_sums_the_months_of_the_local_clock() -> None:
    done = visit(House())
    shown = text([done, replace(done, start=done.start - timedelta(days=1))], BERLIN)
    months = [line.split()[:3] for line in shown.splitlines() if line.startswith("2026-")]
    assert months == [["2026-06", "1", "4.00"], ["2026-05", "1", "4.00"]], "22:30 on May 31 in UTC is June in Berlin"
    assert text([], BERLIN) == "no sessions are recorded\n"


@pytest.mark.parametrize("unaccounted_s", [0.0, 5.0, 59.0, 60.0, 4000.0])
def test_a_time_without_readings_is_said_under_the_table(unaccounted_s: float) -> None:
    done = replace(visit(House()), unaccounted_s=unaccounted_s)
    assert ("its energy is in no column" in text([done], BERLIN)) is (unaccounted_s >= UNACCOUNTED_S)


def test_the_csv_has_meter_readings_and_no_formulas() -> None:
    done = replace(visit(House()), vehicle="=SUM(A1)")
    head, line, *_ = csv_text([done], BERLIN).splitlines()
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert (row["meter_start_kwh"], row["meter_end_kwh"], row["metered_kwh"]) == ("100.000", "104.000", "4.000")
    assert (row["vehicle"], row["cost"], row["complete"]) == ("'=SUM(A1)", "0.6500", "yes")
    assert row["start"].startswith("2026-06-01T00:30:05+02:00")


def test_a_meter_that_was_reset_gives_no_energy() -> None:
    assert replace(visit(House()), meter_end_wh=5.0).metered_wh is None


def night_charge(house: House, *, hours: int = 2) -> Session:
    """A car that waits for an hour at 40 ct, and then takes 11 kWh an hour at 20 ct."""
    house.tick(EvStatus.CONNECTED, import_ct=40.0)
    for _ in range(60):
        house.tick(EvStatus.CONNECTED, import_ct=40.0, seconds=60.0)
    for _ in range(60 * hours):
        house.tick(EvStatus.CHARGING, grid=11_000.0 / 60.0, import_ct=20.0, seconds=60.0)
    house.tick(EvStatus.DISCONNECTED, import_ct=20.0)
    return house.kept[-1]


def test_a_session_knows_what_charging_at_once_had_cost() -> None:
    house = House()
    done = night_charge(house, hours=1)
    assert done.energy_wh == pytest.approx(11_000.0)
    assert done.cost_ct == pytest.approx(220.0)
    # The house exports 542 W at all times: a car that charges at once gets them for the lost 8 ct.
    at_once_ct = 11.0 * 40.0 - 11_000.0 / 11_040.0 * 0.542 * (40.0 - 8.0)
    assert done.at_once_ct == pytest.approx(at_once_ct, rel=0.01)
    assert done.saved_ct == pytest.approx(at_once_ct - 220.0, rel=0.02)
    assert house.sessions.open == {}


def test_the_cost_of_charging_at_once_survives_a_restart_and_is_unknown_without_a_price(tmp_path: Path) -> None:
    first = House()
    for _ in range(3):
        first.tick(EvStatus.CHARGING, grid=10.0)
    (left,) = first.sessions.open.values()
    assert left.at_once
    assert left.saved_ct is None
    journal = Journal(tmp_path / "journal.db")
    journal.keep_session(left)
    assert journal.flush()
    journal.close()
    (read,) = read_sessions(tmp_path / "journal.db", *ALL)
    assert read.at_once is not None
    assert read.at_once[0] == pytest.approx(left.at_once[0], abs=0.1)
    second = House((read,))
    second.now = left.end + timedelta(minutes=10)
    second.tick(EvStatus.CHARGING, grid=10.0, import_ct=None)
    second.tick(EvStatus.DISCONNECTED)
    assert second.kept[-1].at_once_ct is not None
    third = House((read,))
    third.now = left.end + timedelta(minutes=10)
    for _ in range(2):
        third.tick(EvStatus.CHARGING, grid=10.0, import_ct=None)
    third.tick(EvStatus.DISCONNECTED)
    assert third.kept[-1].at_once_ct is None


def goal(state: str, percent: float = 80.0) -> GoalReport:
    return GoalReport("carport", Occurrence(0.0, Aim(soc_percent=percent)), state, "")


@pytest.mark.parametrize(
    ("states", "met"),
    [
        (["open"], None),
        (["unknown"], None),
        (["open", "reached", "open"], True),
        (["open", "overdue"], False),
        (["overdue", "reached"], True),
    ],
)
def test_the_last_known_result_of_a_goal_is_recorded(states: list[str], met: bool | None) -> None:
    house = House()
    for word in states:
        house.goals = [goal(word), replace(goal("reached"), charger="garage")]
        house.tick(EvStatus.CHARGING)
    house.goals = [goal("away")]
    house.tick(EvStatus.DISCONNECTED)
    assert (house.kept[-1].goal, house.kept[-1].goal_met) == ("80%", met)


def lacking(state: str, needs_wh: float | None, ready_s: float = 0.0) -> GoalReport:
    return replace(goal(state), needs_wh=needs_wh, occurrence=Occurrence(ready_s, Aim(soc_percent=80.0)))


@pytest.mark.parametrize(
    ("goals", "result", "missing_wh"),
    [
        ([], "", None),
        ([GoalReport("carport", None, "none", "")], "none", None),
        ([lacking("unknown", None)], "unknown", None),
        ([lacking("open", 4000.0), lacking("unknown", None)], "open", 4000.0),
        ([lacking("impossible", 9000.0)], "open", 9000.0),
        ([lacking("open", 4000.0), GoalReport("carport", None, "none", "")], "none", None),
        ([lacking("open", 4000.0), lacking("overdue", 2500.0)], "missed", 2500.0),
        ([lacking("open", 4000.0), lacking("reached", 60.0)], "met", 0.0),
    ],
)
def test_no_goal_an_unknown_need_and_what_was_missing_are_told_apart(
    goals: list[GoalReport], result: str, missing_wh: float | None, tmp_path: Path
) -> None:
    house = House()
    for one in goals or [None]:
        house.goals = [] if one is None else [one]
        house.tick(EvStatus.CHARGING)
    house.goals = [goal("away")]
    house.tick(EvStatus.DISCONNECTED)
    last = house.kept[-1]
    assert (last.goal_result, last.goal_missing_wh) == (result, missing_wh)
    journal = Journal(tmp_path / "journal.db")
    journal.keep_session(last)
    journal.close()
    (read,) = read_sessions(tmp_path / "journal.db", *ALL)
    assert (read.goal_result, read.goal_missing_wh) == (result, missing_wh)
    assert read.goal_missing_percent == last.goal_missing_percent


def test_each_goal_counts_once_and_the_next_one_of_the_same_visit_too() -> None:
    house = House()
    for one in (lacking("overdue", 500.0, 1.0), lacking("reached", 0.0, 1.0), lacking("open", 9.0, 2.0)):
        house.goals = [one]
        house.tick(EvStatus.CHARGING)
    assert not house.sessions.goals_ended
    house.goals = [lacking("overdue", 700.0, 2.0)]
    house.tick(EvStatus.CHARGING)
    assert dict(house.sessions.goals_ended) == {("carport", "met"): 1}
    house.goals = [goal("away")]
    house.tick(EvStatus.DISCONNECTED)
    assert dict(house.sessions.goals_ended) == {("carport", "met"): 1, ("carport", "missed"): 1}


def test_the_sums_count_only_the_savings_that_are_known() -> None:
    done = visit(House())
    known_one = replace(done, at_once_ct=done.cost_ct + 25.0)
    sums = sums_of([known_one, replace(done, at_once_ct=None), replace(known_one, unpriced_wh=1.0)])
    assert (sums.sessions, sums.saved_ct, sums.saved_sessions) == (3, pytest.approx(25.0), 1)
    assert sums_of([replace(done, at_once_ct=None)]).saved_ct is None
    assert sums_of([]).sun_share is None


def test_the_csv_has_the_signs_of_the_language() -> None:
    german = language_of("de")
    assert german is not None
    head, line, *_ = csv_text(
        [
            replace(
                visit(House()),
                goal="80%",
                goal_met=True,
                goal_result="met",
                goal_missing_wh=0.0,
                goal_missing_percent=0.0,
            )
        ],
        BERLIN,
        german,
    ).splitlines()
    row = dict(zip(head.split(";"), line.split(";")[: len(head.split(";"))], strict=False))
    assert (row["meter_start_kwh"], row["cost"]) == ("100,000", "0,6500")
    assert line.endswith(";80%;yes;met;0,000;0,0;2,500;0,000;")


def test_a_month_is_that_of_the_local_clock() -> None:
    start, end = month_span("2026-12", BERLIN)
    assert (start.isoformat(), end.isoformat()) == ("2026-11-30T23:00:00+00:00", "2026-12-31T23:00:00+00:00")
    for wrong in ("2026", "2026-13", "x", ""):
        with pytest.raises(ValueError, match=r"."):
            month_span(wrong, BERLIN)


def imported(*, sun: float | None = 600.0, cost_ct: float | None = 21.0) -> Session:
    """A session of 1 kWh that another program recorded."""
    return Session(
        "Garage", START, START + timedelta(hours=1), open=False, source="evcc", sun_wh=sun or 0.0,
        grid_wh=0.0 if sun is None else 1000.0 - sun, unknown_wh=1000.0 if sun is None else 0.0,
        undivided_cost_ct=cost_ct or 0.0, unpriced_wh=1000.0 if cost_ct is None else 0.0,
    )  # fmt: skip


@pytest.mark.parametrize("sun", [600.0, 0.0, None])
@pytest.mark.parametrize("cost_ct", [21.0, 0.0, None])
def test_what_another_program_does_not_tell_is_empty_and_not_zero(sun: float | None, cost_ct: float | None) -> None:
    one = imported(sun=sun, cost_ct=cost_ct)
    head, line = csv_text([one], BERLIN).splitlines()
    row = dict(zip(head.split(","), line.split(","), strict=True))
    assert (row["energy_kwh"], row["source"], row["surplus_kwh"], row["battery_kwh"]) == ("1.000", "evcc", "", "")
    assert (row["sun_percent"], row["sun_kwh"], row["unknown_kwh"]) == (
        ("", "", "1.000") if sun is None else (f"{sun / 10.0:.1f}", f"{sun / 1000.0:.3f}", "0.000")
    )
    assert row["grid_kwh"] == ("" if sun is None else f"{1.0 - sun / 1000.0:.3f}")
    assert row["cost"] == ("" if cost_ct is None else f"{cost_ct / 100.0:.4f}")
    assert (row["grid_cost"], row["lost_feed_in"], row["unaccounted_s"]) == ("", "", "")
    document = session_document(one)
    TypeAdapter(SessionDocument).validate_python(document, strict=True)
    assert (document["sun_wh"], document["cost_ct"], document["surplus_wh"]) == (sun, cost_ct, None)
    charger, _, _, _, *figures = re.split(r" {2,}", text([one], BERLIN).splitlines()[2])
    grid, part = ("-", "-") if sun is None else (f"{1.0 - sun / 1000.0:.2f}", f"{sun / 10.0:.0f} %")
    cost = "-" if cost_ct is None else f"{cost_ct / 100.0:.2f}"
    assert (charger, figures) == ("Garage (evcc)", ["1.00", "-", "-", grid, part, cost, "-"])


def test_the_share_of_the_sun_is_that_of_the_energy_with_a_known_origin() -> None:
    sums = sums_of([imported(sun=600.0), imported(sun=None), visit(House())])
    assert (sums.energy_wh, sums.unknown_wh, sums.own_sessions) == (6000.0, 1000.0, 1)
    assert sums.sun_share == pytest.approx((600.0 + 2500.0) / 5000.0)
    assert sums_of([imported(sun=None)]).sun_share is None


def test_an_imported_session_survives_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    for one in (imported(), replace(imported(sun=None), start=START - timedelta(days=1))):
        journal.keep_session(one)
    journal.close()
    assert read_sessions(tmp_path / "journal.db", *ALL) == [
        replace(imported(sun=None), start=START - timedelta(days=1)), imported()
    ]  # fmt: skip
