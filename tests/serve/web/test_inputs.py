"""Inputs in the API: what is shown, who may set one, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.inputs import InputSpec
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import KeptInputs
from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web.app import status_app
from optimizer.sources.inputs.port import InputPlan
from tests.serve.house import SITE, HandClock, report

TOKEN = "a-long-enough-token"
ALLOWED = {"authorization": f"Bearer {TOKEN}"}
PLANS = (
    InputPlan(InputSpec("holiday", "switch", meaning="Nobody is at home")),
    InputPlan(InputSpec("heat_w", "number", unit="kW", high=8000.0), max_age_s=60.0, source="MQTT broker"),
    InputPlan(InputSpec("target", "number", unit="%", low=20.0, high=100.0), default=80.0),
)


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    clock = HandClock()
    panel = Panel(clock, SITE, inputs=InputBoard(PLANS, clock, KeptInputs(KeptFiles(tmp_path))))
    panel.on_tick(report())
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield client


async def test_the_list_is_as_documented_and_part_of_the_status(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/api/v1/inputs")).json()
    TypeAdapter(list[hand_doc.Input]).validate_python(listed, strict=True)
    assert [(one["name"], one["text"], one["settable"]) for one in listed] == [
        ("holiday", "unknown", True),
        ("heat_w", "unknown", False),
        ("target", "80%", True),
    ]
    assert listed[0]["why"] == "nobody has set it yet"
    assert (await http.get("/api/v1/status")).json()["inputs"] == listed


async def test_a_value_is_set_with_who_set_it(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/inputs/holiday", json={"value": "on", "by": "app"}, headers=ALLOWED)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["value"], answer.json()["by"]) == (True, "app from 127.0.0.1")
    answer = await http.post("/api/v1/inputs/holiday", json={"value": None}, headers=ALLOWED)
    assert answer.json()["value"] is None


@pytest.mark.parametrize(
    ("name", "body", "headers", "status", "says"),
    [
        ("holiday", {"value": True}, {}, 401, "the token is missing or wrong"),
        ("holiday", {"value": True}, {**ALLOWED, "origin": "http://evil.example"}, 403, "may not change anything here"),
        ("holidy", {"value": True}, ALLOWED, 404, "there is no input “holidy”"),
        ("heat_w", {"value": 5}, ALLOWED, 422, "is read from MQTT broker and cannot be set"),
        ("target", {"value": 10}, ALLOWED, 422, "it must be 20% or more"),
        ("target", {"value": 1e400}, ALLOWED, 422, "the body of an input is"),
        ("target", {"val": 10}, ALLOWED, 422, "the body of an input is"),
        ("target", {"value": [1]}, ALLOWED, 422, "the body of an input is"),
        ("target", {"value": "x" * 300}, ALLOWED, 422, "the body of an input is"),
    ],
)
async def test_refusals(
    http: httpx.AsyncClient, name: str, body: dict[str, Any], headers: dict[str, str], status: int, says: str
) -> None:
    import json

    answer = await http.post(f"/api/v1/inputs/{name}", content=json.dumps(body), headers=headers)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["error"]


async def test_a_house_without_inputs_has_an_empty_list_and_takes_none() -> None:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        assert (await client.get("/api/v1/inputs")).json() == []
        answer = await client.post("/api/v1/inputs/holiday", json={"value": True}, headers=ALLOWED)
    assert answer.status_code == 404
    assert "define them under inputs" in answer.json()["error"]
