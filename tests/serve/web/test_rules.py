"""Rules switched by hand, in the API."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx
import pytest
from pydantic import TypeAdapter

from optimizer.rules.book.book import Enabled
from optimizer.rules.book.by_hand import RuleSwitchError
from optimizer.serve.access.access import AccessControl
from optimizer.serve.panel import Panel
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web.app import status_app
from tests.serve.house import SITE, HandClock, report

TOKEN = "a-long-enough-token"
OWNER = {"authorization": f"Bearer {TOKEN}"}


@dataclass
class Switches:
    """A book with one rule."""

    switched: list[Enabled | None] = field(default_factory=list)

    def switch(self, rule: str, enabled: Enabled | None) -> None:
        if rule != "night":
            raise RuleSwitchError(f"there is no rule {rule}")
        self.switched.append(enabled)


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
def http(switches: Switches) -> httpx.AsyncClient:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report(rules_by_hand={"night": "dry-run"}))
    app = status_app(panel, AccessControl(TOKEN, [], clock.monotonic_s), rules=switches)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080")


async def test_a_rule_is_switched_and_ended(http: httpx.AsyncClient, switches: Switches) -> None:
    answer = await http.post("/api/v1/rules/night", json={"enabled": "false"}, headers=OWNER)
    assert (answer.status_code, answer.json()) == (200, {"rule": "night", "enabled": "false", "not_kept": []})
    assert (await http.delete("/api/v1/rules/night", headers=OWNER)).status_code == 204
    assert switches.switched == ["false", None]


async def test_everybody_sees_which_rules_are_switched_by_hand(http: httpx.AsyncClient) -> None:
    held = (await http.get("/api/v1/rules")).json()
    assert (
        held == (await http.get("/api/v1/status")).json()["rules_by_hand"] == [{"rule": "night", "enabled": "dry-run"}]
    )
    TypeAdapter(list[hand_doc.RuleByHand]).validate_python(held, strict=True)


@pytest.mark.parametrize("body", [{}, {"enabled": False}, {"enabled": "off"}, {"enabled": None}])
async def test_a_body_that_is_no_state_is_refused(
    http: httpx.AsyncClient, switches: Switches, body: dict[str, object]
) -> None:
    answer = await http.post("/api/v1/rules/night", json=body, headers=OWNER)
    assert answer.status_code == 422
    assert "dry-run" in answer.json()["error"]
    assert switches.switched == []


async def test_an_unknown_rule_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/rules/moon", json={"enabled": "true"}, headers=OWNER)
    assert (answer.status_code, answer.json()["error"]) == (422, "there is no rule moon")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"cookie": "optimizer=stolen"}])
async def test_a_stranger_switches_nothing(
    http: httpx.AsyncClient, switches: Switches, method: str, headers: dict[str, str]
) -> None:
    answer = await http.request(method, "/api/v1/rules/night", json={"enabled": "false"}, headers=headers)
    assert answer.status_code in (401, 403)
    assert switches.switched == []


async def test_another_page_cannot_switch_a_rule(http: httpx.AsyncClient, switches: Switches) -> None:
    headers = {**OWNER, "origin": "http://evil.example"}
    answer = await http.post("/api/v1/rules/night", json={"enabled": "false"}, headers=headers)
    assert answer.status_code == 403
    assert switches.switched == []
