"""The demo, for a few house minutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer.cli import application


@pytest.mark.parametrize("house", ["small", "hybrid", "full"])
def test_a_demo_runs_to_its_summary(house: str, tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.json"
    words = ["demo", "--hours", "0.06", "--speed", "240", "--house", house, "--endpoints", str(endpoints)]
    result = CliRunner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    assert "What listens where" in result.stderr
    listening = json.loads(endpoints.read_text())
    assert {"carport", "fems", "status", "feed"} <= listening.keys()
    assert all(url.startswith(("http://127.0.0.1:", "127.0.0.1:")) for url in listening.values())
    assert "10:0" in result.stderr
    assert "unsafe writes  none" in result.stdout
    assert "failed 0" in result.stdout


def test_a_car_is_charged_within_the_first_minutes_and_json_says_so() -> None:
    words = ["demo", "--hours", "0.06", "--speed", "240", "--log-format", "json"]
    result = CliRunner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    assert any(line["evs"]["carport"]["power_w"] > 1000 for line in lines if line.get("event") == "house")
    summary = lines[-1]
    assert summary["event"] == "summary"
    assert summary["ev_wh"] > 0
    assert summary["unsafe_writes"] == []


def test_a_demo_from_a_trace(tmp_path: Path) -> None:
    trace = tmp_path / "day.csv"
    rows = [f"2025-06-21T10:{minute:02d}:00+00:00,5000,300" for minute in range(5)]
    trace.write_text("\n".join(["timestamp,pv_w,load_w", *rows]) + "\n")
    words = ["demo", "--trace", str(trace), "--speed", "240", "--log-format", "json"]
    result = CliRunner().invoke(application(), words)
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stderr.splitlines()[-1])
    # At 240 times its speed a second of a busy machine is four house minutes: it ends no earlier, and not hours later.
    assert 5 / 60 - 0.01 <= summary["house_hours"] < 0.5
