"""The schedule in the API."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import TypeAdapter

from optimizer.model.scheduling import ScheduleReport
from optimizer.schedule.from_state import problem_of
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import clipped
from optimizer.serve.access.access import AccessControl
from optimizer.serve.metrics.exposition import Exposition
from optimizer.serve.panel import Panel
from optimizer.serve.web import expected_documents
from optimizer.serve.web.app import status_app
from optimizer.serve.web.schedule import NOT_HERE
from tests.runtime.scheduler.house import EVENING, PLAN, outlook, state
from tests.serve.house import SITE, HandClock, report

SCHEDULE = solve_greedily(*clipped(problem_of(PLAN, state(), outlook(), {}, None)))


@dataclass
class Source:
    """A scheduler that stands still."""

    found: ScheduleReport

    def report(self) -> ScheduleReport:
        return self.found


async def document(source: Source | None) -> expected_documents.ScheduleDocument:
    clock = HandClock(EVENING)
    panel = Panel(clock, SITE, schedule=source)
    panel.on_tick(report())
    app = status_app(panel, AccessControl("", [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        answer = await client.get("/api/v1/schedule")
    assert answer.status_code == 200
    found: expected_documents.ScheduleDocument = answer.json()
    TypeAdapter(expected_documents.ScheduleDocument).validate_python(found)
    return found


async def test_the_slots_have_their_reasons() -> None:
    found = await document(Source(ScheduleReport(schedule=SCHEDULE, reason="a new hour")))
    assert (found["made"], found["reason"], found["solver"]) == ("2026-11-29T19:00:00+01:00", "a new hour", "cheapest")
    fast = [slot for slot in found["slots"] if slot["cars"] and slot["cars"][0]["mode"] == "fast"]
    assert fast[0]["cars"][0]["text"].startswith("It buys for 20.0 ct: rank 1 of ")
    assert fast[0]["battery"] is not None
    assert found["goals"][0]["text"].startswith("It needs 5.4 kWh and will be done at Mon ")
    assert found["slots"][-1]["known"] is False


async def test_without_a_schedule_the_document_says_why() -> None:
    found = await document(Source(ScheduleReport(schedule=None, why="no numpy", problem="late", failures=3)))
    assert (found["made"], found["why"], found["problem"], found["alarm"]) == (None, "no numpy", "late", True)
    assert (await document(None))["why"] == NOT_HERE


def test_metrics_of_goals_and_schedule() -> None:
    panel = Panel(
        HandClock(EVENING), SITE, schedule=Source(ScheduleReport(schedule=SCHEDULE, solved=4, duration_s=0.2))
    )
    panel.on_tick(report(state()))
    body, _ = Exposition(panel).render("text/plain")
    text = body.decode()
    assert 'optimizer_schedule_up{site="home"} 1.0' in text
    assert "optimizer_goal_needed_energy_joules{" in text
