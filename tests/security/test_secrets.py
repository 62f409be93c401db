"""Planted secrets are looked for in everything that the service lets out."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from optimizer.cli.run.assemble import House
from optimizer.serve.web.openapi import OPENAPI
from optimizer.settings import SettingsErrors, load_settings
from optimizer.twin.faults import Fault
from optimizer.twin.house import RunningHouse
from optimizer.twin.virtual_time import VirtualClock
from tests.security.house import SECRETS, in_the_house, settings

ENDPOINTS = {"carport": "http://192.0.2.1", "fems": "http://192.0.2.2", "sonnen_v2": "http://192.0.2.3"}


def _found(text: str) -> list[str]:
    return [name for name, secret in SECRETS.items() if secret in text]


async def _look_everywhere(house: House, twins: RunningHouse, clock: VirtualClock) -> str:
    """Ask for everything, wrongly as well, while devices refuse, fall silent and talk nonsense."""
    seen: list[str] = []
    for fault in (None, Fault("garbage"), Fault("error"), Fault("drop")):
        if fault is not None:
            twins.faults.everywhere(twins.twins, [fault])
        await clock.sleep(30.0)
        seen.append(repr(house.service.sense()))
        seen += [repr(device) for device in house.service.parts.devices]
        for listener in house.listeners:
            transport = httpx.ASGITransport(listener.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as http:
                paths = [*OPENAPI["paths"], "/", "/metrics", "/healthz", "/values", "/info", "/nothing"]
                for path in paths:
                    if "events" in path:
                        continue
                    for method in ("GET", "POST", "DELETE"):
                        headers = {"authorization": f"Bearer {SECRETS['status']}x", "host": "localhost:8080"}
                        answer = await http.request(method, path, headers=headers, content=b"{")
                        seen.append(f"{answer.status_code} {answer.headers} {answer.text}")
    return "\n".join(seen)


def test_nothing_that_is_served_logged_or_kept_holds_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    served = in_the_house(tmp_path, _look_everywhere)
    assert "200" in served
    assert "optimizer_" in served
    assert _found(served) == []
    assert "unauthorized" in caplog.text or "credentials" in caplog.text
    assert _found(caplog.text) == []
    printed = capfd.readouterr()
    assert _found(printed.out + printed.err) == []
    kept = [file for file in (tmp_path / "state").rglob("*") if file.is_file()]
    assert {"ownership.record", "journal.db"} <= {file.name for file in kept}
    for file in kept:
        assert _found(file.read_bytes().decode("latin-1")) == [], file.name


def test_the_settings_print_without_their_secrets(tmp_path: Path) -> None:
    given = settings(tmp_path, ENDPOINTS)
    assert given.serve.status is not None
    assert given.serve.status.token is not None
    assert given.serve.status.token.get_secret_value() == SECRETS["status"]
    assert _found(f"{given!r} {given} {given.model_dump()} {given.model_dump_json()}") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("password: planted", "password: [planted"),
        ("password: planted-for-fems-7d1f", "password: {a: planted-for-fems-7d1f}"),
        ("password: planted-for-fems-7d1f", "pasword: planted-for-fems-7d1f"),
        ("type: fems,", "type: femz,"),
    ],
)
def test_a_mistake_beside_a_secret_does_not_print_it(tmp_path: Path, before: str, after: str) -> None:
    settings(tmp_path, ENDPOINTS)
    site = tmp_path / "site.yaml"
    site.write_text(site.read_text().replace(before, after))
    with pytest.raises(SettingsErrors) as caught:
        load_settings(site, {"OPTIMIZER_DEVICES__CARPORT__PASSWORD": SECRETS["carport"]})
    assert _found(caught.value.render() + str(caught.value)) == []


def test_a_file_with_secrets_that_everybody_may_read_is_told(tmp_path: Path) -> None:
    given = settings(tmp_path, ENDPOINTS)
    assert given.warnings == ()
    for file in ("site.yaml", "sonnen.token"):
        (tmp_path / file).chmod(0o644)
    warnings = load_settings(tmp_path / "site.yaml", {}).warnings
    assert [file for file in ("site.yaml", "sonnen.token") if any(file in text for text in warnings)] == [
        "site.yaml",
        "sonnen.token",
    ]
    assert _found(" ".join(warnings)) == []
