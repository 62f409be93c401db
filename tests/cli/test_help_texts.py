"""The help of the commands in the language of the terminal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def printed(language: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "optimizer", *arguments]
    environment = {**os.environ, "LC_ALL": language, "COLUMNS": "200", "TERM": "dumb"}
    run = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False)
    return run.stdout + run.stderr


@pytest.mark.parametrize(
    ("arguments", "german"),
    [
        (("--help",), ("Aufruf: ", "Optionen", "Befehle", "Führt die Tests der Regeln aus.", "Die Version ausgeben")),
        (("check", "--help"), ("Mit DIR werden nur die Regeln", "Argumente", "[Vorgabe: site.yaml]")),
        (("hold", "-h"), ("Ohne --for oder --session endet es um Mitternacht.", "Zeigt diese Hilfe und endet.")),
        (("check", "--no-such"), ("Fehler", "Hilfe zeigt ")),
    ],
)
def test_help_is_german_where_the_locale_is(arguments: tuple[str, ...], german: tuple[str, ...]) -> None:
    found = printed("de_DE.UTF-8", *arguments)
    assert [word for word in german if word not in found] == []
    assert "Usage: " not in found and "Show this message" not in found


def test_help_is_english_elsewhere() -> None:
    assert "Usage: " in printed("C.UTF-8", "hold", "--help")
