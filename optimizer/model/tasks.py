"""End background tasks, also one that loses its cancellation.

`asyncio.wait_for` of Python 3.11 returns the result, and drops the cancellation, when both come in the same turn of the
event loop (CPython issue 86296). MQTT and Modbus libraries use it. So one call of `Task.cancel` is not enough: a task
that runs until it is cancelled would run on, and whoever waits for it would wait for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.5
"""A task that has not ended after so long, in s of the event loop, is cancelled again."""


async def end_tasks(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel the tasks and wait until all of them have ended. Drops what they return and raise.

    A task that cleans up when it is cancelled has AGAIN_S for each step of it.
    """
    tasks = tuple(tasks)
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)  # takes note of exceptions, so that none is logged as unseen
