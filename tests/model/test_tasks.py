"""Tasks end for certain, also one whose cancellation is lost."""

from __future__ import annotations

import asyncio

import pytest

from optimizer.model import tasks
from optimizer.model.tasks import end_tasks


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)


@pytest.mark.parametrize("lost", [0, 1, 3])
async def test_a_task_that_loses_its_cancellation_ends(lost: int) -> None:
    cancelled = 0

    async def loses() -> None:
        nonlocal cancelled
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1
                if cancelled > lost:
                    raise

    task = asyncio.create_task(loses())
    await asyncio.sleep(0)
    async with asyncio.timeout(10.0):
        await end_tasks([task])
    assert task.cancelled()
    assert cancelled == lost + 1


async def test_a_result_in_the_same_turn_of_the_loop_keeps_no_task_alive() -> None:
    """As a poller whose Modbus answer comes in the very turn in which the service ends."""
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def polls() -> None:
        nonlocal answer
        while True:
            await asyncio.wait_for(answer, 100.0)
            answer = asyncio.get_running_loop().create_future()

    task = asyncio.create_task(polls())
    await asyncio.sleep(0)
    answer.set_result(None)
    async with asyncio.timeout(10.0):
        await end_tasks([task])
    assert task.done()


async def test_what_the_tasks_return_and_raise_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ValueError("no")

    async def returns() -> int:
        return 1

    async def raises_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("late")

    done = asyncio.create_task(returns())
    await asyncio.sleep(0)
    await end_tasks([done, asyncio.create_task(fails()), asyncio.create_task(raises_when_cancelled())])
    await end_tasks([])
    assert done.result() == 1
    assert not caplog.records
