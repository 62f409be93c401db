"""Goals in the API: what is shown, who may set one, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.goals import Aim, RepeatingGoal
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import KeptGoals
from optimizer.schedule.goals import GoalPlan
from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web.app import status_app
from tests.serve.house import SITE, HandClock, report

TOKEN = "a-long-enough-token"
ALLOWED = {"authorization": f"Bearer {TOKEN}"}
GOAL = {"charger": "carport", "goal": "12kWh", "ready": "tomorrow 06:30"}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    clock = HandClock()
    panel = Panel(clock, SITE, goals=GoalBoard(GoalPlan(SITE), clock, KeptGoals(KeptFiles(tmp_path))))
    panel.on_tick(report())
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield client


async def test_a_goal_is_set_shown_and_ended(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/goals", json={**GOAL, "by": "app"}, headers=ALLOWED)
    assert answer.status_code == 201, answer.text
    assert answer.json()["by"] == "app from 127.0.0.1"
    listed = (await http.get("/api/v1/goals")).json()
    TypeAdapter(list[hand_doc.Goal]).validate_python(listed, strict=True)
    assert listed == (await http.get("/api/v1/status")).json()["goals"]
    (one,) = listed
    assert (one["goal"], one["ready"], one["once"]) == ("12kWh", "2025-06-22T06:30:00+02:00", True)
    assert (await http.delete("/api/v1/goals/carport", headers=ALLOWED)).status_code == 204
    assert (await http.get("/api/v1/goals")).json()[0]["state"] == "none"


async def test_only_the_token_changes_a_goal(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/v1/goals", json=GOAL)).status_code == 401
    assert (await http.delete("/api/v1/goals/carport")).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "a goal is {"),
        ({**GOAL, "goal": 80}, 422, "a goal is {"),
        ({**GOAL, "goal": "80km"}, 422, "“80km” is not a goal"),
        ({**GOAL, "ready": "soon"}, 422, "“soon” is not a time"),
        ({**GOAL, "charger": "garage"}, 422, "there is no charger or vehicle “garage”. There are: carport"),
        ({**GOAL, "goal": "80%"}, 422, "Give an energy, such as 12kWh"),
    ],
)
async def test_mistakes_are_named(body: dict[str, Any], status: int, says: str, http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/goals", json=body, headers=ALLOWED)
    assert answer.status_code == status
    assert says in answer.json()["error"]


async def test_nothing_to_end_is_said(http: httpx.AsyncClient) -> None:
    answer = await http.delete("/api/v1/goals/carport", headers=ALLOWED)
    assert answer.status_code == 404
    assert "no goal is set by hand on carport" in answer.json()["error"]


@pytest.fixture
async def repeating(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    clock = HandClock()
    plan = GoalPlan(SITE, (RepeatingGoal(Aim(energy_wh=9000.0), 7 * 3600.0, charger="carport"),))
    panel = Panel(clock, SITE, goals=GoalBoard(plan, clock, KeptGoals(KeptFiles(tmp_path))))
    panel.on_tick(report())
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield client


async def test_repeating_goals_pause_and_hold_again(repeating: httpx.AsyncClient) -> None:
    path, body = "/api/v1/goals/carport/pause", {"until": "2025-07-01", "by": "app"}
    assert (await repeating.post(path, json=body)).status_code == 401
    answer = await repeating.post(path, json=body, headers=ALLOWED)
    assert answer.status_code == 200, answer.text
    (one,) = (await repeating.get("/api/v1/goals")).json()
    TypeAdapter(hand_doc.Goal).validate_python(one, strict=True)
    assert answer.json() == one | {"not_kept": []}
    assert (one["paused_until"], one["paused_by"]) == ("2025-07-01T00:00:00+02:00", "app from 127.0.0.1")
    assert (one["state"], one["ready"], one["repeats"]) == ("none", None, True)
    assert (await repeating.delete(path, headers=ALLOWED)).status_code == 204
    (one,) = (await repeating.get("/api/v1/goals")).json()
    assert (one["paused_until"], one["ready"]) == (None, "2025-06-22T07:00:00+02:00")
    answer = await repeating.delete(path, headers=ALLOWED)
    assert (answer.status_code, answer.json()["error"]) == (404, "the goals of carport do not pause")


@pytest.mark.parametrize(
    ("body", "says"), [({}, "a pause is {"), ({"until": "soon"}, "is no day"), ({"until": 3}, "a pause is {")]
)
async def test_a_pause_with_a_mistake_is_refused(body: dict[str, Any], says: str, repeating: httpx.AsyncClient) -> None:
    answer = await repeating.post("/api/v1/goals/carport/pause", json=body, headers=ALLOWED)
    assert answer.status_code == 422
    assert says in answer.json()["error"]
