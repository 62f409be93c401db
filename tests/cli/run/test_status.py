"""`optimizer status`: where it asks, and what it says if nobody answers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from optimizer.cli.run import status
from optimizer.journal.writer import Journal
from optimizer.model.site import Site
from optimizer.serve.energy import Books
from optimizer.serve.web.view import status_document
from tests.cli.run.status_page import app, document, served, site
from tests.serve.house import report, state


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


def test_without_a_terminal_watching_prints_a_line_for_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = [report(state(grid_w=grid_w), ticks=tick) for tick, grid_w in enumerate((-500.0, -500.0, 900.0))]

    class Clock:
        async def sleep(self, seconds: float) -> None:
            del seconds
            ticks.pop(0)
            if not ticks:
                raise KeyboardInterrupt

    monkeypatch.setattr(status, "CLOCK", Clock())
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
