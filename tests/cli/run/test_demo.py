"""The demo, for a few house minutes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimizer.twin.house import HOUSES
from tests.cli.program import Runner, application
from tests.cli.village import call


@pytest.mark.parametrize("house", ["small", "hybrid", "full"])
def test_a_demo_runs_to_its_summary(house: str, tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.json"
    words = ["demo", "--hours", "0.06", "--speed", "240", "--house", house, "--endpoints", str(endpoints)]
    result = Runner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    assert "times real speed" in result.stderr
    listening = json.loads(endpoints.read_text())
    opened = {name: word for name, word in listening.items() if name.endswith(("_password", "_token"))}
    assert opened == {"fems_password": "owner"} | ({"sonnen_v2_token": "secret-token"} if house == "full" else {})
    assert "password owner" in result.stderr
    urls = {name: url for name, url in listening.items() if name not in opened}
    assert {"carport", "fems", "status", "feed"} <= urls.keys()
    assert all(url.startswith(("http://127.0.0.1:", "127.0.0.1:")) for url in urls.values())
    assert "10:0" in result.stderr
    assert "fems now 6" in result.stdout
    assert "unsafe writes  none" in result.stdout
    assert "failed 0" in result.stdout


def test_a_car_is_charged_within_the_first_minutes_and_json_says_so() -> None:
    words = ["demo", "--hours", "0.1", "--speed", "120", "--log-format", "json"]
    result = Runner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    assert any((line["evs"]["carport"]["power_w"] or 0) > 1000 for line in lines if line.get("event") == "house")
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert summary["ev_wh"] > 0
    assert summary["unsafe_writes"] == []


def test_a_demo_from_a_trace(tmp_path: Path) -> None:
    trace = tmp_path / "day.csv"
    rows = [f"2025-06-21T10:{minute:02d}:00+00:00,5000,300" for minute in range(5)]
    trace.write_text("\n".join(["timestamp,pv_w,load_w", *rows]) + "\n")
    words = ["demo", "--trace", str(trace), "--speed", "240", "--log-format", "json"]
    result = Runner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stderr.splitlines()[-1])
    # At 240 times its speed a second of a busy machine is four house minutes: it ends no earlier, and not hours later.
    assert 5 / 60 - 0.01 <= summary["house_hours"] < 0.5


def test_the_help_names_the_houses() -> None:
    text = Runner().invoke(application(), ["demo", "--help"]).output
    assert all(house in text for house in HOUSES)


def test_twins_alone_end_when_their_hours_are_over_and_say_what_they_saw(tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.json"
    words = ["demo", "--twins-only", "--hours", "0.01", "--speed", "240", "--endpoints", str(endpoints)]
    result = Runner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    assert not {"status", "feed"} & json.loads(endpoints.read_text()).keys()
    assert "--device fems=fems@http://127.0.0.1:" in result.stderr
    assert "unsafe writes  none" in result.stdout
    assert "ticks" not in result.stdout


def test_twins_alone_are_a_house_for_ones_own_service(tmp_path: Path) -> None:
    """The printed settings make a site.yaml whose devices all answer, are fresh, and may be written to."""
    with simulated("--house", "full") as said:
        command = said.partition("optimizer init")[2].partition("\n\n")[0]
        # GivTCP has no word of its charger in its first seconds.
        init = command.partition("--device yard")[0].replace("\\", " ").split()
        site = tmp_path / "site.yaml"
        assert call("init", *init, "--output", str(site))[0] == 0
        token = said.partition("needs the line  ")[2].splitlines()[0]
        site.write_text(site.read_text().replace("\n  sonnen:\n", f"\n  sonnen:\n    {token}\n"))
        code, text = call("probe", "--config", str(site))
        assert code == 0, text
        assert text.splitlines()[-1].startswith("all is well: 4 devices answered")
        assert "unknown" not in text.partition("givtcp (givtcp)")[2]


@contextmanager
def simulated(*words: str) -> Iterator[str]:
    """`demo --twins-only` as a process; what it said at its start."""
    command = [sys.executable, "-m", "optimizer", "demo", "--twins-only", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        try:
            said = ""
            while "needs the line" not in said:
                line = process.stderr.readline()
                assert line, said
                said += line
            yield said
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0
