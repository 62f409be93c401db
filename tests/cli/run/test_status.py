from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from optimizer.cli.console import plain_console
from optimizer.cli.run import status as watch
from optimizer.journal.writer import Journal
from optimizer.model.decision import Cause
from optimizer.model.reading import unknown
from optimizer.model.site import Site
from optimizer.model.state import EvStatus
from optimizer.rules.book.overrides import Override
from optimizer.rules.book.sentences import RULE_SENTENCES
from optimizer.serve.energy import Books
from optimizer.serve.web.view import override_document, status_document, why_document
from optimizer.words.language import ENGLISH, language_of, speak
from tests.serve.house import report, state

NOW = datetime(2025, 6, 21, 12, 30, tzinfo=UTC)  # 14:30 in Berlin


def document(**changes: Any) -> dict[str, Any]:
    tick = report(state(soc=None), **changes)
    return {**status_document(tick, 1000.0, Books(), Site()), "healthy": "", "journal": "", "can_override": False}


def test_the_terminal_shows_flows_reasons_and_trouble() -> None:
    out = StringIO()
    Console(file=out, width=120).print(watch.render_status(document(book_error="rules.yaml:3:5: no such field")))
    shown = out.getvalue()
    for part in ("2.97 kW", "-0.54 kW", "? %", "8.0 A on 3 phases", "rules.yaml:3:5", "soc_percent is unknown"):
        assert part in shown


def test_the_terminal_shows_the_states_of_rules_in_the_language_of_the_reader() -> None:
    states = {code.removeprefix("rule.") for code, text in RULE_SENTENCES.items() if "{subject}" not in text}
    assert set(watch.RULE_STATES) == states
    assert set(watch.CAR_STATES) == {status.value for status in EvStatus}
    german = language_of("de")
    assert german is not None
    speak(german)
    try:
        out = StringIO()
        rules = [{"rule": state, "state": state, "due_in_s": 90.0} for state in sorted(states)]
        Console(file=out, width=400).print(watch.render_status({**document(), "rules": rules}))
    finally:
        speak(ENGLISH)
    assert "2,97 kW" in out.getvalue() and "2.97" not in out.getvalue()
    assert " kW lädt" in out.getvalue() and "charging" not in out.getvalue()
    assert "active: aktiv, als Nächstes in 90 s" in out.getvalue()
    assert "pending: wartet" in out.getvalue() and "unknown: unbekannt" in out.getvalue()


def test_why_in_lines() -> None:
    tick = report()
    asked = {"at": tick.state.now.isoformat(), "why": why_document(tick.state, tick.decision)}
    short, full = watch.why_lines(asked, full=False), watch.why_lines(asked, full=True)
    assert len(short) == 3
    assert short[2] == "  battery.cellar: Battery cellar uses its own control."
    assert any("[guard.fuse: allowed_a 8.0]" in line for line in full)


def app() -> typer.Typer:
    made = typer.Typer()
    watch.register(made)
    return made


def site(folder: Path, status: str = "{port: 9}") -> Path:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(
        "site: {name: test, time_zone: Europe/Berlin}\n"
        "devices:\n  carport: {type: nrgkick, url: 'http://127.0.0.1:9'}\n"
        f"state_dir: {folder / 'state'}\nserve: {{status: {status}}}\n"
    )
    return config


def test_the_journal_answers_when_the_service_does_not(tmp_path: Path) -> None:
    config = site(tmp_path)
    journal = Journal(tmp_path / "state" / "journal.db")
    journal.on_tick(report())
    journal.close()
    last = CliRunner().invoke(app(), ["why", "--config", str(config)])
    assert last.exit_code == 0, last.output
    assert "does not answer" in last.output
    assert "Battery cellar uses its own control." in last.output
    then = CliRunner().invoke(app(), ["why", "--config", str(config), "--at", "2025-06-21 14:00:03"])
    assert then.exit_code == 0, then.output
    assert "ev.carport" in then.output


def test_the_journal_answers_where_the_status_page_is_turned_off(tmp_path: Path) -> None:
    config = site(tmp_path, "null")
    journal = Journal(tmp_path / "state" / "journal.db")
    journal.on_tick(report())
    journal.close()
    last = CliRunner().invoke(app(), ["why", "--config", str(config)])
    assert last.exit_code == 0, last.output
    assert "cannot ask the service; showing the last record" in last.output
    assert "Battery cellar uses its own control." in last.output
    status = CliRunner().invoke(app(), ["status", "--config", str(config)])
    assert status.exit_code == 2, status.output
    assert "the status page is off (serve.status), so" in status.output


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["why", "--at", "noon"], "--at: “noon” is not a time", 2),
        (["why", "--at", "2h"], "there is no journal at", 1),
        (["status"], "the service does not answer at http://127.0.0.1:9", 1),
    ],
)
def test_what_cannot_be_answered_is_explained(tmp_path: Path, arguments: list[str], message: str, code: int) -> None:
    result = CliRunner().invoke(app(), [*arguments, "--config", str(site(tmp_path))])
    assert result.exit_code == code, result.output
    assert message in result.output.replace("\n", " ")


def served(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    stream = httpx.Client(transport=httpx.MockTransport(answer)).stream

    def mocked(method: str, url: str, trust_env: bool = True, **options: Any) -> Any:
        return stream(method, url, **options)

    monkeypatch.setattr(httpx, "stream", mocked)


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("192.168.1.5", "192.168.1.5"),
        ("::", "::1"),
        ("::1", "::1"),
        ("fd00::5", "fd00::5"),
    ],
)
def test_the_page_is_asked_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, asked: str
) -> None:
    seen: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(200, json=document())

    served(monkeypatch, answer)
    config = site(tmp_path, f"{{host: '{host}', port: 9}}")
    result = CliRunner().invoke(app(), ["status", "--config", str(config)])
    assert result.exit_code == 0, result.output
    assert [(url.host, url.port) for url in seen] == [(asked, 9)]


def test_an_answer_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch, lambda request: httpx.Response(200, text="<html>"))
    result = CliRunner().invoke(app(), ["status", "--url", "http://elsewhere"])
    assert result.exit_code == 1
    assert "Check that it is the status page" in result.output


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("10:05", "2025-06-21T10:05:00+02:00"),
        ("1h", "2025-06-21T13:00:00+02:00"),
        ("2025-01-10 10:05", "2025-01-10T10:05:00+01:00"),
    ],
)
def test_at_means_the_time_of_the_house_that_is_asked(monkeypatch: pytest.MonkeyPatch, at: str, asked: str) -> None:
    """The house of a demo lives in June, and its zone is not this computer's."""
    seen: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        tick = report()
        why = {"at": tick.state.local.isoformat(), "why": why_document(tick.state, tick.decision)}
        return httpx.Response(200, json=document() if request.url.path.endswith("status") else why)

    served(monkeypatch, answer)
    result = CliRunner().invoke(app(), ["why", "--at", at, "--url", "127.0.0.1:4234"])
    assert result.exit_code == 0, result.output
    assert seen[-1].host == "127.0.0.1"
    assert datetime.fromisoformat(seen[-1].params["at"]) == datetime.fromisoformat(asked)


def test_a_house_that_tells_no_time_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    served(monkeypatch, lambda request: httpx.Response(200, json={"up": True}))
    result = CliRunner().invoke(app(), ["why", "--at", "10:05", "--url", "elsewhere:1"])
    assert result.exit_code == 1
    assert "Check that it is the status page" in result.output


def test_without_a_terminal_watching_prints_a_line_for_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [report(state(grid_w=grid_w), ticks=tick) for tick, grid_w in enumerate((-500.0, -500.0, 900.0))]

    class Clock:
        async def sleep(self, seconds: float) -> None:
            del seconds
            ticks.pop(0)
            if not ticks:
                raise KeyboardInterrupt

    monkeypatch.setattr(watch, "CLOCK", Clock())
    missing = {"healthy": "", "journal": "", "can_override": False}
    served(
        monkeypatch,
        lambda request: httpx.Response(200, json=status_document(ticks[0], 1000.0, Books(), Site()) | missing),
    )
    result = CliRunner().invoke(app(), ["status", "--watch", "--url", "house:1"])
    assert result.exit_code == 0, result.output
    assert [line.partition(" | home")[0] for line in result.output.splitlines()] == [
        "14:00:00  sun 2.97 kW | grid -0.50 kW",
        "14:00:00  sun 2.97 kW | grid 0.90 kW",
    ]


def test_the_terminal_tells_of_a_device_that_reads_and_refuses() -> None:
    shown = StringIO()
    refusing = document()
    refusing["devices"][0]["refuses"] = "setpoint failed: 401"
    Console(file=shown, width=120).print(watch.render_status(refusing))
    assert "setpoint failed: 401" in shown.getvalue()


def test_what_is_held_by_hand_is_told_in_short() -> None:
    held = Override("ev.carport.mode", "fast", NOW, session=True)
    line = watch.status_line({**document(), "overrides": [override_document(held)]})
    assert "held by hand: ev.carport.mode = fast until 14:30 or unplugged | sun" in line


@pytest.mark.parametrize("name", ["[/ctrl0]", "[ess9]", "[red]x[/red]", ":warning:", "[link=http://evil.example]x"])
def test_names_of_devices_and_their_messages_are_never_markup(name: str) -> None:
    tick = report(state(), devices=(replace(report().devices[0], name=name, up=False, message=f"no {name}"),))
    shown = {
        **status_document(tick, 1000.0, Books(), Site()),
        "healthy": f"ill {name}",
        "journal": "",
        "can_override": False,
    }
    shown["house"]["evs"][0]["name"] = name
    shown["house"]["evs"][0]["status"] = name
    out = StringIO()
    Console(file=out, width=400).print(watch.render_status(shown))
    assert out.getvalue().count(name) == 5
    again = StringIO()
    plain_console(file=again, width=400).print(name)
    assert again.getvalue() == f"{name}\n"


def test_a_late_meter_a_reading_in_doubt_and_a_car_without_a_start_are_at_the_top() -> None:
    snapshot = state(grid_w=-9000.0)
    why = "implausible: the meter did not change with the cars, 3 times in a row"
    judged = replace(snapshot, grid=replace(snapshot.grid, power_w=unknown(why, 1000.0)))
    tick = report(snapshot, judged=judged)
    numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", 1500.0))
    causes = (Cause("budget.start", "ev.carport.current_a", "", numbers),)
    tick = replace(tick, decision=replace(tick.decision, causes=causes))
    document = status_document(tick, 1000.0, Books(), Site(grid_delay_s=30.0))
    line = watch.status_line({**document, "healthy": "", "journal": "", "can_override": False})
    assert f"grid.power_w is unknown: {why}" in line
    assert "The grid meter is 30 s late." in line
    assert "The next start is possible in 25 min." in line
    assert "grid ?" in line


def test_the_terminal_speaks_the_language_of_its_locale() -> None:
    german = language_of("de")
    assert german is not None
    out = StringIO()
    speak(german)
    try:
        Console(file=out, width=120).print(watch.render_status(document()))
        lines = watch.why_lines({"at": "2025-06-14T14:05:00+02:00", "why": []}, full=False)
    finally:
        speak(ENGLISH)
    assert lines == ["Am 14.06.2025 um 14:05:00:"]
    assert "Sonne" in out.getvalue() and "Batterie" in out.getvalue()
