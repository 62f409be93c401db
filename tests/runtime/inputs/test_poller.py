"""A source over hours: its pace, its failures, and its end."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from optimizer.devices.port import DeviceError
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.inputs import InputSpec
from optimizer.model.reading import Reading, known
from optimizer.model.tasks import end_tasks
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import KeptInputs
from optimizer.runtime.inputs.poller import InputPoller
from optimizer.sources.inputs.port import InputPlan
from tests.virtual_time import NOON, VirtualClock, virtually

PLAN = InputPlan(InputSpec("heat_w", "number", unit="W"), max_age_s=30.0, source="HTTP pump")


class Pump:
    """A source that can be silent, refuse, or break."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.mood = "well"
        self.reads = 0
        self.closed = False

    async def readings(self) -> dict[str, Reading[Any]]:
        self.reads += 1
        if self.mood == "silent":
            await self.clock.sleep(1e6)
        if self.mood == "refuses":
            raise DeviceError("refused", "status 503")
        if self.mood == "broken":
            raise ZeroDivisionError
        return {"heat_w": known(float(self.reads), self.clock.monotonic_s())}

    async def close(self) -> None:
        self.closed = True


@virtually
async def test_each_mood_of_a_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = VirtualClock(NOON)
    pump, board = Pump(clock), InputBoard((PLAN,), clock, KeptInputs(KeptFiles(tmp_path)))
    poller = InputPoller("pump", pump, ("heat_w",), board, clock, pace_s=10.0, deadline_s=5.0)
    task = asyncio.ensure_future(poller.run())
    try:
        await clock.sleep(101.0)
        assert pump.reads == 11
        assert board(clock.monotonic_s())["heat_w"].value == 11.0
        for mood, says in (("silent", "no answer within 5 s"), ("refuses", "503"), ("broken", "ZeroDivisionError")):
            pump.mood = mood
            await clock.sleep(300.0)
            reading = board(clock.monotonic_s())["heat_w"]
            assert reading.value is None
            assert says in reading.why
            assert caplog.text.count("inputs cannot be read from pump") == 1
            pump.mood = "well"
            await clock.sleep(60.0)
            assert board(clock.monotonic_s())["heat_w"].known
            assert "inputs are read from pump again" in caplog.text
            caplog.clear()
    finally:
        await end_tasks([task])
    assert pump.closed
