"""End background tasks, also a task that loses its cancellation.

`asyncio.wait_for` of Python 3.11 returns the result and drops the cancellation if both come in the same turn of the
event loop (CPython issue 86296). MQTT and Modbus libraries use it. So one call of `Task.cancel` is not enough. A task
that runs until it is canceled would continue, and the code that waits for it would never return.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.5
"""A task that has not ended after this time, in s of the event loop, is canceled again."""


async def end_tasks(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel the tasks and wait until all of them have ended. Their results and exceptions are dropped.

    A task that cleans up after its cancellation has AGAIN_S for each step.
    """
    tasks = tuple(tasks)
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)  # retrieves exceptions, so that asyncio logs none
