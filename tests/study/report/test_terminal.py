"""Tables of results: names of files and rules are printed as they are."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from optimizer.study.report import terminal


def test_labels_are_never_markup() -> None:
    result: Any = SimpleNamespace(label="[/x] :sun:", days=1.0)
    other: Any = SimpleNamespace(label="[bold]y", days=2.0)
    comparison: Any = SimpleNamespace(first=result, second=other, same_time=False)
    out = StringIO()
    Console(file=out, width=100).print(terminal.two(comparison, None))
    assert "[/x] :sun:" in out.getvalue()
    assert "[bold]y" in out.getvalue()
    with terminal.bars("[/x]") as bar:
        bar([1.0])


def test_bars_write_nothing_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.bars("input") as bar:
        bar([0.5])
    assert capsys.readouterr().err == ""
