"""The program as a process of its own. The fixture in `conftest` ends what a test leaves running."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

STARTED: list[asyncio.subprocess.Process] = []
"""What was started and is not ended yet."""


async def start(*words: str) -> asyncio.subprocess.Process:
    """Run `optimizer` with these words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "optimizer", *words, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    STARTED.append(process)
    return process


async def ended(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """The lines of its output and its log until its end."""
    out, log = await asyncio.wait_for(process.communicate(), 40.0)
    return out.decode(), log.decode()


async def logged(process: asyncio.subprocess.Process, text: str) -> None:
    """Wait for a line of its log."""
    assert process.stderr is not None
    async with asyncio.timeout(25.0):
        while line := (await process.stderr.readline()).decode():
            if text in line:
                return
    raise AssertionError(f"the process has ended without {text!r}")


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process brings about."""
    async with asyncio.timeout(25.0):
        while not condition():  # noqa: ASYNC110 - the other process has no event to wait for
            await asyncio.sleep(0.02)


async def kill_all() -> None:
    """End what still runs."""
    while STARTED:
        process = STARTED.pop()
        if process.returncode is None:
            process.kill()
            await process.wait()
