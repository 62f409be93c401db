from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from optimizer.cli import watch
from optimizer.journal.writer import Journal
from optimizer.serve.energy import Books
from optimizer.serve.view import status_document, why_document
from tests.serve.house import report, state

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 6, 21, 12, 30, tzinfo=UTC)  # 14:30 in Berlin


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14:05", "2025-06-21T12:05:00+00:00"),
        ("23:10:30", "2025-06-20T21:10:30+00:00"),
        ("2025-06-21 14:05", "2025-06-21T12:05:00+00:00"),
        ("2025-06-21T14:05:00+00:00", "2025-06-21T14:05:00+00:00"),
        ("2h", "2025-06-21T10:30:00+00:00"),
        ("90 min ago", "2025-06-21T11:00:00+00:00"),
    ],
)
def test_the_moment_that_a_person_means(text: str, expected: str) -> None:
    assert watch.moment(text, NOW, BERLIN).astimezone(UTC).isoformat() == expected


@pytest.mark.parametrize("text", ["noon", "25:00", "", "2025-13-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        watch.moment(text, NOW, BERLIN)


def document(**changes: Any) -> dict[str, Any]:
    tick = report(state(soc=None), **changes)
    return {**status_document(tick, 1000.0, Books()), "healthy": "", "journal": "", "can_override": False}


def test_the_terminal_shows_flows_reasons_and_trouble() -> None:
    out = StringIO()
    Console(file=out, width=120).print(watch.render_status(document(book_error="rules.yaml:3:5: no such field")))
    shown = out.getvalue()
    for part in ("2.97 kW", "-0.54 kW", "? %", "8.0 A on 3 phases", "rules.yaml:3:5", "soc_percent is unknown"):
        assert part in shown


def test_why_in_lines() -> None:
    tick = report()
    asked = {"at": tick.state.now.isoformat(), "why": why_document(tick.state, tick.decision)}
    short, full = watch.why_lines(asked, full=False), watch.why_lines(asked, full=True)
    assert len(short) == 3
    assert short[2] == "  battery.cellar: Battery cellar runs on its own."
    assert any("[guard.fuse: allowed_a 8.0]" in line for line in full)


def app() -> typer.Typer:
    made = typer.Typer()
    watch.register(made)
    return made


def site(folder: Path) -> Path:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(
        "site: {name: test, time_zone: Europe/Berlin}\n"
        "devices:\n  carport: {type: nrgkick, url: 'http://127.0.0.1:9'}\n"
        f"state_dir: {folder / 'state'}\nserve: {{status: {{port: 9}}}}\n"
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
    assert "Battery cellar runs on its own." in last.output
    then = CliRunner().invoke(app(), ["why", "--config", str(config), "--at", "2025-06-21 14:00:03"])
    assert then.exit_code == 0, then.output
    assert "ev.carport" in then.output


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["why", "--at", "noon"], "'noon' is not a time", 2),
        (["why", "--at", "2h"], "there is no journal at", 1),
        (["status"], "the service does not answer at http://127.0.0.1:9", 1),
    ],
)
def test_what_cannot_be_answered_is_explained(tmp_path: Path, arguments: list[str], message: str, code: int) -> None:
    result = CliRunner().invoke(app(), [*arguments, "--config", str(site(tmp_path))])
    assert result.exit_code == code, result.output
    assert message in result.output.replace("\n", " ")


def test_an_answer_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>"))
    stream = httpx.Client(transport=transport).stream

    def mocked(method: str, url: str, trust_env: bool = True, **options: Any) -> Any:
        return stream(method, url, **options)

    monkeypatch.setattr(httpx, "stream", mocked)
    result = CliRunner().invoke(app(), ["status", "--url", "http://elsewhere"])
    assert result.exit_code == 1
    assert "is it the status page?" in result.output
