"""`optimizer input`, with and without a running service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from optimizer.runtime.record.lock import InstanceLock
from tests.cli.program import Runner, application

SITE = """\
serve: {status: {port: 9%s}}
connections: {broker: {type: mqtt, host: 192.0.2.1}}
inputs:
  holiday: {type: switch, about: Nobody is at home}
  mode: {type: choice, options: [low, high], default: low}
  target: {type: number, unit: kWh, max: 60}
  heat_w: {type: number, unit: W, mqtt: {connection: broker, topic: heat}}
"""
WITH_TOKEN = ", token: a-long-enough-token"


def site(folder: Path, token: str = WITH_TOKEN) -> Path:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(SITE % token)
    config.chmod(0o600)
    return config


def run(config: Path, *arguments: str) -> Result:
    return Runner().invoke(application(), ["input", *arguments, "-c", str(config)])


def test_a_value_is_kept_for_the_next_start(tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config, "set", "holiday", "on")
    assert (result.exit_code, result.stdout) == (0, "holiday: on\n")
    listed = run(config, "list").stdout
    assert "input.holiday  on " in listed
    assert "(command line)" in listed
    assert "input.mode     low " in listed
    assert "low, high" in listed
    assert "MQTT broker" in listed
    assert run(config, "clear", "input.holiday").stdout == "holiday: unknown\n"
    documents = json.loads(run(config, "list", "--json").stdout)
    assert [one["value"] for one in documents] == [None, "low", None, None]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "holidy", "on"), "there is no input “holidy”; did you mean “holiday”?"),
        (("set", "holiday", "maybe"), "“maybe” is not a value of holiday: it must be on or off"),
        (("set", "target", "61"), "it must be at most 60kWh"),
        (("set", "heat_w", "5"), "is read from its source and cannot be set"),
    ],
)
def test_mistakes_end_with_2_and_change_nothing(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config, *arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert not (tmp_path / "state" / "inputs.json").exists()


def test_without_inputs_the_command_says_where_they_are_defined(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "site.yaml").write_text("{}")
    result = run(tmp_path / "site.yaml", "list")
    assert result.exit_code == 2
    assert "define them under `inputs`" in result.output


def test_a_running_service_takes_the_value_with_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, asked = site(tmp_path), list[httpx.Request]()
    plain = httpx.stream

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"text": "on"})

    def stream(method: str, url: str, **options: Any) -> Any:
        options.pop("trust_env")
        options.pop("timeout")
        return httpx.Client(transport=httpx.MockTransport(answer)).stream(method, url, **options)

    monkeypatch.setattr(httpx, "stream", stream)
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        result = run(config, "set", "holiday", "on")
    finally:
        lock.release()
    assert plain is not stream
    assert (result.exit_code, result.stdout) == (0, "holiday: on\n")
    (request,) = asked
    assert str(request.url) == "http://127.0.0.1:9/api/v1/inputs/holiday"
    assert request.headers["authorization"] == "Bearer a-long-enough-token"
    assert json.loads(request.content)["value"] == "on"
    assert not (tmp_path / "state" / "inputs.json").exists()


def test_a_running_service_without_a_token_is_said(tmp_path: Path) -> None:
    config = site(tmp_path, token="")
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        result = run(config, "set", "holiday", "on")
    finally:
        lock.release()
    assert result.exit_code == 2
    assert "no token is set, so nothing can be changed" in result.output
