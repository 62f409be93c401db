"""The troubles that a person must act on: each with its key, its kind, and the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from optimizer.control.report import DeviceHealth
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import Cause
from optimizer.model.goals import Aim, GoalReport, GoalSink, Occurrence
from optimizer.model.reading import known, unknown
from optimizer.model.scheduling import ScheduleReport, ScheduleSource
from optimizer.serve.panel import Panel
from optimizer.serve.trouble_kinds import KINDS
from optimizer.serve.troubles import Trouble, troubles
from optimizer.words.language import language_of
from optimizer.words.text import in_language
from tests.serve.house import NOON, SITE, HandClock, report, state

READY_S = (NOON + timedelta(hours=6)).timestamp()


def found(panel: Panel | None = None, **changes: Any) -> dict[str, Trouble]:
    panel = panel or Panel(HandClock(), SITE)
    made = report(**changes)
    panel.on_tick(made)
    return {one.key: one for one in troubles(made, panel)}


def device(**changes: Any) -> DeviceHealth:
    return replace(DeviceHealth("carport", "nrgkick", True), **changes)


def test_a_house_without_troubles_has_none() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("changes", "key", "text"),
    [
        ({"devices": (device(up=False, message="no route"),)}, "silent.carport", "carport does not answer: no route"),
        ({"devices": (device(disobeys="10 A"),)}, "disobeys.carport", "carport does not follow: 10 A"),
        ({"devices": (device(refuses="pause"),)}, "refuses.carport", "carport refuses writes: pause"),
        ({"book_error": "a.yaml:3"}, "rules", "The changed rules contain a mistake: a.yaml:3"),
        ({"record_problem": "the disk is full"}, "service", "the disk is full"),
    ],
)
def test_what_devices_rules_and_service_report(changes: dict[str, Any], key: str, text: str) -> None:
    one = found(**changes)[key]
    assert (one.text, one.kind) == (text, key.partition(".")[0])


def test_an_implausible_meter_and_a_used_budget() -> None:
    doubtful = replace(state().grid, power_w=unknown("implausible: it stands still", 1000.0))
    judged = replace(state(), grid=doubtful)
    assert found(judged=judged)["reading.grid.power_w"].text == "grid.power_w is unknown: implausible: it stands still"
    cause = Cause(
        "budget.start", "ev.carport.current_a", numbers=(("rest_s", 900.0), ("per_hour", 6.0), ("per_day", 40.0))
    )
    used = found(decision=replace(report().decision, causes=(cause,)))["budget.carport"]
    assert "15 min" in used.text


def test_a_fault_of_a_charger_is_german_for_germans() -> None:
    faulty = ChargerCondition(rcd=known("dc_fault", 1000.0))
    house = replace(state(), evs={"carport": replace(state().evs["carport"], condition=faulty)})
    one = found(snapshot=house)["fault.carport.rcd"]
    german = language_of("de")
    assert german is not None
    assert one.text.startswith("carport reports a fault: ")
    assert in_language(one.text, german).startswith("carport meldet eine Störung: ")


class Goals:
    """One goal."""

    def __init__(self, state: str, latest_h: float | None) -> None:
        latest_s = None if latest_h is None else NOON.timestamp() + 3600.0 * latest_h
        self.report = GoalReport(
            charger="carport",
            occurrence=Occurrence(ready_s=READY_S, aim=Aim(soc_percent=80.0)),
            state=state,
            text="80% by today 20:00",
            latest_s=latest_s,
        )

    def reports(self) -> tuple[GoalReport, ...]:
        return (self.report,)


@pytest.mark.parametrize(
    ("state_", "latest_h", "kind"),
    [
        ("impossible", 1.0, "goal"),
        ("away", 1.9, "departure"),
        ("away", 2.1, ""),
        ("away", None, ""),  # the need is unknown, so the departure counts: in six hours
        ("open", 0.5, ""),
        ("overdue", -1.0, ""),
    ],
)
def test_goals_and_cars_that_are_not_plugged_in(state_: str, latest_h: float | None, kind: str) -> None:
    goals = cast(GoalSink, Goals(state_, latest_h))
    keys = list(found(Panel(HandClock(), SITE, goals=goals)))
    assert keys == ([f"{kind}.carport.{READY_S:.0f}"] if kind else [])


def test_a_schedule_that_fails_and_an_output_that_cannot_send() -> None:
    class Source:
        def report(self) -> ScheduleReport:
            return ScheduleReport(schedule=None, problem="the solver was killed", failures=3)

    panel = Panel(HandClock(datetime(2025, 6, 21, 10, 0, tzinfo=UTC)), SITE, schedule=cast(ScheduleSource, Source()))
    panel.outputs["mqtt"] = lambda: "nothing listens there"
    panel.outputs["notifications"] = lambda: ""
    there = found(panel)
    assert there["schedule"].text == "No schedule can be made: the solver was killed"
    assert there["output.mqtt"].text == "mqtt cannot send: nothing listens there"
    assert set(there) == {"schedule", "output.mqtt"}


def test_every_kind_has_what_a_message_needs() -> None:
    assert all(kind.about and kind.lasts_s >= 0.0 for kind in KINDS.values())
