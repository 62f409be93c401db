"""The worker of a switchable load: leases, repetition, read-back, and hand-back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from optimizer.devices.port import LATE_S, DeviceError, Fault, Sample
from optimizer.model.decision import SWITCH_LEAVE, SWITCH_OFF, SWITCH_ON, SwitchOrder
from optimizer.model.reading import known
from optimizer.model.state import Switch
from optimizer.runtime.parts import Device
from optimizer.runtime.service import Service
from tests.runtime.house import FakeMeter, House
from tests.virtual_time import VirtualClock, virtually


class FakeRelay:
    """A relay with a timer of its own, or without one."""

    def __init__(self, clock: VirtualClock, timer_s: float | None = 120.0) -> None:
        self.clock, self.timer_s = clock, timer_s
        self.is_on, self.deaf, self.fails = False, False, False
        self.fault: Fault = "unreachable"
        self.answers_after_s, self.is_silent = 0.0, False
        self.until_s, self.failed_s = 0.0, 0.0
        self.writes: list[tuple[float, bool]] = []

    @property
    def on(self) -> bool:
        return self.is_on and (self.timer_s is None or self.clock.monotonic_s() < self.until_s)

    async def read(self) -> Sample:
        if self.is_silent:
            raise DeviceError("timeout", "no answer")
        return Sample(switches=(Switch("boiler", on=known(self.on, self.clock.monotonic_s())),))

    async def close(self) -> None:
        return None

    async def switch(self, on: bool) -> None:
        if self.fails:
            self.failed_s = self.clock.monotonic_s()
            raise DeviceError(self.fault, "no route")
        self.writes.append((self.clock.monotonic_s(), on))
        if not self.deaf:
            self.is_on, self.until_s = on, self.clock.monotonic_s() + (self.timer_s or 0.0)
        await asyncio.sleep(self.answers_after_s)

    async def rest(self) -> None:
        await self.switch(False)
        if self.on:
            raise DeviceError("refused", "it reports on")


class Switched(House):
    """A meter and one relay."""

    def __init__(self, timer_s: float | None = 120.0, folder: Path | None = None) -> None:
        super().__init__(folder=folder)
        self.relay = FakeRelay(self.clock, timer_s)
        self.decider.orders = {}
        self.order(SWITCH_OFF)

    def order(self, order: SwitchOrder) -> None:
        self.decider.orders = {"switch.boiler": order}  # type: ignore[dict-item]

    def devices(self) -> tuple[Device, ...]:
        meter = FakeMeter(self.clock)
        return (
            Device("meter", "fake", meter, grid=True, poll_s=1.0),
            Device("boiler", "fake", self.relay, switch=self.relay, switches=("boiler",), poll_s=5.0),
        )


def reports(service: Service) -> str:
    return next(one.report().disobeys for one in service.monitors.values() if one.report().name == "boiler")


@virtually
async def test_a_standing_order_is_repeated_before_the_timer_ends() -> None:
    house = Switched()
    house.order(SWITCH_ON)
    async with house.running():
        await house.clock.sleep(1000.0)
        assert house.relay.on
        assert len(house.relay.writes) <= 20
    assert not house.relay.on
    assert house.left == {}


@virtually
async def test_when_decisions_stop_the_relay_is_switched_off() -> None:
    for timer_s in (120.0, None):
        house = Switched(timer_s)
        house.order(SWITCH_ON)
        async with house.running():
            await house.clock.sleep(30.0)
            assert house.relay.on
            house.decider.frozen = True
            await house.clock.sleep(130.0)
            assert not house.relay.on


@pytest.mark.parametrize("silent_s", range(15, 60, 5))
@virtually
async def test_a_relay_that_restarts_on_around_the_slow_answer_of_off_is_switched_off_again(silent_s: int) -> None:
    house = Switched(None)
    house.order(SWITCH_ON)
    house.relay.answers_after_s = 8.0
    async with house.running() as service:
        await house.clock.sleep(60.0)
        house.relay.is_silent = True
        await house.clock.sleep(silent_s)
        house.order(SWITCH_OFF)
        while house.relay.on:
            await house.clock.sleep(0.1)
        house.relay.is_on = True
        house.relay.is_silent = False
        while not service.monitors["boiler"].up:
            await house.clock.sleep(0.1)
        await house.clock.sleep(9.0)
        assert not house.relay.on


@virtually
async def test_the_record_names_the_relay_until_it_is_handed_back(tmp_path: Path) -> None:
    house = Switched(None, tmp_path)
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(30.0)
        assert "switch.boiler" in service.ownership.held
    assert "switch.boiler" not in service.ownership.held
    assert not house.relay.on


@virtually
async def test_a_killed_process_leaves_the_relay_to_the_next_start(tmp_path: Path) -> None:
    house = Switched(None, tmp_path)
    house.order(SWITCH_ON)
    service = house.service()
    task = asyncio.ensure_future(service.run(house.stop))
    await house.clock.sleep(30.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    service.ownership.close()
    assert house.relay.on
    after = Switched(None, tmp_path)
    after.relay.is_on = True
    after.decider.frozen = True
    async with after.running():
        await after.clock.sleep(10.0)
        assert not after.relay.on


@virtually
async def test_a_relay_that_is_to_be_left_is_dropped_without_a_write() -> None:
    house = Switched()
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(30.0)
        house.relay.is_on = False
        writes = len(house.relay.writes)
        house.order(SWITCH_LEAVE)
        await house.clock.sleep(30.0)
        assert "switch.boiler" not in service.ownership.held
        assert len(house.relay.writes) == writes


@virtually
async def test_a_relay_that_ignores_its_order_raises_an_alarm() -> None:
    house = Switched()
    house.relay.deaf = True
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(300.0)
        assert reports(service) == "switch.boiler: commanded on, it reports off"
        house.relay.deaf = False
        await house.clock.sleep(600.0)
        assert reports(service) == ""


@virtually
async def test_a_lost_write_is_repeated_and_counts_as_unconfirmed() -> None:
    house = Switched()
    house.relay.fails = True
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(8.0)
        commanded = service.dispatcher.switched()["boiler"]
        assert commanded is not None
        assert not commanded.confirmed
        house.relay.fails = False
        await house.clock.sleep(40.0)
        assert house.relay.on


@virtually
async def test_an_observing_service_writes_nothing() -> None:
    house = Switched()
    house.observe = True
    house.order(SWITCH_ON)
    async with house.running():
        await house.clock.sleep(60.0)
    assert house.relay.writes == []


@virtually
async def test_a_load_that_its_timer_has_ended_is_not_switched_on_by_an_old_order() -> None:
    house = Switched()
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(30.0)
        house.relay.fails = house.decider.frozen = True
        await house.clock.sleep(25.0)
        commanded = service.dispatcher.switched()["boiler"]
        assert commanded is not None and commanded.on, "its timer still runs"
        await house.clock.sleep(200.0)
        commanded = service.dispatcher.switched()["boiler"]
        assert commanded is not None and not commanded.on
        house.relay.fails = False
        await house.clock.sleep(60.0)
        assert not house.relay.on


@virtually
async def test_after_the_end_of_a_lease_the_load_counts_as_switched_off() -> None:
    house = Switched()
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(30.0)
        house.decider.frozen = True
        await house.clock.sleep(130.0)
        commanded = service.dispatcher.switched()["boiler"]
        assert commanded is not None and not commanded.on
        assert commanded.at_s > house.clock.monotonic_s() - 130.0
        house.decider.frozen = False
        await house.clock.sleep(20.0)
        assert house.relay.on, "a newer order switches it on"


@virtually
async def test_an_order_from_before_the_end_of_a_load_does_not_switch_it_on_within_its_lease() -> None:
    house = Switched(timer_s=20.0)
    house.order(SWITCH_ON)
    async with house.running() as service:
        await house.clock.sleep(30.0)
        house.relay.fails = house.decider.frozen = True
        await house.clock.sleep(25.0)
        assert not house.relay.on
        house.relay.fails = False
        house.relay.writes.clear()
        await house.clock.sleep(20.0)
        assert house.relay.writes == []
        assert "switch.boiler" in service.ownership.held
        house.decider.frozen = False
        await house.clock.sleep(20.0)
        assert house.relay.on, "a newer order switches it on"


@virtually
async def test_without_a_record_a_load_is_switched_off_and_not_on(tmp_path: Path) -> None:
    house = Switched(folder=tmp_path / "state")
    async with house.running() as service:
        await house.clock.sleep(10.0)
        (tmp_path / "state").rename(tmp_path / "away")
        (tmp_path / "state").write_text("no folder")
        service.ownership.clear("switch.boiler")
        house.relay.writes.clear()
        house.order(SWITCH_ON)
        await house.clock.sleep(60.0)
        assert house.relay.writes == []
        house.relay.is_on, house.relay.until_s = True, 1e9
        house.order(SWITCH_OFF)
        await house.clock.sleep(60.0)
        assert not house.relay.on


@virtually
async def test_a_hand_back_waits_until_a_lost_write_can_have_no_effect_any_more() -> None:
    house = Switched(timer_s=None)
    house.order(SWITCH_ON)
    async with house.running():
        await house.clock.sleep(30.0)
        house.decider.frozen = house.relay.fails = True
        house.relay.fault = "timeout"
        while not house.relay.failed_s:
            await house.clock.sleep(0.1)
        house.relay.fails = False
        while house.relay.on:
            await house.clock.sleep(0.1)
        assert house.clock.monotonic_s() - house.relay.failed_s >= LATE_S
