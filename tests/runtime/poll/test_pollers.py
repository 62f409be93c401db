"""Polling: pace, backoff, circuit breaking, reading back."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from optimizer.devices.port import DeviceError, Sample
from optimizer.runtime.health import Monitor
from optimizer.runtime.parts import Device
from optimizer.runtime.poll.pollers import Poller
from optimizer.runtime.poll.samples import LatestSamples
from tests.virtual_time import VirtualClock, run_virtually, virtually


class Meter:
    """Notes when it is read; fails or hangs as told."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.reads: list[float] = []
        self.error: Exception | None = None
        self.takes_s = 0.0

    async def read(self) -> Sample:
        self.reads.append(self.clock.monotonic_s())
        await asyncio.sleep(self.takes_s)
        if self.error is not None:
            raise self.error
        return Sample()

    async def close(self) -> None:
        return None


class Checked(Meter):
    """A meter that compares itself with its settings."""

    contradictions: tuple[str, ...] = ("the meter has no phase L4",)


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.meter = Meter(self.clock)
        device = Device("meter", "fake", self.meter, poll_s=2.0, deadline_s=3.0)
        self.monitor = Monitor("meter", "fake")
        self.board = LatestSamples([device])
        self.reconnects: list[float] = []
        self.board.listen(lambda a: self.reconnects.append(self.clock.monotonic_s()) if a.reconnected else None)
        self.poller = Poller(device, self.board, self.monitor, self.clock)
        self.task = asyncio.ensure_future(self.poller.run())

    def spacing(self) -> list[float]:
        return [b - a for a, b in itertools.pairwise(self.meter.reads)]


@virtually
async def test_an_even_pace_however_long_a_reading_takes() -> None:
    bench = Bench()
    bench.meter.takes_s = 1.5
    await asyncio.sleep(60.0)
    assert bench.spacing() == pytest.approx([2.0] * len(bench.spacing()))


@virtually
async def test_a_dead_device_is_knocked_at_less_and_less_and_found_again_soon() -> None:
    bench = Bench()
    await asyncio.sleep(10.0)
    bench.meter.error = DeviceError("unreachable", "connection refused")
    bench.meter.reads.clear()
    await asyncio.sleep(600.0)
    assert bench.spacing()[0] == pytest.approx(2.0, rel=0.3)
    assert max(bench.spacing()) <= 30.0 * 1.25
    assert len(bench.meter.reads) < 40
    assert (bench.monitor.up, bench.monitor.message) == (False, "connection refused")
    bench.meter.error = None
    await asyncio.sleep(40.0)
    assert bench.monitor.up
    assert len(bench.reconnects) == 1


@virtually
async def test_two_lost_polls_are_no_reconnect() -> None:
    bench = Bench()
    await asyncio.sleep(3.0)
    bench.meter.error = DeviceError("timeout", "no answer")
    await asyncio.sleep(4.0)
    bench.meter.error = None
    await asyncio.sleep(10.0)
    assert bench.monitor.up
    assert bench.reconnects == []
    assert bench.monitor.report().errors == {"timeout": 2}


@virtually
async def test_a_hanging_device_is_cut_at_its_deadline() -> None:
    bench = Bench()
    bench.meter.takes_s = 3600.0
    await asyncio.sleep(5.0)
    assert bench.monitor.message == "no answer within 3 s"
    assert len(bench.meter.reads) == 2


def test_an_adapter_that_breaks_its_promise_takes_nobody_down(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        bench = Bench()
        bench.meter.error = KeyError("power")
        await asyncio.sleep(5.0)
        assert bench.monitor.report().errors == {"garbled": 3}
        bench.meter.error = None
        await asyncio.sleep(10.0)
        assert bench.monitor.up

    run_virtually(main())
    assert "unexpected error" in caplog.text


@virtually
async def test_a_write_is_read_back_when_it_was_asked_for() -> None:
    bench = Bench()
    await asyncio.sleep(10.5)
    bench.meter.reads.clear()
    bench.poller.read_in(0.9)
    await asyncio.sleep(1.0)
    assert bench.meter.reads == pytest.approx([11.4])


@virtually
async def test_what_a_meter_says_against_its_settings_is_on_its_record_from_the_first_reading() -> None:
    bench = Bench()
    meter = Checked(bench.clock)
    monitor = Monitor("meter", "fake")
    device = Device("meter", "fake", meter, poll_s=2.0, deadline_s=3.0)
    poller = asyncio.ensure_future(Poller(device, bench.board, monitor, bench.clock).run())
    await asyncio.sleep(1.0)
    assert monitor.report().refuses == "the meter has no phase L4"
    meter.contradictions = ()
    await asyncio.sleep(2.0)
    assert monitor.report().refuses == ""
    poller.cancel()
