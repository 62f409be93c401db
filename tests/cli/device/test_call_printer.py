"""The lines of a call: the answer at once, progress now and then."""

from __future__ import annotations

import pytest

from optimizer.cli.device.call_printer import CallPrinter


def test_the_answer_goes_to_stdout_and_progress_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    printer = CallPrinter()
    printer.waits("the next refresh", 45.0)
    assert capsys.readouterr() == ("", "waiting for the next refresh (45 s at most)\n")
    printer.answered(200, "fine")
    printer.answered(None, "cut")
    assert capsys.readouterr() == ("it answered (status 200): fine\nit answered (no answer): cut\n", "")
    for second in range(0, 46, 3):
        printer.watches(float(second), 150.0)
    text = capsys.readouterr().err
    assert [line.split()[3] for line in text.splitlines()] == ["15", "30", "45"]
