"""The log names each trouble once."""

from dataclasses import replace

import pytest

from optimizer.control.report import TickReport
from optimizer.model.decision import Cause
from optimizer.model.reading import unknown
from optimizer.runtime.alarms import ENDED_S, Alarms
from tests.serve.house import report, state

WHY = "implausible: PV, grid, batteries, and cars leave -4.1 kW for the home"


def locked_out(mono_s: float, rest_s: float = 1800.0) -> TickReport:
    tick = report(state(mono_s))
    numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", rest_s))
    causes = (Cause("budget.start", "ev.carport.current_a", "", numbers),)
    return replace(tick, decision=replace(tick.decision, causes=causes))


def doubted(mono_s: float) -> TickReport:
    snapshot = state(mono_s)
    return report(snapshot, judged=replace(snapshot, grid=replace(snapshot.grid, power_w=unknown(WHY, mono_s))))


def test_an_implausible_reading_is_one_line_when_it_begins_and_one_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alarms = Alarms()
    for mono_s in (1000.0, 1005.0, 1010.0):
        alarms.on_tick(doubted(mono_s))
    alarms.on_tick(report(state(1015.0)))
    assert caplog.messages == [f"grid.power_w is unknown: {WHY}", "grid.power_w is no longer implausible"]


def test_a_lock_out_is_one_line_also_if_clouds_hide_it(caplog: pytest.LogCaptureFixture) -> None:
    alarms = Alarms()
    for mono_s in (1000.0, 1005.0, 1010.0, 1010.0 + ENDED_S - 1.0):
        alarms.on_tick(locked_out(mono_s))
        alarms.on_tick(report(state(mono_s + 1.0)))
    assert len(caplog.messages) == 1
    assert "has used its starts" in caplog.messages[0]
    alarms.on_tick(locked_out(1010.0 + 3.0 * ENDED_S))
    assert len(caplog.messages) == 2


def test_the_spacing_between_starts_is_no_line(caplog: pytest.LogCaptureFixture) -> None:
    Alarms().on_tick(locked_out(1000.0, rest_s=15.0))
    assert not caplog.messages
