"""The service as a whole: what the failure table promises, each row on virtual time."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from optimizer.model.decision import AUTO, EvOrder
from optimizer.model.state import State
from optimizer.runtime.record.ownership import Ownership
from tests.runtime.house import DISCHARGE, HOLD, House
from tests.virtual_time import run_virtually, virtually


@virtually
async def test_stopping_hands_every_device_back_and_clears_the_record(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    house.decider.orders = {"battery.cellar": DISCHARGE, "ev.carport": EvOrder(10.0, 3)}
    async with house.running():
        await asyncio.sleep(60.0)
        assert set(Ownership(tmp_path).held) == {"battery.cellar", "ev.carport"}
    assert house.left == {}
    assert house.battery.in_force is None
    assert house.charger_is(6.0, paused=True)
    assert not Ownership(tmp_path).held


@pytest.mark.parametrize(
    ("on_exit", "end"), [("pause", (6.0, True)), ("minimum", (6.0, False)), ("keep", (10.0, False))]
)
@virtually
async def test_the_charger_is_left_as_on_exit_says(on_exit: str, end: tuple[float, bool]) -> None:
    house = House(on_exit=on_exit)
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(60.0)
    assert house.left == {}
    assert house.charger_is(*end)


@virtually
async def test_what_cannot_be_handed_back_stays_on_the_record(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        await asyncio.sleep(30.0)
        house.battery.link.down = True
    assert house.left == {"battery.cellar": "connection refused"}
    assert list(Ownership(tmp_path).held) == ["battery.cellar"]


@virtually
async def test_the_record_is_on_disk_before_the_first_write(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    house.decider.orders = {"battery.cellar": HOLD, "ev.carport": EvOrder(10.0, 3)}
    house.battery.link.lose_writes = house.charger.link.lose_writes = 1000
    async with house.running():
        await asyncio.sleep(20.0)
        assert not house.battery.writes
        assert set(Ownership(tmp_path).held) == {"battery.cellar", "ev.carport"}
        house.battery.link.lose_writes = house.charger.link.lose_writes = 0


@virtually
async def test_a_start_after_a_kill_hands_back_before_the_first_tick(tmp_path: Path) -> None:
    record = Ownership(tmp_path)
    record.take("battery.cellar", "fake", datetime.now(UTC))
    record.take("ev.carport", "fake", datetime.now(UTC))
    house = House(folder=tmp_path)
    handed_back: list[bool] = []
    house.decider.on_think = lambda _: handed_back.append(bool(house.battery.hand_backs) and house.charger.paused)
    async with house.running():
        await asyncio.sleep(60.0)
    assert handed_back
    assert all(handed_back)


@virtually
async def test_a_damaged_record_means_that_any_device_may_be_held(tmp_path: Path) -> None:
    (tmp_path / "ownership.json").write_text("{")
    house = House(folder=tmp_path)
    async with house.running():
        await asyncio.sleep(60.0)
        assert house.battery.hand_backs
        assert house.charger.paused


@pytest.mark.parametrize("left_behind", [False, True])
@virtually
async def test_observing_writes_nothing(left_behind: bool, tmp_path: Path) -> None:
    if left_behind:
        Ownership(tmp_path).take("battery.cellar", "fake", datetime.now(UTC))
    house = House(folder=tmp_path, observe=True)
    house.decider.orders = {"battery.cellar": DISCHARGE, "ev.carport": EvOrder(0.0, 3)}
    async with house.running():
        await asyncio.sleep(600.0)
    assert house.reports.all[-1].observe_only
    assert len(house.reports.all) > 100
    assert not house.battery.writes
    assert not house.battery.hand_backs
    assert not house.charger.attempts
    assert bool(Ownership(tmp_path).held) == left_behind


@virtually
async def test_a_dead_device_delays_nobody() -> None:
    house = House()
    house.decider.orders = {"battery.cellar": HOLD, "ev.carport": EvOrder(10.0, 3)}
    async with house.running() as service:
        await asyncio.sleep(60.0)
        house.charger.link.slow_s = 30.0
        house.battery.link.slow_s = 3600.0
        reads, ticks = len(house.meter.reads), service.loop.ticks
        await asyncio.sleep(600.0)
        assert len(house.meter.reads) - reads >= 595
        assert service.loop.ticks - ticks == 120
        assert service.loop.overruns == 0
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert not health["carport"].up
        assert health["carport"].errors["timeout"] < 60
        assert health["meter"].up
        state = house.decider.states[-1]
        assert state.evs["carport"].offered_a.value is None
        assert "no answer within 5 s" in state.evs["carport"].offered_a.why
        house.charger.link.slow_s = house.battery.link.slow_s = 0.0
        await asyncio.sleep(60.0)
        assert house.decider.states[-1].evs["carport"].offered_a.known
        assert house.battery.in_force == HOLD


def test_jumps_of_the_wall_clock_change_no_lease_and_no_age(caplog: pytest.LogCaptureFixture) -> None:
    async def jump() -> None:
        house = House()
        house.decider.orders["battery.cellar"] = HOLD
        async with house.running():
            for days in (1, -1, 0):
                await asyncio.sleep(100.0)
                house.clock.wall_jump = timedelta(days=days)
            await asyncio.sleep(100.0)
            assert max(house.battery.gaps_s()) <= 21.0
            assert all(s.grid.power_w.known for s in house.decider.states)
            assert house.battery.in_force == HOLD

    run_virtually(jump())
    assert caplog.text.count("the wall clock was set") == 3


@virtually
async def test_a_reading_that_crosses_a_limit_wakes_the_loop() -> None:
    house = House()
    house.meter.phase_a = (10.0, 10.0, 10.0)
    async with house.running():
        await asyncio.sleep(61.5)
        before = house.decider.states[-1].mono_s
        house.meter.phase_a = (40.0, 10.0, 10.0)
        await asyncio.sleep(1.6)
        state = house.decider.states[-1]
        assert before < state.mono_s < before + 3.5
        assert state.grid.phase_current_a[0].value == 40.0
        ticks = len(house.decider.states)
        await asyncio.sleep(50.0)
        assert len(house.decider.states) - ticks <= 11


@virtually
async def test_a_slow_tick_is_counted_and_never_queued() -> None:
    house = House()
    loop = asyncio.get_running_loop()

    def block(_: State) -> None:
        if len(house.decider.states) == 10:
            loop._jumping.now_s += 23.0  # type: ignore[attr-defined]

    house.decider.on_think = block
    async with house.running() as service:
        await asyncio.sleep(200.0)
        assert service.loop.overruns == 4
        spacing = [b.mono_s - a.mono_s for a, b in zip(house.decider.states, house.decider.states[1:], strict=False)]
        assert max(spacing) == pytest.approx(25.0, abs=0.1)
        assert min(spacing) == pytest.approx(5.0, abs=0.1)


def test_a_watcher_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def on_tick(self, report: object) -> None:
            raise ValueError("broken watcher")

    async def watched() -> None:
        house = House()
        house.reports = Broken()  # type: ignore[assignment]
        async with house.running() as service:
            await asyncio.sleep(60.0)
            assert service.loop.ticks >= 12

    run_virtually(watched())
    assert "Broken failed on a tick" in caplog.text


@virtually
async def test_the_battery_goes_back_to_auto_when_nobody_wants_anything(tmp_path: Path) -> None:
    house = House(folder=tmp_path)
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        await asyncio.sleep(30.0)
        house.decider.orders["battery.cellar"] = AUTO
        await asyncio.sleep(10.0)
        assert len(house.battery.hand_backs) == 1
        assert not Ownership(tmp_path).held
        await asyncio.sleep(600.0)
        assert len(house.battery.hand_backs) == 1


@virtually
async def test_a_battery_that_ignores_us_is_reported_and_taken_anew() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = DISCHARGE
    house.battery.deaf = True
    async with house.running():
        await asyncio.sleep(120.0)
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert health["cellar"].disobeys == "battery.cellar: commanded 1000 W, its power is 0 W (+ discharge)"
        assert len(house.battery.hand_backs) == 1
        house.battery.deaf = False
        await asyncio.sleep(60.0)
        health = {d.name: d for d in house.reports.all[-1].devices}
        assert health["cellar"].disobeys == ""


@virtually
async def test_the_grid_history_holds_the_last_32_readings() -> None:
    house = House()
    async with house.running():
        await asyncio.sleep(120.0)
        history = house.decider.states[-1].grid.history
        assert len(history) == 32
        assert [b[0] - a[0] for a, b in itertools.pairwise(history)] == pytest.approx([1.0] * 31)
        house.meter.power_w = None
        await asyncio.sleep(10.0)
        state = house.decider.states[-1]
        assert state.grid.power_w.why == "null"
        assert state.grid.history == history or state.grid.history[-1][0] < state.mono_s - 5


@virtually
async def test_a_start_does_not_wait_for_ever_for_a_device_that_was_left_behind(tmp_path: Path) -> None:
    record = Ownership(tmp_path)
    record.take("battery.cellar", "fake", datetime.now(UTC))
    house = House(folder=tmp_path)
    house.battery.link.down = True
    async with house.running():
        await asyncio.sleep(60.0)
        assert house.decider.states
        assert list(Ownership(tmp_path).held) == ["battery.cellar"]
        house.battery.link.down = False
        await asyncio.sleep(90.0)
        assert not Ownership(tmp_path).held


def test_without_a_disk_what_eases_is_written_and_what_loosens_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def diskless() -> None:
        monkeypatch.setattr(os, "posix_fallocate", full)
        house = House(folder=tmp_path / "state")
        house.charger.is_set(16.0)
        house.decider.orders = {"battery.cellar": HOLD, "ev.carport": EvOrder(10.0, 3)}
        async with house.running():
            await asyncio.sleep(60.0)
            assert house.charger.offer_a == 10.0
            house.order_ev(16.0)
            await asyncio.sleep(60.0)
            assert house.charger.offer_a == 10.0
            assert house.battery.in_force != HOLD
            report = house.reports.all[-1]
            assert "cannot be written" in report.record_problem
            assert any("not sent" in device.refuses for device in report.devices)
            monkeypatch.undo()
            await asyncio.sleep(60.0)
            assert house.reports.all[-1].record_problem == ""
            assert house.battery.in_force == HOLD
            assert house.charger.offer_a == 16.0
        assert house.left == {}
        assert house.charger.paused

    run_virtually(diskless())
    assert "the service writes nothing that raises a current or a power" in caplog.text


@pytest.mark.parametrize("ends", ["cancelled", "by itself", "with an error"])
def test_a_part_that_ends_ends_the_service_and_everything_is_handed_back(ends: str, tmp_path: Path) -> None:
    async def companion() -> None:
        await asyncio.sleep(60.0)
        if ends == "cancelled":
            raise asyncio.CancelledError
        if ends == "with an error":
            raise RuntimeError("a bug")

    async def broken() -> None:
        house = House(folder=tmp_path)
        house.decider.orders = {"battery.cellar": DISCHARGE, "ev.carport": EvOrder(10.0, 3)}
        house.companions = (companion,)
        service = house.service()
        assert await service.run(house.stop) == {}
        assert "a part of the service has ended" in service.broken
        assert house.battery.in_force is None
        assert house.charger.paused
        assert not Ownership(tmp_path).held

    run_virtually(broken())
