"""Long-term statistics of Home Assistant: hours over its WebSocket API become a table, and the table a trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from optimizer.study.input import statistics
from optimizer.study.input.series import StudyError
from optimizer.study.input.statistics import save_statistics
from tests.cli.village import call

START = datetime(2025, 6, 1, tzinfo=UTC)
TOKEN = "t0ken-of-mine"
HOUR_MS = 3_600_000


class Recorder:
    """Home Assistant, as its developers' pages describe the WebSocket API: login, metadata, statistics by the hour."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.missing_hours: set[int] = set()
        self.raw: str | None = None
        """What it says in place of any answer."""
        self.greeting: dict[str, Any] = {"type": "auth_required", "ha_version": "2025.4.4"}

    def talk(self, socket: ServerConnection) -> None:
        try:
            self._talk(socket)
        except ConnectionClosed:
            return

    def _talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        assert socket.request.path == "/api/websocket"
        socket.send(json.dumps(self.greeting))
        login = json.loads(socket.recv())
        if login != {"type": "auth", "access_token": TOKEN}:
            socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid access token or password"}))
            return
        socket.send(json.dumps({"type": "auth_ok", "ha_version": "2025.4.4"}))
        for text in socket:
            question = json.loads(text)
            self.asked.append(question["type"])
            socket.send(self.raw if self.raw is not None else json.dumps(self._answer(question)))

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        head = {"id": question["id"], "type": "result"}
        if question["type"] == "recorder/get_statistics_metadata":
            known = {"sensor.pv": ("kW", "power"), "sensor.import": ("Wh", "energy"), "sensor.price": ("€/kWh", None)}
            result: Any = [
                {"statistic_id": name, "statistics_unit_of_measurement": unit, "unit_class": kind, "source": "recorder"}
                for name, (unit, kind) in known.items()
                if name in question["statistic_ids"]
            ]
            return {**head, "success": True, "result": result}
        if question["period"] != "hour":
            return {**head, "success": False, "error": {"code": "invalid_format", "message": "not a period\u202e"}}
        assert question["units"] == {"power": "W", "energy": "kWh"}
        result = {name: list(self._hours(name, question)) for name in question["statistic_ids"]}
        return {**head, "success": True, "result": result}

    def _hours(self, name: str, question: dict[str, Any]) -> Iterator[dict[str, Any]]:
        start, end = (datetime.fromisoformat(question[key]) for key in ("start_time", "end_time"))
        begin = int((start - START) / timedelta(hours=1))
        for hour in range(begin, begin + int((end - start) / timedelta(hours=1))):
            if hour in self.missing_hours:
                continue
            at_ms = int(START.timestamp() * 1000) + hour * HOUR_MS
            row = {"start": at_ms, "end": at_ms + HOUR_MS}
            yield {**row, "sum": 0.5 * (hour + 1)} if name == "sensor.import" else {**row, "mean": 100.0 * (hour % 24)}


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, str]]:
    made = Recorder()
    server: Server = serve(made.talk, "127.0.0.1", 0)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made, f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    server.shutdown()
    thread.join(10.0)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_means_hold_for_their_hour_and_sums_at_its_end(recorder: tuple[Recorder, str], tmp_path: Path) -> None:
    server, url = recorder
    server.missing_hours = {1, 3}
    path = tmp_path / "t.csv"
    assert save_statistics(path, f"{url}/", TOKEN, ("sensor.pv", "sensor.import"), START, START + timedelta(hours=4))
    day = "2025-06-01T0"
    assert lines(path) == [
        "entity_id,state,last_changed,unit",
        f"sensor.pv,0.0,{day}0:00:00.000000+00:00,W",
        f"sensor.pv,unavailable,{day}1:00:00.000000+00:00,W",
        f"sensor.pv,200.0,{day}2:00:00.000000+00:00,W",
        f"sensor.pv,unavailable,{day}3:00:00.000000+00:00,W",
        f"sensor.import,0.5,{day}1:00:00.000000+00:00,kWh",
        f"sensor.import,unavailable,{day}1:00:00.000000+00:00,kWh",
        f"sensor.import,1.5,{day}3:00:00.000000+00:00,kWh",
        f"sensor.import,unavailable,{day}3:00:00.000000+00:00,kWh",
    ]


def test_pages_of_a_month_and_a_stop(recorder: tuple[Recorder, str], tmp_path: Path) -> None:
    server, url = recorder
    parts: list[float] = []
    span = (START, START + timedelta(days=75))
    assert save_statistics(tmp_path / "t.csv", url, TOKEN, ("sensor.pv",), *span, watch=lambda p: not parts.append(p))  # type: ignore[func-returns-value]
    assert server.asked.count("recorder/statistics_during_period") == 3
    assert parts == [pytest.approx(0.4), pytest.approx(0.8), 1.0]
    assert len(lines(tmp_path / "t.csv")) == 1 + 75 * 24
    assert not save_statistics(tmp_path / "t.csv", url, TOKEN, ("sensor.pv",), *span, watch=lambda _: False)
    assert len(lines(tmp_path / "t.csv")) == 1 + 30 * 24


def test_a_year_becomes_a_trace_of_hours(
    recorder: tuple[Recorder, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = recorder
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", TOKEN)
    mapping = ["--map", "pv_w=sensor.pv", "--map", "load_w=sensor.import", "--counter", "load_w"]
    out = tmp_path / "t.csv"
    span = ["--from", "2025-06-01 00:00", "--to", "2026-06-01 00:00", "--zone", "UTC"]
    code, text = call("import", str(out), "--home-assistant", url, "--statistics", *span, *mapping)
    assert code == 0, text
    assert "8760 rows of 3600 s" in text
    assert TOKEN not in text + out.read_text()
    rows = [line.split(",") for line in lines(out) if line[:2] == "20"]
    assert {float(row[2]) for row in rows[1:100]} == {500.0}
    assert [float(row[1]) for row in rows[:3]] == [0.0, 100.0, 200.0]


@pytest.mark.parametrize(
    ("change", "entity", "token", "why"),
    [
        ({}, "sensor.pv", "wrong", "refuses the token"),
        ({}, "sensor.text", TOKEN, "keeps no statistics of sensor.text"),
        ({"greeting": {"type": "hello"}}, "sensor.pv", TOKEN, "is no Home Assistant"),
        ({"raw": "no JSON"}, "sensor.pv", TOKEN, "answered without JSON"),
        ({"raw": "[1]"}, "sensor.pv", TOKEN, "did not answer within 0.2 s"),
        ({"raw": "{" + " " * 3000 + "}"}, "sensor.pv", TOKEN, "has ended the connection: ConnectionClosed"),
        (
            {"raw": '{"id": 1, "type": "result", "success": false, "error": {"message": "no\\u0007"}}'},
            "sensor.pv",
            TOKEN,
            r"refuses recorder/get_statistics_metadata: no\?",
        ),
    ],
)
def test_what_goes_wrong_is_said_without_the_token(
    recorder: tuple[Recorder, str],
    change: dict[str, Any],
    entity: str,
    token: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, url = recorder
    for name, value in change.items():
        setattr(server, name, value)
    monkeypatch.setattr(statistics, "TIMEOUT_S", 0.2 if server.raw == "[1]" else 10.0)
    monkeypatch.setattr(statistics, "MAX_BYTES", 2000)
    with pytest.raises(StudyError, match=why) as error:
        save_statistics(tmp_path / "t.csv", url, token, (entity,), START, START + timedelta(hours=2))
    assert token not in str(error.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://me:secret@127.0.0.1:9", r"http://127\.0\.0\.1:9 cannot be reached"),
        ("ha.local", "is not an address"),
        ("http://[::1", "is not an address"),
    ],
)
def test_an_address_without_home_assistant_is_said(url: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=why) as error:
        save_statistics(tmp_path / "t.csv", url, TOKEN, ("sensor.pv",), START, START + timedelta(hours=2))
    assert "secret" not in str(error.value)


def test_statistics_are_those_of_home_assistant(tmp_path: Path) -> None:
    mapping = ["--map", "pv_w=x", "--map", "load_w=y"]
    code, text = call("import", str(tmp_path / "t.csv"), "--prometheus", "http://p", "--statistics", *mapping)
    assert code == 2
    assert "--statistics applies to --home-assistant" in text
