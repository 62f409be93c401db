"""The lines of the log that a person follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from optimizer.cli.logs import PROGRESS
from optimizer.cli.run.progress import Progress, house_fields, house_line
from optimizer.control.report import TickReport
from optimizer.model.decision import Cause, Command, Decision, EvOrder
from optimizer.model.reading import known, unknown
from optimizer.model.state import Battery, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.verdict import Verdict

NOW = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)


def state(mono_s: float = 0.0, grid_w: float | None = -500.0) -> State:
    at = NOW + timedelta(seconds=mono_s)
    grid = known(grid_w, mono_s) if grid_w is not None else unknown("no answer", mono_s)
    return State(
        now=at,
        local=at,
        mono_s=mono_s,
        grid=Grid(grid),
        pvs={"roof": Pv("roof", known(4200.0, mono_s))},
        batteries={"cellar": Battery("cellar", known(-300.0, mono_s), known(62.0, mono_s))},
        evs={
            "carport": Ev(
                "carport",
                status=known(EvStatus.CHARGING, mono_s),
                power_w=known(3000.0, mono_s),
                offered_a=known(13.0, mono_s),
                paused=known(False, mono_s),
                phases=known(1, mono_s),
            )
        },
    )


def report(mono_s: float, code: str) -> TickReport:
    now = state(mono_s)
    command = Command("ev.carport", EvOrder(13.0, 1), mono_s, mono_s + 60.0)
    cause = Cause(code, "ev.carport.mode", "sun", detail="x")
    decision = Decision(now.now, mono_s, {"ev.carport": command}, (cause,))
    return TickReport(now, decision, Verdict({}, {}, ()), 0.001, 1, 0)


def test_the_house_in_a_line() -> None:
    assert house_line(state()) == (
        "10:00 | sun 4.20 kW | house 0.40 kW | grid -0.50 kW | cellar 62 % takes 0.30 kW | "
        "carport charging 3.00 kW (13.0 A x 1)"
    )


def test_what_is_unknown_is_a_question_mark_and_null() -> None:
    assert "house ? | grid ?" in house_line(state(grid_w=None))
    assert house_fields(state(grid_w=None))["grid_w"] is None
    assert house_fields(state(grid_w=None))["home_w"] is None


def test_one_line_a_minute_and_a_reason_when_it_changes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", PROGRESS)
    progress = Progress()
    for step in range(60):
        progress.on_tick(report(step * 5.0, "ev.off" if step < 30 else "ev.disconnected"))
    events = [record.fields["event"] for record in caplog.records]  # type: ignore[attr-defined]
    assert events.count("house") == 5
    assert events.count("reason") == 2
    reasons = [r.getMessage() for r in caplog.records if r.fields["event"] == "reason"]  # type: ignore[attr-defined]
    assert reasons[1] == "10:02  No car is connected to carport."


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [r.getMessage() for r in caplog.records if r.fields["event"] == "reason"]  # type: ignore[attr-defined]
    return [text.partition("  ")[2] for text in found]


OFF, GONE = "Car on carport is paused: mode off (rule `sun`).", "No car is connected to carport."


def test_reasons_that_flip_do_not_fill_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", PROGRESS)
    progress = Progress()
    for step in range(360):
        progress.on_tick(report(step * 5.0, "ev.off" if step // 6 % 2 == 0 else "ev.disconnected"))
    assert reasons(caplog)[:2] == [OFF, GONE]
    assert len(reasons(caplog)) <= 7  # of 60 changes in half an hour


def test_the_last_printed_reason_is_true_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", PROGRESS)
    progress = Progress()
    for at_s, code in [(0.0, "ev.off"), (5.0, "ev.disconnected"), (10.0, "ev.off"), (60.0, "ev.off"), (71.0, "ev.off")]:
        progress.on_tick(report(at_s, code))
    assert reasons(caplog) == [OFF, GONE, OFF]
