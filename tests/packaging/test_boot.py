"""The real boot, as far as it can be looked at without booting: what it needs, what it fetches, what it prints."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from bench import boot_tree
from bench.boot import GOAL_S, late
from bench.boot_cases import Times, table
from bench.boot_machine import isolated

KEYS = {"ev.carport": "carport", "battery.fems": "fems"}


def test_it_says_what_is_missing_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "shutil.which", lambda name: None if name in ("mmdebstrap", "systemd-nspawn") else f"/bin/{name}"
    )
    assert boot_tree.missing(1000) == [
        "root is needed for containers: start it with sudo",
        "programs are missing: apt install mmdebstrap systemd-container",
    ]
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert boot_tree.missing(0) == []


def test_it_fetches_wheels_of_the_lock_for_the_python_of_the_tree(tmp_path: Path) -> None:
    words = boot_tree.download(13, "aarch64", tmp_path)
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(words)
    assert words[words.index("--python-version") + 1] == "3.13"
    assert "manylinux_2_28_aarch64" in words
    assert [Path(word).name for word in words if word.endswith(".txt")] == ["pip.txt", "run.txt"]


def test_the_settings_of_the_house_replace_the_examples(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "example.yaml").write_text("version: 1\n")
    boot_tree.configure(tmp_path, {"devices": {}}, "version: 1\nrules: []\n")
    assert [path.name for path in (tmp_path / "rules").iterdir()] == ["boot.yaml"]
    assert "state_dir: /var/lib/optimizer" in (tmp_path / "site.yaml").read_text()


def test_the_machine_shares_no_network_with_anybody() -> None:
    assert isolated(["true"])[-2:] == ["--", "true"]
    assert "--net" in isolated(["true"])


def test_the_table_has_a_line_for_each_case() -> None:
    rows = [
        Times("SIGKILL", {"ev.carport": 2.04, "battery.fems": math.inf}, 9.0),
        Times("systemctl stop", {"ev.carport": 1.0}, None, note="units inactive"),
    ]
    assert table("Debian 12", rows, KEYS).splitlines() == [
        "| Debian 12 | ev.carport | battery.fems | service active | |",
        "|---|---|---|---|---|",
        "| SIGKILL | 2.0 | never | 9.0 | |",
        "| systemctl stop | 1.0 | – | – | units inactive |",
    ]


def test_a_device_that_stays_away_and_a_slow_restart_are_failures() -> None:
    rows = [
        Times("well", {"ev.carport": 2.0}, GOAL_S),
        Times("frozen", {"ev.carport": 2.0}, GOAL_S + 50.0, detected_s=60.0),
        Times("slow", {"ev.carport": 2.0}, GOAL_S + 1.0),
        Times("away", {"ev.carport": math.inf}, 9.0),
        Times("stop", {}, None),
    ]
    assert late(rows) == ["slow", "away"]
