"""`optimizer why`: from the running service, or from the journal."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from optimizer.cli.run import why_command
from optimizer.journal.writer import Journal
from optimizer.serve.web.why import why_document
from tests.cli.run.status_page import app, document, served, site
from tests.serve.house import report


def test_why_in_lines() -> None:
    tick = report()
    asked = {"at": tick.state.now.isoformat(), "why": why_document(tick.state, tick.decision)}
    short, full = why_command.why_lines(asked, full=False), why_command.why_lines(asked, full=True)
    assert len(short) == 3
    assert short[2] == "  battery.cellar: Battery cellar uses its own control."
    assert any("[guard.fuse: allowed_a 8.0]" in line for line in full)


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
