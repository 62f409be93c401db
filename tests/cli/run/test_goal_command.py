"""`optimizer goal`, with and without a running service."""

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
site: {time_zone: Europe/Berlin}
serve: {status: {port: 9, token: a-long-enough-token}}
devices: {carport: {type: nrgkick, url: "http://192.0.2.10"}, house: {type: fems, url: "http://192.0.2.20"}}
vehicles: {id3: {charger: carport, capacity_wh: 58000}}
goals: [{vehicle: id3, ready: daily 07:00, soc: 60%}]
"""


def site(folder: Path, text: str = SITE) -> Path:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(text)
    config.chmod(0o600)
    return config


def run(config: Path, *arguments: str) -> Result:
    return Runner().invoke(application(), ["goal", *arguments, "-c", str(config)])


def test_a_goal_is_kept_for_the_next_start_and_ended(tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config, "carport", "80%", "07:00")  # the next one of the repeating goal, at any time of the day
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("carport: 80% by ")
    assert "(command line)" in result.stdout
    assert "It replaces the departure of " in result.stdout
    (kept,) = json.loads(run(config, "--json").stdout)
    assert (kept["goal"], kept["once"]) == ("80%", True)
    ended = run(config, "id3", "--end")
    assert ended.exit_code == 0, ended.output
    assert run(config, "carport", "--end").exit_code == 2


def test_the_only_charger_needs_no_name(tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config, "12,5kWh", "morgen", "07:00")
    assert result.exit_code == 0, result.output
    # From midnight to 07:00 the repeating goal comes first.
    assert result.stdout.startswith("carport: ")
    assert "12.5kWh by " in result.stdout
    two = SITE.replace("devices: {", "devices: {yard: {type: nrgkick, url: 'http://192.0.2.99'}, ", 1)
    config.write_text(two)
    result = run(config, "80%", "07:00")
    assert result.exit_code == 2
    assert "is not a goal with a time" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("carport",), "is not a goal with a time"),
        (("carport", "80%"), "is not a goal with a time"),
        (("carport", "80%", "soon"), "“soon” is not a time"),
        (("garage", "80%", "07:00"), "there is no charger or vehicle “garage”. There are: carport, id3"),
        (("carport", "--end"), "no goal is set by hand on carport"),
        (("carport", "80%", "--end"), "--end takes a charger only"),
    ],
)
def test_mistakes_end_with_2_and_change_nothing(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config, *arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert "goal carport 12kWh 07:00" in result.output
    assert not (tmp_path / "state" / "goals.json").exists()


def test_without_a_charger_there_are_no_goals(tmp_path: Path) -> None:
    result = run(site(tmp_path, "{}"))
    assert result.exit_code == 2
    assert "no charger is configured, so there are no goals" in result.output


def test_without_a_service_the_goals_of_the_settings_are_listed(tmp_path: Path) -> None:
    config = site(tmp_path)
    result = run(config)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("carport: 60% by "), result.output
    (goal,) = json.loads(run(config, "--json").stdout)
    assert (goal["goal"], goal["ready"][10:16], goal["once"], goal["vehicle"]) == ("60%", "T07:00", False, "id3")
    assert not (tmp_path / "state" / "goals.json").exists()


class Service:
    """Answers as the page of a running service, and records what it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refuses: int | None = None, not_kept: str = "") -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self._refuses = refuses
        self._said = {"not_kept": [not_kept]} if not_kept else {}
        monkeypatch.setattr(httpx, "stream", self._stream)

    def _stream(self, method: str, url: str, **asked: Any) -> httpx.Response:
        self.asked.append((method, url, asked.get("json")))
        if self._refuses is not None:
            return _answer(self._refuses, json.dumps({"error": "the reason"}).encode())
        goal = {"charger": "carport", "text": "80% by Mon 06:30: open.", "once": False, "by": "", "replaces": None}
        if method == "DELETE":
            return _answer(200 if self._said else 204, json.dumps(self._said).encode())
        return _answer(200, json.dumps({"goals": [goal]} if method == "GET" else goal | self._said).encode())


class _Stream:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def __enter__(self) -> httpx.Response:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()


def _answer(status: int, content: bytes) -> Any:
    return _Stream(httpx.Response(status, content=content))


def test_a_running_service_takes_the_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = site(tmp_path)
    service = Service(monkeypatch)
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        result = run(config, "carport", "80%", "tomorrow", "06:30")
        assert result.stdout == "carport: 80% by Mon 06:30: open.\n", result.output
        method, url, body = service.asked[0]
        assert (method, url) == ("POST", "http://127.0.0.1:9/api/v1/goals")
        assert (body["charger"], body["goal"], body["ready"][10:16]) == ("carport", "80%", "T06:30")
        assert run(config, "id3", "--end").stdout == "carport: 80% by Mon 06:30: open.\n"
        assert service.asked[1][:2] == ("DELETE", "http://127.0.0.1:9/api/v1/goals/id3")
    finally:
        lock.release()


@pytest.mark.parametrize("arguments", [("carport", "80%", "tomorrow", "06:30"), ("carport", "--end")])
def test_a_change_that_the_disk_of_the_service_lacks_is_said(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site(tmp_path)
    Service(monkeypatch, not_kept="Goals set by hand are not on the disk yet.")
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        result = run(config, *arguments)
    finally:
        lock.release()
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == ["Goals set by hand are not on the disk yet."]


@pytest.mark.parametrize(("status", "code"), [(404, 2), (422, 2), (401, 1), (403, 1), (429, 1), (500, 1)])
@pytest.mark.parametrize("arguments", [("garage", "80%", "tomorrow", "06:30"), ("garage", "--end")])
def test_a_name_that_the_service_does_not_know_is_a_mistake_on_the_command_line(
    status: int, code: int, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = site(tmp_path)
    Service(monkeypatch, status)
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        result = run(config, *arguments)
    finally:
        lock.release()
    assert (result.exit_code, result.stderr) == (code, "the reason\n")


def test_repeating_goals_pause_until_a_day_and_hold_again(tmp_path: Path) -> None:
    config = site(tmp_path)
    paused = run(config, "--pause", "tomorrow")
    assert paused.exit_code == 0, paused.output
    assert "Repeating goals pause until " in paused.stdout
    (kept,) = json.loads(run(config, "--json").stdout)
    assert kept["paused_until"][11:16] == "00:00"
    assert "carport: " in run(config, "id3", "--resume").stdout
    (kept,) = json.loads(run(config, "--json").stdout)
    assert kept["paused_until"] is None
    for words, says in (
        (("--resume",), "no goals pause"),
        (("carport", "--pause", "soon"), "“soon” is no day"),
        (("carport", "80%", "--pause", "sunday"), "take a charger only"),
    ):
        result = run(config, *words)
        assert (result.exit_code, says in result.output) == (2, True), result.output


def test_a_running_service_takes_the_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = site(tmp_path)
    service = Service(monkeypatch)
    lock = InstanceLock(tmp_path / "state")
    lock.acquire()
    try:
        assert run(config, "carport", "--pause", "tomorrow").exit_code == 0
        method, url, body = service.asked[0]
        assert (method, url) == ("POST", "http://127.0.0.1:9/api/v1/goals/carport/pause")
        assert body["until"][10:16] == "T00:00"
        assert run(config, "carport", "--resume").exit_code == 0
        assert service.asked[1][:2] == ("DELETE", "http://127.0.0.1:9/api/v1/goals/carport/pause")
    finally:
        lock.release()
