"""Notifications of a whole service, and `optimizer notify`. What is configured wrongly is said without the URL."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest

from optimizer.cli.run import notify as building
from optimizer.cli.run.assemble import House, assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.model.clock import SystemClock
from optimizer.serve.panel import Panel
from optimizer.settings import load_settings
from tests.cli.program import Runner, application
from tests.serve.notify.test_target import SECRET, Sink

SITE = """\
site: {name: Haus, time_zone: Europe/Berlin, language: de}
devices: {carport: {type: nrgkick, url: "http://192.0.2.1"}}
notify:
  targets:
    phone: {apprise_url: "json://127.0.0.1:PORT/SECRET"}
    mail: {apprise_url: "OTHER"}
"""


def written(folder: Path, port: int, other: str) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").write_text("version: 1\nrules: []\n")
    text = SITE.replace("PORT", str(port)).replace("SECRET", SECRET).replace("OTHER", other)
    (folder / "site.yaml").write_text(text)
    (folder / "site.yaml").chmod(0o600)
    return folder / "site.yaml"


def house_of(config: Path) -> House:
    settings = load_settings(config, {})
    house = assemble(settings, RuleFiles.load(settings), SystemClock(), config.parent / "state")
    house.close()
    return house


def panel_of(house: House) -> Panel:
    return next(one for one in house.service.parts.watchers if isinstance(one, Panel))


def test_a_test_message_goes_to_every_target(tmp_path: Path) -> None:
    with Sink().listening() as sink:
        config = written(tmp_path, sink.port, f"json://127.0.0.1:{sink.port}/{SECRET}2")
        result = Runner().invoke(application(), ["notify", "-c", str(config)])
    assert (result.exit_code, result.stdout) == (0, "phone: sent\nmail: sent\n")
    assert [json.loads(body)["message"] for body in sink.bodies] == ["Dies ist eine Testnachricht."] * 2


def test_targets_that_fail_are_named_with_the_reason(tmp_path: Path) -> None:
    with Sink(401).listening() as sink:
        config = written(tmp_path, sink.port, f"nonsense://{SECRET}")
        result = Runner().invoke(application(), ["notify", "-c", str(config)])
    assert result.exit_code == 1
    assert "phone: failed: it refuses the password or token (HTTP 401)" in result.stderr
    assert "mail: failed: Apprise does not know this URL" in result.stderr
    assert SECRET not in result.output


def test_without_targets_there_is_a_page_to_read(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "site.yaml").write_text("site: {name: home}\n")
    result = Runner().invoke(application(), ["notify", "-c", str(tmp_path / "site.yaml")])
    assert result.exit_code == 2
    assert "docs/how-to/notifications.md" in result.stderr


def test_a_wrong_url_stops_nothing_and_is_on_the_page(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    house = house_of(written(tmp_path, 9, f"nonsense://{SECRET}"))
    assert panel_of(house).outputs["notifications"]() == "mail: Apprise does not know this URL"
    assert SECRET not in caplog.text


def test_without_apprise_the_service_runs_and_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "has_apprise", lambda: False)
    monkeypatch.setattr("optimizer.settings.notify_mapping.has_apprise", lambda: False)
    config = written(tmp_path, 9, f"json://{SECRET}")
    problem = panel_of(house_of(config)).outputs["notifications"]()
    assert "phone: Apprise is not installed. Run " in problem
    result = Runner().invoke(application(), ["notify", "-c", str(config)])
    assert result.exit_code == 1
    assert "pip install 'apprise>=" in result.stderr
    assert "no message is sent" not in result.stderr  # each target says it


def test_a_device_that_is_not_handed_back_is_sent_at_the_end(tmp_path: Path) -> None:
    with Sink().listening() as sink:
        house = house_of(written(tmp_path, sink.port, f"nonsense://{SECRET}"))
        assert house.notifier is not None
        asyncio.run(house.notifier.last_words({"ev.carport": "it does not answer"}))
    (body,) = sink.bodies
    assert "ev.carport ist nicht zurückgegeben" in json.loads(body)["message"]
