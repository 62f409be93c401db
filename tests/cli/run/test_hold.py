from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from optimizer.cli.run import hold

TOKEN = "0123456789abcdef0123456789abcdef"
LACKING = "What is set by hand on devices is not on the disk yet."
UNTIL = "2025-06-21T14:00:00+00:00"
HELD = [
    {"target": "ev.carport.mode", "value": "fast", "until": UNTIL, "session": False},
    {"target": "ev.carport.current_a", "value": 10.0, "until": UNTIL, "session": True},
    {"target": "battery.discharge_w", "value": 0.0, "until": UNTIL, "session": False},
]
STATUS = {
    "local": "2025-06-21T14:00:00+02:00",
    "house": {"evs": [{"name": "carport"}], "batteries": [{"name": "cellar"}], "switches": [{"name": "boiler"}]},
    "overrides": HELD,
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """The requests to a service that agrees to everything."""
    found: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        found.append(request)
        if request.method == "DELETE":
            return httpx.Response(200, json={"not_kept": [LACKING]})
        if request.method == "POST":
            body = json.loads(request.content)
            held = {"target": body["target"], "value": body["value"], "until": UNTIL, "session": "session" in body}
            held["not_kept"] = [LACKING]
            return httpx.Response(201, json=held)
        return httpx.Response(200, json=STATUS)

    def stream(method: str, url: str, **options: Any) -> object:
        options.pop("trust_env")
        return httpx.Client(transport=httpx.MockTransport(handle)).stream(method, url, **options)

    monkeypatch.setattr(httpx, "stream", stream)
    return found


def call(folder: Path, *arguments: str, token: str = TOKEN) -> tuple[int, str]:
    config = folder / "site.yaml"
    (folder / "rules").mkdir(exist_ok=True)
    config.write_text(
        "devices:\n  carport: {type: nrgkick, url: 'http://127.0.0.1:9'}\nrules: rules\nserve:\n  status: {port: 9"
        + (f", token: {token}" if token else "")
        + "}\n"
    )
    app = typer.Typer()
    hold.register(app)
    result = CliRunner().invoke(app, [*arguments, "-c", str(config)])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (("carport", "fast", "--for", "2h"), {"target": "ev.carport.mode", "value": "fast", "minutes": 120.0}),
        (("carport", "10A", "--session"), {"target": "ev.carport.current_a", "value": 10.0, "session": True}),
        (("carport", "3phases"), {"target": "ev.carport.phases", "value": 3, "midnight": True}),
        (("carport", "auto"), {"target": "ev.carport.phases", "value": "auto", "midnight": True}),
        (("carport", "20 kWh"), {"target": "ev.carport.energy_limit_wh", "value": 20_000.0, "midnight": True}),
        (("battery", "charge", "--for", "30min"), {"target": "battery.mode", "value": "charge", "minutes": 30.0}),
        (("cellar", "hold"), {"target": "battery.discharge_w", "value": 0.0, "midnight": True}),
        (
            ("battery", "charge", "--power", "2kW"),
            {"target": "battery.power_w", "value": 2000.0, "midnight": True},
        ),
        (
            ("battery", "charge", "--to", "80%"),
            {"target": "battery.mode", "value": "charge", "to_percent": 80.0, "midnight": True},
        ),
        (
            ("cellar", "reserve", "30 %", "--for", "1d"),
            {"target": "battery.reserve_percent", "value": 30.0, "minutes": 1440.0},
        ),
        (("boiler", "on", "--for", "2h"), {"target": "switch.boiler.state", "value": "on", "minutes": 120.0}),
        (("boiler", "surplus"), {"target": "switch.boiler.state", "value": "surplus", "midnight": True}),
        (("surplus.priority", "ev_first"), {"target": "surplus.priority", "value": "ev_first", "midnight": True}),
        (("ev.carport.phases", "1"), {"target": "ev.carport.phases", "value": 1.0, "midnight": True}),
    ],
)
def test_what_is_asked_for(
    tmp_path: Path, asked: list[httpx.Request], arguments: tuple[str, ...], body: dict[str, Any]
) -> None:
    code, text = call(tmp_path, *arguments)
    assert code == 0, text
    assert json.loads(asked[-1].content) == body
    assert asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert body["target"] in text
    assert text.splitlines()[-1] == LACKING


def test_without_arguments_it_lists_what_is_set(tmp_path: Path, asked: list[httpx.Request]) -> None:
    code, text = call(tmp_path)
    assert code == 0
    assert text.splitlines()[0] == "ev.carport.mode = fast until 16:00"
    assert json.loads(call(tmp_path, "--json")[1]) == HELD
    assert all(request.method == "GET" for request in asked)


@pytest.mark.parametrize(
    ("name", "ended"),
    [
        ("carport", ["ev.carport.mode", "ev.carport.current_a"]),
        ("ev.carport.mode", ["ev.carport.mode"]),
        ("battery", ["battery.discharge_w"]),
        ("cellar", ["battery.discharge_w"]),
        ("car", []),
    ],
)
def test_the_overrides_of_a_device_end(tmp_path: Path, asked: list[httpx.Request], name: str, ended: list[str]) -> None:
    code, text = call(tmp_path, name, "--end")
    assert code == 0, text
    deleted = [request.url.path.rpartition("/")[2] for request in asked if request.method == "DELETE"]
    assert deleted == ended
    assert ("nothing is set by hand" in text) is (not ended)
    assert text.count(LACKING) == bool(ended)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("garage", "fast"), "There are carport, battery, cellar, boiler"),
        (("carport", "quick"), "nothing that carport can be set to"),
        (("carport", "fast", "--for", "soon"), "no duration"),
        (("battery", "2kW"), "nothing that battery can be set to"),
        (("battery", "charge", "--power", "2"), "--power is for"),
        (("carport", "fast", "--power", "2kW"), "--power is for"),
        (("battery", "reserve"), "a reserve needs its state of charge"),
        (("battery", "charge", "80%"), "nothing else takes one"),
        (("battery", "charge", "--to", "full"), "no state of charge such as 80%"),
        (("boiler", "fast"), "nothing that boiler can be set to"),
        (("carport",), "how should carport be set?"),
    ],
)
def test_what_is_not_understood(
    tmp_path: Path, asked: list[httpx.Request], arguments: tuple[str, ...], message: str
) -> None:
    code, text = call(tmp_path, *arguments)
    assert code == 2
    assert message in text
    assert "hold carport fast --for 2h" in text


def test_without_a_token_it_says_how_to_get_one(tmp_path: Path, asked: list[httpx.Request]) -> None:
    code, text = call(tmp_path, "carport", "fast", token="")
    assert code == 1
    assert "openssl rand -hex 16" in text
