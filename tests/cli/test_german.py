"""Every command speaks German where the locale is German: mistakes in its command line, and its usual output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextvars import Context
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.study.input.trace import write_trace
from optimizer.twin.house import HOUSES
from optimizer.words.language import speak
from tests.cli.village import Village, call, village
from tests.study.input.evcc.written import Charged, as_csv
from tests.study.scene import FAST, START, SURPLUS, sunny
from tests.words.english import english_pieces, english_words, german

EVERY = """
import contextlib, io, json, sys
from typer.main import get_command
import optimizer.cli as cli
from optimizer.cli.help_texts import translate
from optimizer.words.language import language_of, speak

speak(language_of("de"))
app = cli.application()
command = get_command(app)
translate(command)
said = {}


def run(words):
    # typer.testing makes the command anew. This one has the German help.
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), contextlib.suppress(SystemExit):
        command(words, prog_name="optimizer")
    return output.getvalue()


for name, one in command.commands.items():
    for words in ([name, "--no-such"], [name, "--hepl"], [name, "a", "b", "c", "d", "e", "--config"]):
        said[" ".join(words)] = run(words)
    if any(part.required for part in one.params):
        said[name] = run([name])
for words in (["nothing"], ["simulate", "--days", "x"], ["simulate", "--days", "0.01"], ["input", "read"],
              ["check", "a", "b", "c"], ["tune", "a=1..2", "--goal", "money"]):
    said[" ".join(words)] = run(words)
json.dump(said, sys.stdout)
"""
"""Drives every command of the program with mistakes, in a process of its own: typer keeps its words for good."""
HOUSE = """\
site: {{time_zone: Europe/Berlin}}
grid: fems
devices:
  carport: {{type: nrgkick, url: "{carport}", charger: {{phase_switching: true}}}}
  fems: {{type: fems, url: "{fems}", password: owner}}
inputs:
  holiday: {{type: switch}}
rules: rules.yaml
state_dir: state
tariff: {{import_ct: 30, feed_in_ct: 8, alternative_ct: 19}}
serve: {{status: }}
"""
TUNE = ("--trace", "day.csv")
STUDY = ("--trace", "day.csv", "--no-bound", "--no-schedule")


def in_german(*words: str) -> tuple[int, str]:
    """Exit code and output for a person whose locale is German."""

    def said() -> tuple[int, str]:
        speak(german())
        return call(*words)

    return Context().run(said)


def test_mistakes_in_the_command_line() -> None:
    environment = {**os.environ, "LC_ALL": "de_DE.UTF-8", "NO_COLOR": "1", "COLUMNS": "300"}
    run = subprocess.run(
        [sys.executable, "-c", EVERY], env=environment, capture_output=True, encoding="utf-8", timeout=120, check=True
    )
    said: dict[str, str] = json.loads(run.stdout)
    assert "die Option --no-such gibt es nicht" in said["why --no-such"]
    assert "es fehlt die Option '--rules'" in said["backtest"]
    assert "'--days': x ist keine Zahl" in said["simulate --days x"]
    assert {words: english_words(text) for words, text in said.items() if english_words(text)} == {}


@pytest.fixture(scope="module")
def running() -> Iterator[Village]:
    with village(HOUSES["small"](None, 1), speed=60.0) as house:
        yield house


@pytest.fixture
def home(running: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, two rule files and a trace of three hours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("optimizer.model.clock.SystemClock", lambda: running.clock)
    (tmp_path / "site.yaml").write_text(HOUSE.format(**running.house.endpoints))
    (tmp_path / "site.yaml").chmod(0o600)
    (tmp_path / "rules.yaml").write_text(SURPLUS)
    (tmp_path / "fast.yaml").write_text(FAST)
    write_trace(sunny(3.0, start=START + timedelta(hours=9)), tmp_path / "day.csv")
    (tmp_path / "other.csv").write_text("time,sun\n2025-06-21 10:00,1\n")
    charged = [Charged(START + timedelta(hours=hours), START + timedelta(hours=hours + 1)) for hours in (-48, -47.5)]
    (tmp_path / "evcc.csv").write_bytes(as_csv([*charged, Charged(START, None)], "de"))
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("test", "."),
        ("explain", "--set", "pv.power_w=3kW"),
        ("explain", "--set", "pv.power_w"),
        ("status",),
        ("why",),
        ("hold",),
        ("hold", "carport", "fast"),
        ("goal",),
        ("goal", "carport", "20kWh", "07:00"),
        ("goal", "carport", "much", "07:00"),
        ("goal", "nobody", "20kWh", "07:00"),
        ("input",),
        ("input", "set", "holiday", "on"),
        ("input", "set", "nothing", "on"),
        ("input", "set", "holiday", "perhaps"),
        ("login",),
        ("sessions",),
        ("sessions", "--month", "May"),
        ("import-sessions",),
        ("import-sessions", "other.csv"),
        ("import-sessions", "evcc.csv"),
        ("import-sessions", "evcc.csv", "--yes"),
        ("import-sessions", "--remove"),
        ("prices",),
        ("forecast",),
        ("why", "--schedule"),
        ("notify",),
        ("replay",),
        ("simulate", *STUDY),
        ("simulate", "--days", "0.1", "--no-bound", "--no-schedule"),
        ("simulate", "--trace", "other.csv"),
        ("simulate", "--trace", "none.csv"),
        ("simulate", "--trace", "day.csv", "--journal"),
        ("simulate", "--from", "yesterday-ish"),
        ("simulate", "--car", "plane"),
        ("backtest", "--rules", "fast.yaml", "--against", "rules.yaml", *STUDY),
        ("tune", "grid_share=0..0.2:2", *TUNE),
        ("tune", "grid_shaer=0..0.2:2", *TUNE),
        ("tune", "grid_share", *TUNE),
        ("import", "out.csv", "--csv", "other.csv", "--map", "pv_w"),
        ("import", "out.csv", "--csv", "other.csv", "--map", "pv_w=sun", "--map", "load_w=home"),
        ("init", "--no-input"),
        ("init", "--no-input", "--device", "carport=nrgkick@127.0.0.1:9", "--force"),
        ("probe", "-c", "site.yaml"),
        ("probe",),
        ("device", "carport", "read"),
        ("device", "carport", "set"),
        ("device", "carport", "set", "current=8"),
        ("device", "carport", "set", "current=99"),
        ("device", "carport", "set", "current=8", "--yes"),
        ("device", "fems", "set", "power=-500", "--yes"),
        ("device", "fems", "set", "auto", "--yes"),
        ("device", "carport", "write"),
        ("device", "nobody", "read"),
        ("commission", "nobody"),
        ("release",),
        ("version",),
    ],
    ids=" ".join,
)
def test_usual_output(words: tuple[str, ...], home: Path) -> None:
    _, said = in_german(*words)
    assert (english_pieces(said), english_words(said)) == ([], []), said


def test_commission(home: Path) -> None:
    _, said = in_german("commission", "carport", "--yes")
    assert "Vorzeichen des Zählers" in said, said
    assert (english_pieces(said), english_words(said)) == ([], []), said


def test_the_report_of_a_comparison(home: Path) -> None:
    in_german("backtest", "--rules", "fast.yaml", "--against", "rules.yaml", "--trace", "day.csv", "--no-schedule")
    page = (home / "backtest.html").read_text(encoding="utf-8")
    text = page[page.index("</style>") :]
    assert '<html lang="de">' in page and "Woher die Energie des Autos kam" in text
    assert english_pieces(text) == []
