"""The process: one problem in, one schedule or one line of error out."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from optimizer.schedule import __main__ as process
from optimizer.schedule.document import schedule_from, to_json
from tests.schedule.problems import NIGHT, car, problem_of, steps_of

PROBLEM = to_json(problem_of(steps_of(NIGHT), cars=(car(),)))


def _run(text: bytes) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    return process.main(io.BytesIO(text), stdout, stderr), stdout.getvalue(), stderr.getvalue()


def test_a_problem_is_solved() -> None:
    code, stdout, stderr = _run(PROBLEM.encode())
    assert (code, stderr) == (process.SOLVED, "")
    assert len(schedule_from(stdout).slots) == len(NIGHT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{}", "the problem cannot be read: the key 'at_s' is missing\n"),
        (b"\xff", "the problem cannot be read: 'utf-8' codec can't decode"),
        (b" " * (process.MOST_BYTES + 1), f"the problem has more than {process.MOST_BYTES} bytes\n"),
    ],
)
def test_a_mistake_is_one_line(text: bytes, message: str) -> None:
    code, stdout, stderr = _run(text)
    assert (code, stdout, stderr.count("\n")) == (process.BAD_PROBLEM, "", 1)
    assert stderr.startswith(message)


def test_a_failing_solver_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(problem: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(process, "solve", fail)
    assert _run(PROBLEM.encode()) == (process.FAILED, "", "the solver failed: ZeroDivisionError: a b\n")


def test_the_module_is_a_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "optimizer.schedule"], input=PROBLEM, capture_output=True, text=True, check=True
    )
    assert len(schedule_from(done.stdout).slots) == len(NIGHT)
