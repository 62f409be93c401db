"""The output of commands in a pipe."""

from __future__ import annotations

import io

import pytest

from optimizer.cli.console import plain_console


def test_no_line_is_broken_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    pipe = io.StringIO()
    plain_console(file=pipe).print("word " * 100)
    assert len(pipe.getvalue().splitlines()) == 1


def test_the_width_that_the_environment_names_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    pipe = io.StringIO()
    plain_console(file=pipe).print("word " * 100)
    assert len(pipe.getvalue().splitlines()) > 10
