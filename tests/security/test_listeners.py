"""The right to listen, read, and change, on the listeners of a real configuration."""

from __future__ import annotations

import ast
from pathlib import Path

import httpx

from optimizer.cli.run.assemble import House
from optimizer.serve.access import access as guardpost
from optimizer.serve.web.openapi import OPENAPI
from optimizer.twin.house import RunningHouse
from optimizer.twin.virtual_time import VirtualClock
from tests.security.house import SECRETS, in_the_house

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405, 429}
"""After several wrong guesses even the right token has to wait: 429."""


async def _addresses(house: House, twins: RunningHouse, clock: VirtualClock) -> dict[str, str]:
    del twins, clock
    return {listener.name: listener.host for listener in house.listeners}


def test_listeners_are_on_loopback_by_default(tmp_path: Path) -> None:
    assert in_the_house(tmp_path, _addresses) == {"status": "127.0.0.1", "feed": "127.0.0.1"}


async def _change_everything(house: House, twins: RunningHouse, clock: VirtualClock) -> list[tuple[str, str, str, int]]:
    """Every path of both listeners by every method that changes, without and with bad credentials."""
    del twins, clock
    seen = []
    for listener in house.listeners:
        transport = httpx.ASGITransport(listener.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
            for path in [*OPENAPI["paths"], "/", "/metrics", "/healthz", "/values", "/info"]:
                for method in CHANGING:
                    for headers in ({}, {"authorization": "Bearer wrong"}):
                        answer = await http.request(method, path, headers=headers, json={})
                        seen.append((listener.name, method, path, answer.status_code))
    return seen


def test_nothing_can_be_changed_without_the_token(tmp_path: Path) -> None:
    seen = in_the_house(tmp_path, _change_everything)
    assert [entry for entry in seen if entry[0] == "status" and entry[3] not in REFUSED] == []
    # What the charger expects of a feed: 500 for every method but GET.
    assert {status for name, *_, status in seen if name == "feed"} == {500}
    assert {status for name, _, path, status in seen if name == "status" and path == "/metrics"} == {405}
    assert any(status == 401 for *_, status in seen)


async def _foreign(house: House, twins: RunningHouse, clock: VirtualClock) -> list[int]:
    del twins, clock
    status = next(listener for listener in house.listeners if listener.name == "status")
    token = {"authorization": f"Bearer {SECRETS['status']}"}
    tried = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(status.app), base_url="http://localhost:8080") as http:
        body = {"target": "ev.carport.mode", "value": "off", "minutes": 5}
        for more in ({"origin": "http://evil.example"}, {"host": "evil.example"}, {}):
            answer = await http.post("/api/v1/overrides", json=body, headers=token | more)
            tried.append(answer.status_code)
    return tried


def test_the_token_alone_does_not_open_the_door_to_other_pages_and_names(tmp_path: Path) -> None:
    assert in_the_house(tmp_path, _foreign) == [403, 421, 201]


def test_the_token_is_compared_in_constant_time() -> None:
    """No `==` touches it: the one comparison is hmac.compare_digest."""
    tree = ast.parse(Path(guardpost.__file__).read_text())
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert calls.count("hmac.compare_digest") == 1
    compared = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert not [text for text in compared if "_token" in text and "==" in text]
