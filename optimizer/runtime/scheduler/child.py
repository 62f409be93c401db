"""The child process that solves a problem. It has a deadline, low priority, and limits on memory, input, and output.

A solver that is slow, large, or broken costs one schedule, and never a tick.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

import optimizer
from optimizer.words.text import Text, message_of

DEADLINE_S = 10.0
"""Real time for one schedule, with the start of the process."""
NICENESS = 10
MOST_MEMORY_BYTES = 1_500_000_000
"""Address space of the process. numpy reserves much more than it uses."""
MOST_PROBLEM_BYTES = 2_000_000
MOST_ANSWER_BYTES = 4_000_000
MOST_REASON_BYTES = 2_000
END_S = 2.0
"""Time for a killed process to be gone."""

log = logging.getLogger(__name__)


class SolverFailed(Exception):
    """There is no schedule. The message says why; it is a Text."""


async def solve_in_child(problem: str, deadline_s: float = DEADLINE_S, module: str = "optimizer.schedule") -> str:
    """The schedule of a problem, both as JSON. Raises SolverFailed."""
    data = problem.encode()
    if len(data) > MOST_PROBLEM_BYTES:
        raise SolverFailed(Text("the problem has more than {most} bytes", most=str(MOST_PROBLEM_BYTES)))
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise SolverFailed(Text("the solver does not start: {why}", why=message_of(error))) from error
    try:
        _limit(process.pid)
        async with asyncio.timeout(deadline_s):
            return await _answer(process, data)
    except TimeoutError:
        raise SolverFailed(Text("the solver has not answered within {deadline_s}", deadline_s=deadline_s)) from None
    finally:
        await _end(process)


async def _answer(process: asyncio.subprocess.Process, data: bytes) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    # A process that ends early does not read its input. Its exit code says why.
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    reading = asyncio.ensure_future(_read(process.stderr, MOST_REASON_BYTES, keep=True))
    try:
        answer = await _read(process.stdout, MOST_ANSWER_BYTES)
        reason = await reading
    finally:
        reading.cancel()
        await asyncio.wait({reading})
    code = await process.wait()
    if code:
        why = " ".join(reason.decode("utf-8", "replace").split())
        raise SolverFailed(
            Text("the solver ended with {end}: {why}", end=_ended(code), why=why or Text("no reason is known"))
        )
    return answer.decode("utf-8", "replace")


def _ended(code: int) -> Text:
    """The end of a process in words. A negative code is a signal; those of real time have no name."""
    if code >= 0:
        return Text("exit code {code}", code=code)
    return Text("signal {name}", name=next((one.name for one in signal.Signals if one == -code), str(-code)))


async def _read(stream: asyncio.StreamReader, most: int, *, keep: bool = False) -> bytes:
    """Everything of a stream. With `keep` the rest beyond `most` bytes is dropped, otherwise it is an error."""
    found = b""
    while chunk := await stream.read(65_536):
        if len(found) + len(chunk) > most and not keep:
            raise SolverFailed(Text("the solver answers with more than {most} bytes", most=str(most)))
        found = (found + chunk)[:most]
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process with all that it started, and wait until it is gone and its pipes are closed."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(END_S):
            await _close(process)  # before the wait, which ends only when the output pipes have
            await process.wait()
    except TimeoutError:
        log.error("the solver (process %d) does not end", process.pid)


async def _close(process: asyncio.subprocess.Process) -> None:
    """Close the pipes. An output pipe closes at its end only, so what is left in it is read and dropped."""
    for stream in (process.stdout, process.stderr):
        while stream is not None and await stream.read(65_536):
            pass
    if process.stdin is not None:
        process.stdin.close()
        with suppress(BrokenPipeError, ConnectionResetError):
            await process.stdin.wait_closed()


def _limit(pid: int) -> None:
    """Lower the priority of the process and limit its memory. Without the right to do so it runs as it is."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    if hasattr(resource, "prlimit"):
        with suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def _environment() -> dict[str, str]:
    """The environment of the process. It has no secret of the service, and its libraries start no threads."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    package = str(Path(optimizer.__file__).parents[1])
    return {**kept, "PYTHONPATH": package, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
