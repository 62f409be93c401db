"""The child process: solved, refused, late, too large, killed, and gone at the end."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from optimizer.runtime.scheduler.child import MOST_PROBLEM_BYTES, SolverFailed, _environment, solve_in_child
from optimizer.schedule.document import schedule_from, to_json
from optimizer.schedule.from_state import problem_of
from tests.runtime.scheduler.house import EVENING_S, PLAN, outlook, state

GENEROUS_S = 120.0


def problem() -> str:
    return to_json(problem_of(PLAN, state(), outlook(), {}, None))


async def test_a_problem_is_solved() -> None:
    found = schedule_from(await solve_in_child(problem(), GENEROUS_S))
    assert found.made_at_s == EVENING_S
    assert found.outcomes[0].lack_wh == 0.0


async def test_a_wrong_problem_is_refused_with_the_reason() -> None:
    with pytest.raises(SolverFailed, match="exit code 2: the problem cannot be read"):
        await solve_in_child("{}", GENEROUS_S)


async def test_a_large_problem_starts_no_process() -> None:
    with pytest.raises(SolverFailed, match="more than 2000000 bytes"):
        await solve_in_child("x" * (MOST_PROBLEM_BYTES + 1))


Run = Callable[..., Coroutine[Any, Any, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a text in place of the solver."""
    monkeypatch.setattr("optimizer.runtime.scheduler.child._environment", lambda: {"PYTHONPATH": str(tmp_path)})

    def _run(text: str, deadline_s: float = GENEROUS_S) -> Coroutine[Any, Any, str]:
        (tmp_path / "standin.py").write_text(text)
        return solve_in_child(problem(), deadline_s, "standin")

    return _run


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with signal SIGKILL"),
        ("raise SystemExit('numpy   is\\n broken')", "exit code 1: numpy is broken"),
        ("raise SystemExit(3)", "exit code 3: no reason is known"),
        ("import sys; sys.stderr.write('x' * 1000000); sys.exit(1)", "exit code 1: xxx"),
        ("import sys; sys.stdout.write('x' * 5000000)", "answers with more than 4000000 bytes"),
        ("import sys; sys.stdin.read(1); x = bytearray(3_000_000_000)", "MemoryError"),
    ],
)
async def test_each_failure_has_a_reason(text: str, says: str, run: Run) -> None:
    with pytest.raises(SolverFailed, match=says) as caught:
        await run(text)
    assert len(str(caught.value)) < 3000


async def test_a_late_process_is_killed_with_its_children(run: Run, tmp_path: Path) -> None:
    pipe = tmp_path / "pids"
    os.mkfifo(pipe)
    text = (
        "import os, pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(pipe)!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    task = asyncio.ensure_future(run(text))
    pids = await asyncio.to_thread(pipe.read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in pids.split():
        assert _is_gone(int(pid))


async def test_a_deadline_is_a_failure(run: Run) -> None:
    with pytest.raises(SolverFailed, match="has not answered within 1 s"):
        await run("import time; time.sleep(600)", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "import sys; sys.stdout.write('x' * 5000000)",
        "import sys; sys.stderr.write('x' * 5000000)",
        "import os; os.close(0)",
        "import time; time.sleep(600)",
    ],
)
async def test_no_pipe_stays_open(text: str, run: Run) -> None:
    """A pipe that is open when the event loop ends is closed by the garbage collector, which needs the loop."""
    before = _open_files()
    with suppress(SolverFailed):
        await run(text, 2.0)
    assert _open_files() == before


def test_secrets_stay_with_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMIZER_TOKEN", "secret")
    assert "secret" not in str(_environment())


def _open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def _is_gone(pid: int) -> bool:
    """Whether a process ends within a while: a killed process of somebody else takes its time to go."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], GENEROUS_S)[0])
    finally:
        os.close(descriptor)
