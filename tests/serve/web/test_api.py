import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from optimizer.control.memory import Memory
from optimizer.journal.codec import decode
from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.model.fields import DeviceNames
from optimizer.model.state import State
from optimizer.rules.book.engine import EMPTY_MEMORY
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.overrides import Override
from optimizer.rules.tools.explain_document import ExplanationDocument
from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web import documents, expected_documents
from optimizer.serve.web.api import Api
from optimizer.serve.web.app import status_app
from optimizer.serve.web.events import STREAMS_PER_CLIENT, Events
from optimizer.serve.web.openapi import OPENAPI
from optimizer.serve.web.page import page_routes
from optimizer.serve.web.view import override_document
from tests.serve.house import NOON, SITE, HandClock, report, state

TOKEN = "a-long-enough-token"
RULES = """version: 1
rules:
  - id: reserve
    about: The battery first.
    when: battery.soc < 55%
    claim: {surplus.priority: battery_first}
"""
FAST = {"target": "ev.carport.mode", "value": "fast", "minutes": 5}


@dataclass
class FakeOverrideSink:
    held: dict[str, Override] = field(default_factory=dict)

    def override(self, override: Override) -> None:
        self.held[override.target] = override

    def release(self, target: str) -> None:
        self.held.pop(target, None)


@dataclass
class Served:
    clock: HandClock
    panel: Panel
    override_sink: FakeOverrideSink
    http: httpx.AsyncClient

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    clock = HandClock()
    panel, override_sink = Panel(clock, SITE), FakeOverrideSink()
    book = book_from_texts({"rules/test.yaml": RULES}, DeviceNames(("carport",), ("cellar",), ("roof",)), SITE.zone)
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s), override_sink, book=lambda: book)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as http:
        yield Served(clock, panel, override_sink, http)


async def test_the_status_answers_why(served: Served) -> None:
    served.panel.on_tick(report(state(soc=None)))
    status = await served.get("/api/v1/status")
    assert status["house"]["grid_w"] == -542.0
    assert status["house"]["batteries"] == [{"name": "cellar", "power_w": -749.0, "soc_percent": None}]
    assert {"what": "battery.cellar.soc_percent", "why": "no answer"} in status["unknown"]
    assert [one["device"] for one in status["why"]] == ["ev.carport", "battery.cellar"]
    assert all(one["answer"] for one in status["why"])
    assert status["why"][0]["wanted"] == "offer 8.0 A on 3 phases"
    assert status["can_override"] is True
    assert {"target": "ev.carport.mode", "kind": "claim", "value": "surplus", "rule": "surplus-charging"} in status[
        "targets"
    ]


async def test_the_rules_are_explained_term_by_term(served: Served) -> None:
    served.panel.on_tick(report())
    explained = await served.get("/api/v1/explain")
    TypeAdapter(ExplanationDocument).validate_python(explained, strict=True)
    (rule,) = explained["rules"]
    assert (rule["rule"], rule["place"], rule["about"]) == ("reserve", "rules/test.yaml:3", "The battery first.")
    assert rule["when"] == [{"text": "battery.soc (78.2%) < 55%", "holds": False, "why": ""}]
    (target,) = explained["targets"]
    assert [one["why"] for one in target["contenders"]] == ["its condition is not met"]
    text = await served.http.get("/api/v1/explain?form=text")
    assert text.headers["content-type"].startswith("text/plain")
    assert "✗ battery.soc (78.2%) < 55%" in text.text


@pytest.mark.parametrize(("query", "header"), [("?language=de", "en"), ("", "de-AT,de;q=0.9"), ("?language=xx", "de")])
async def test_reasons_log_and_refusals_are_in_the_language_of_the_reader(
    served: Served, query: str, header: str
) -> None:
    served.panel.on_tick(report())
    served.http.headers["accept-language"] = header
    why = (await served.get(f"/api/v1/why{query}"))["why"]
    assert why[0]["wanted"] == "8,0 A auf 3 Phasen anbieten"
    answers = ["ev.carport wird nicht gesteuert.", "Batterie cellar steuert sich selbst."]
    assert [one["answer"] for one in why] == answers
    log = [line["text"] for line in await served.get(f"/api/v1/changes{query}")]
    assert not [text for text in log if text.startswith(("Car on", "Battery ", "Rule book"))]
    (target,) = (await served.get(f"/api/v1/explain{query}"))["targets"]
    assert [one["why"] for one in target["contenders"]] == ["ihre Bedingung ist nicht erfüllt"]
    refused = await served.http.post(f"/api/v1/overrides{query}", json=FAST)
    assert refused.json()["error"] == "das Token fehlt oder ist falsch"


async def test_two_readers_at_once_have_their_own_language(served: Served) -> None:
    served.panel.on_tick(report())
    german, english = await asyncio.gather(served.get("/api/v1/why?language=de"), served.get("/api/v1/why?language=en"))
    assert german["why"][0]["wanted"] != english["why"][0]["wanted"] == "offer 8.0 A on 3 phases"


async def test_the_page_knows_what_can_be_set(served: Served) -> None:
    served.panel.on_tick(report())
    controls = (await served.get("/api/v1/status"))["controls"]
    assert controls["chargers"] == [{"name": "carport", "max_current_a": 16.0, "can_switch_phases": False}]
    assert [one["name"] for one in controls["batteries"]] == ["cellar"]


async def test_the_vehicle_at_a_charger_is_set_by_its_name(served: Served) -> None:
    served.panel.vehicles = ("zoe", "van")
    served.panel.on_tick(report())
    assert (await served.get("/api/v1/status"))["controls"]["vehicles"] == ["zoe", "van"]
    body = {"target": "ev.carport.vehicle", "value": "van", "midnight": True}
    answer = await served.http.post("/api/v1/overrides", json=body, headers=auth())
    assert (answer.status_code, answer.json()["value"]) == (201, "van")
    refused = await served.http.post("/api/v1/overrides", json={**body, "value": "tractor"}, headers=auth())
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("ev.carport.vehicle is one of zoe, van, guest")


async def test_before_the_first_tick_it_says_so(served: Served) -> None:
    answer = await served.http.get("/api/v1/status")
    assert (answer.status_code, answer.json()["error"]) == (503, "no decision has been made yet")


async def test_the_snapshot_and_the_decision_as_recorded(served: Served) -> None:
    tick = report()
    served.panel.on_tick(tick)
    assert decode(State, await served.get("/api/v1/state")) == tick.state
    decision = await served.get("/api/v1/decision")
    assert decision["causes"][0]["code"] == "guard.fuse"
    assert decision["commands"]["ev.carport"]["current_a"] == 8.0
    assert decision["commands"]["battery.cellar"]["max_discharge_w"] == 0.0


async def test_history_and_changes_of_the_last_day(served: Served) -> None:
    for minute in range(3):
        served.panel.on_tick(report(state(1000.0 + 60.0 * minute), ticks=minute))
    served.clock.mono_s = 1121.0
    history = await served.get("/api/v1/history?hours=1")
    assert history["columns"][:3] == ["at_ms", "grid_w", "pv_w"]
    assert [row[1] for row in history["rows"]] == [-542.0, -542.0]
    log = await served.get("/api/v1/changes")
    assert [line["kind"] for line in log].count("why") == 2


async def test_the_journal_answers_for_the_past(tmp_path: Path) -> None:
    clock = HandClock()
    journal = Journal(tmp_path / "journal.db")
    journal.on_tick(report(state(grid_w=-99.0)))
    assert journal.flush()
    journal.close()
    panel = Panel(clock, SITE)
    app = status_app(panel, AccessControl("", [], clock.monotonic_s), None, JournalReader(tmp_path / "journal.db"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        at = (NOON + timedelta(seconds=2)).isoformat()
        answer = await http.get(f"/api/v1/why?at={at}")  # the "+" of the offset is not escaped
        assert answer.status_code == 200
        assert datetime.fromisoformat(answer.json()["at"]) == NOON
        early = await http.get("/api/v1/why", params={"at": (NOON - timedelta(hours=1)).isoformat()})
        assert early.status_code == 404
        assert len((await http.get("/api/v1/changes")).json()) >= 2


async def test_before_the_journal_has_begun_memory_answers(tmp_path: Path) -> None:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    app = status_app(panel, AccessControl("", [], clock.monotonic_s), None, JournalReader(tmp_path / "none.db"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        assert len((await http.get("/api/v1/changes")).json()) == 4
        assert (await http.get("/api/v1/history")).json()["rows"] == []
        assert (await http.get("/api/v1/why", params={"at": NOON.isoformat()})).status_code == 503


@pytest.mark.parametrize(
    "query",
    [
        "why?at=noon",
        "why?at=2025-06-21T12:00:00",
        "why?at=0001-01-01T00:00:00%2B14:00",
        "history?hours=0",
        "history?hours=x",
        "history?until=0001-01-01T00:00:00%2B00:00",
        "changes?until=9999-12-31T23:59:59-14:00",
    ],
)
async def test_questions_that_make_no_sense(served: Served, query: str) -> None:
    served.panel.on_tick(report())
    assert (await served.http.get(f"/api/v1/{query}")).status_code == 400


async def test_events_bring_each_tick(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.serve.web.events.EVENT_SPACING_S", 0.0)
    served.panel.on_tick(report(ticks=1))
    stream = Events(served.panel, Api(served.panel, AccessControl("", [], served.clock.monotonic_s)).status).stream()
    first = await anext(stream)
    assert json.loads(first.removeprefix("data: "))["tick"] == 1
    assert served.panel.streams.total() == 1
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    served.panel.on_tick(report(state(1005.0), ticks=2))
    assert json.loads((await waiting).removeprefix("data: "))["tick"] == 2
    await stream.aclose()  # type: ignore[attr-defined]
    assert served.panel.streams.total() == 0


async def test_a_decision_in_the_pause_between_two_events_is_not_lost(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a page would show what was tapped with the tick after that one."""
    monkeypatch.setattr("optimizer.serve.web.events.EVENT_SPACING_S", 0.01)
    served.panel.on_tick(report(ticks=1))
    stream = Events(served.panel, Api(served.panel, AccessControl("", [], served.clock.monotonic_s)).status).stream()
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)  # the pause has begun
    served.panel.on_tick(report(state(1005.0), ticks=2))
    assert json.loads((await asyncio.wait_for(waiting, 2.0)).removeprefix("data: "))["tick"] == 2
    await stream.aclose()  # type: ignore[attr-defined]


def auth(token: str = TOKEN) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("length", "until"),
    [
        ({"minutes": 30}, NOON + timedelta(minutes=30)),
        ({"until": "2025-06-21T15:00:00+02:00"}, NOON + timedelta(hours=1)),
        ({"midnight": True}, NOON + timedelta(hours=10)),
        ({"session": True}, NOON + timedelta(days=1)),
    ],
)
async def test_an_override_is_handed_in_and_ended(served: Served, length: dict[str, Any], until: Any) -> None:
    served.panel.on_tick(report())
    body = {"target": "ev.carport.mode", "value": "fast", **length}
    answer = await served.http.post("/api/v1/overrides", json=body, headers=auth())
    assert answer.status_code == 201, answer.text
    held = served.override_sink.held["ev.carport.mode"]
    assert (held.value, held.until, held.session) == ("fast", until, "session" in length)
    answer = await served.http.delete("/api/v1/overrides/ev.carport.mode", headers=auth())
    assert answer.status_code == 204
    assert served.override_sink.held == {}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (FAST, {}, 401),
        (FAST, auth("guess"), 401),
        (
            {"target": "ev.carport.mode", "value": "fast", "minutes": 5},
            {**auth(), "origin": "http://evil.example"},
            403,
        ),
        (FAST, {**auth(), "host": "evil.example"}, 421),
        ({"target": "ev.carport.mode", "value": "fast"}, auth(), 422),
        ({"target": "ev.carport.mode", "value": "quick", "minutes": 5}, auth(), 422),
        ({"target": "ev.carport.mode", "value": "fast", "minutes": 1e300}, auth(), 422),
        ([1, 2], auth(), 400),
        ({"target": "x" * 5000}, auth(), 413),
        ({"target": "ev.carport.mode", "value": 10**400, "minutes": 5}, auth(), 422),
    ],
)
async def test_what_is_not_let_through(served: Served, body: Any, headers: dict[str, str], status: int) -> None:
    served.panel.on_tick(report())
    answer = await served.http.post("/api/v1/overrides", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert served.override_sink.held == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[" * 4000, 400), (b'{"target": "\\ud800", "value": "fast", "minutes": 5}', 422)],
    ids=["nothing but brackets", "half a character"],
)
async def test_a_body_that_no_program_would_send(served: Served, body: bytes, status: int) -> None:
    served.panel.on_tick(report())
    answer = await served.http.post("/api/v1/overrides", content=body, headers=auth())
    assert answer.status_code == status, answer.text


async def test_a_foreign_name_reads_nothing_but_metrics(served: Served) -> None:
    headers = {"host": "evil.example"}
    for path in ("/", "/api/v1/status", "/app.js"):
        assert (await served.http.get(path, headers=headers)).status_code == 421
    assert (await served.http.get("/metrics", headers=headers)).status_code == 200


async def test_the_page_is_small_and_needs_nothing_from_outside(served: Served) -> None:
    """All files that a browser receives, in every language, leave room for the documents in 150 kB."""
    received = 0
    files = [str(getattr(route, "path", "")) for route in page_routes(AccessControl("", [], HandClock().monotonic_s))]
    assert {"/", "/login", "/app.js", "/style.css", "/vendor/uplot.js", "/words.de.json"} <= set(files)
    for path in files:
        answer = await served.http.get(path)
        assert answer.status_code == 200
        received += answer.num_bytes_downloaded
        outside = answer.text.replace("http://www.w3.org/", "").replace("/*! https://github.com/leeoniya/uPlot ", "")
        assert "http://" not in outside
        assert "https://" not in outside
        again = await served.http.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert 20_000 < received < 90_000


async def test_every_path_of_the_openapi_document_is_there(served: Served) -> None:
    served.panel.on_tick(report())
    assert await served.get("/api/v1/openapi.json") == OPENAPI
    for path, operations in OPENAPI["paths"].items():
        for method in operations:
            if path.endswith("/events"):
                continue
            served.clock.mono_s += 60.0  # wrong tokens are forgotten
            answer = await served.http.request(method, path.replace("{target}", "ev.carport.mode"))
            opened = "security" in operations[method]
            expected = 401 if opened else 400 if method == "post" else 200
            assert answer.status_code == expected, (method, path)


async def test_one_client_cannot_take_all_streams(served: Served) -> None:
    served.panel.on_tick(report())
    served.panel.streams["127.0.0.1"] = STREAMS_PER_CLIENT
    answer = await served.http.get("/api/v1/events")
    assert answer.status_code == 503
    assert "too many pages" in answer.json()["error"]


def test_every_change_names_its_refusals() -> None:
    for path, operations in OPENAPI["paths"].items():
        for method, operation in operations.items():
            if method != "get":
                assert {"401", "403", "429"} <= set(operation["responses"]), (method, path)


async def test_overrides_that_hold_can_be_read(served: Served) -> None:
    held = Override("ev.carport.mode", "fast", NOON + timedelta(hours=1))
    served.panel.on_tick(report(memory=Memory(EMPTY_MEMORY, {}, overrides=(held,))))
    assert await served.get("/api/v1/overrides") == [override_document(held)]


async def test_documents_are_as_openapi_says(served: Served) -> None:
    served.panel.on_tick(
        report(memory=Memory(EMPTY_MEMORY, {}, overrides=(Override("ev.carport.mode", "fast", NOON),)))
    )
    answers: dict[str, Any] = {
        "status": documents.Status,
        "why": documents.WhyAt,
        "decision": documents.DecisionDocument,
        "history": documents.History,
        "changes": list[documents.Change],
        "prices": expected_documents.Prices,
        "overrides": list[hand_doc.Override],
    }
    for path, form in answers.items():
        answer = await served.get(f"/api/v1/{path}")
        assert TypeAdapter(form).validate_python(answer) == answer, path  # nothing is missing, and nothing is left over


def test_every_reference_of_the_openapi_document_leads_somewhere() -> None:
    text = json.dumps(OPENAPI)
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred <= set(OPENAPI["components"]["schemas"])
    assert {"Status", "Device", "Lease", "Today", "NewOverride", "Error"} <= referred | {"NewOverride"}
