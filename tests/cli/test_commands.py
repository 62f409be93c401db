"""The commands as a person meets them: what they print, and their exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from optimizer.cli.run.claims import controlled_addresses
from optimizer.runtime.record.device_claims import DeviceClaims
from optimizer.runtime.record.lock import InstanceLock
from optimizer.settings import load_settings
from tests.cli.program import Runner, application

SHIPPED = Path(__file__).parents[2] / "rules"
RULES = "version: 1\nrules:\n  - id: sun\n    claim:\n      ev.mode: surplus\n"
SITE = """\
site: {time_zone: Europe/Berlin}
devices:
  carport: {type: nrgkick, url: "http://127.0.0.1:9"}
  fems: {type: fems, url: "http://localhost:9"}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULES)
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path / "site.yaml"


def call(*words: str) -> tuple[int, str]:
    result = Runner().invoke(application(), words)
    return result.exit_code, result.output


def test_check_tells_what_would_run(site: Path) -> None:
    code, text = call("check", "--config", str(site))
    assert code == 0
    assert "carport  nrgkick  ev.carport" in text
    assert "1 rule in 1 file" in text
    assert "http://127.0.0.1:8080" in text


def test_check_writes_addresses_as_a_browser_takes_them(site: Path) -> None:
    site.write_text(f"{SITE}serve: {{status: {{host: '::1'}}, feed: {{host: 127.0.0.1, port: 8081}}}}\n")
    code, text = call("check", "--config", str(site))
    assert code == 0
    assert "on http://[::1]:8080; charger feed on http://127.0.0.1:8081" in " ".join(text.split())


def test_check_names_the_place_of_a_mistake_in_the_settings(site: Path) -> None:
    site.write_text(SITE.replace("Europe/Berlin", "Europe/Berlim"))
    code, text = call("check", "--config", str(site))
    assert code == 2
    assert "site.yaml:1:" in text
    assert "did you mean “Europe/Berlin”?" in text


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("text", ["", "site: {name: x}\n", "devices: {}\n"])
def test_a_house_without_devices_is_a_mistake(site: Path, command: str, text: str) -> None:
    site.write_text(text)
    code, said = call(command, "--config", str(site))
    assert code == 2
    assert "no devices, so there is nothing to run" in said
    assert "optimizer probe ADDRESS" in said


def test_what_no_device_here_reports_is_warned_of_but_not_in_the_shipped_rules(site: Path) -> None:
    rules = site.parent / "rules" / "a.yaml"
    rules.write_text(RULES.replace("claim:", "when: ev.soc < 30% or price.import_ct > 5ct\n    claim:"))
    for words in (("check", "--config", str(site)), ("check", str(rules), "--config", str(site))):
        code, text = call(*words)
        assert code == 0, text
        assert "ev.carport.soc is never known here: the charger carport does not report it" in text
    code, text = call("check", str(SHIPPED), "--config", str(site), "--strict")
    assert code == 0, text


def test_warnings_about_the_settings_count(site: Path) -> None:
    site.write_text(SITE + "tariff: {import_ct: 0.3, feed_in_ct: 8, alternative_ct: 22}\n")
    code, text = call("check", "--config", str(site))
    assert (code, text.rstrip().endswith("1 warning")) == (0, True)
    assert call("check", "--config", str(site), "--strict")[0] == 1


def test_rules_edited_into_nonsense_get_file_line_column_and_caret(site: Path) -> None:
    rules = site.parent / "rules" / "a.yaml"
    rules.write_text(RULES.replace("surplus", "sunplus"))
    code, text = call("run", "--config", str(site))
    assert code == 2
    assert f"{rules}:5:16: error" in text
    assert "^" in text


def test_a_second_instance_is_refused(site: Path) -> None:
    lock = InstanceLock(site.parent / "state")
    lock.acquire()
    try:
        code, text = call("run", "--config", str(site))
        assert code == 3
        assert "already controls this house" in text
        code, text = call("release", "--config", str(site))
        assert code == 3
    finally:
        lock.release()


def test_a_second_instance_with_another_state_folder_is_refused(site: Path) -> None:
    claims = DeviceClaims()
    claims.take(controlled_addresses(load_settings(site, {})))
    try:
        code, text = call("run", "--config", str(site))
        assert code == 3
        assert f"process {os.getpid()} already controls carport" in text
        assert "with another state folder" in text
    finally:
        claims.release()


def test_release_without_a_record_does_not_say_that_nothing_is_held(site: Path) -> None:
    for _ in range(2):
        code, text = call("release", "--config", str(site))
        assert code == 4
        assert "there is no record" in text
        assert "no device is held" not in text


def test_one_warning_is_one(site: Path) -> None:
    rules = site.parent / "rules" / "a.yaml"
    rules.write_text(RULES.replace("claim:", "when: battery.soc > 50% and battery.soc < 40%\n    claim:"))
    for words in (("check", "--config", str(site)), ("check", str(rules), "--config", str(site))):
        code, text = call(*words)
        assert code == 0, text
        assert text.rstrip().endswith("1 warning")


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version(word: str) -> None:
    code, text = call(word)
    assert code == 0
    assert text.startswith("optimizer ")


COMMANDS = sorted(get_command(application()).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("word", ["--help", "-h"])
def test_every_command_explains_itself(command: str, word: str) -> None:
    result = Runner().invoke(application(), [command, word])
    assert result.exception is None, result.exception
    assert f"Usage: optimizer {command}" in result.output.replace("root", "optimizer", 1)


def test_the_command_itself_explains_what_it_is() -> None:
    code, text = call("-h")
    assert (code, "rule-based home-energy optimizer" in text) == (0, True)
    assert all(command in text for command in COMMANDS)


def test_demo_says_which_houses_there_are() -> None:
    code, text = call("demo", "--house", "castle")
    assert code == 2
    assert "Choose one of small" in text


def test_demo_says_what_is_wrong_with_a_trace(tmp_path: Path) -> None:
    code, text = call("demo", "--trace", str(tmp_path / "none.csv"))
    assert code == 2
    assert "none.csv" in text


def test_no_command_loads_the_settings_before_it_needs_them() -> None:
    """Building the settings takes longer than everything else at a start."""
    code = "import sys, typer.main, optimizer.cli as c; typer.main.get_command(c.application()); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pydantic", "httpx", "ruamel.yaml", "optimizer.settings", "optimizer.control"} & {*loaded} == set()
