"""Taking, holding, changing and handing back a GivEnergy battery through GivTCP's false answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from typing import Any

import pytest

from optimizer.devices.port import BatteryControl, DeviceError, Identified, Meter
from optimizer.model.decision import AUTO
from tests.devices.givtcp.scene import Scene, bounds, power, scene

EVENING = (time(16, 0), time(19, 0))


def owners(s: Scene) -> None:
    """The settings of the owner before the first order."""
    regs = s.twin.regs
    regs.charge_rate, regs.discharge_rate, regs.reserve, regs.target_soc = 30, 21, 20, 80
    regs.saved_reserve = 20
    regs.charge_slots[0] = EVENING
    regs.discharge_slots[0] = (time(17, 0), time(18, 30))


def settings(s: Scene) -> tuple[Any, ...]:
    r = s.twin.regs
    flags = (r.eco, r.enable_charge, r.enable_discharge, r.enable_target, r.pause)
    return (r.charge_rate, r.discharge_rate, r.reserve, r.target_soc, r.charge_slots[0], r.discharge_slots[0], flags)


async def taken(s: Scene) -> None:
    """Let the caches see what the owner has set."""
    owners(s)
    await s.clock.sleep(125)


def test_it_is_what_the_port_asks_for() -> None:
    async def run(s: Scene) -> None:
        assert isinstance(s.givtcp, Meter)
        assert isinstance(s.givtcp, BatteryControl)
        assert isinstance(s.givtcp, Identified)
        identity = await s.givtcp.identify()
        assert (identity.brand, identity.serial, identity.firmware) == ("GivEnergy", "SA0000G000", "D0.316-A0.316")
        await s.givtcp.close()

    scene(run)


@pytest.mark.parametrize("traps", [{}, {"soon_s": None}, {"version": 2}, {"real_time": False}, {"three_phase": True}])
def test_charge_change_discharge_and_hand_back(traps: dict[str, Any]) -> None:
    async def run(s: Scene) -> None:
        await taken(s)
        before = settings(s)
        await s.givtcp.order("cellar", power(-1000.0))
        assert s.written() == [
            ("setChargeRate", {"chargeRate": 952}),  # 10 % of 9.52 kWh: never more than ordered
            ("setChargeSlot1", {"start": "12:00", "finish": "12:17" if s.real_time else "12:32"}),
            ("enableChargeSchedule", {"state": "enable"}),
        ]
        assert await s.after(30) == pytest.approx(-952, abs=2)
        assert await s.hold(power(-1000.0), 40) == pytest.approx(-952, abs=2)
        assert await s.hold(power(2000.0), 8) == pytest.approx(1999, abs=2)
        assert s.twin.regs.charge_slots[0] == EVENING  # the owner's is back as soon as it is not needed
        s.written()
        await s.givtcp.hand_back("cellar")
        assert s.written()[0] == ("setBatteryMode", {"mode": "Eco"})
        assert settings(s) == before
        assert "cellar" not in s.keep.entries
        assert s.house.ledger.unsafe == []  # never two commands in flight
        assert await s.after(60) == pytest.approx(-900, abs=2)

    scene(run, **traps)


def test_a_slot_is_extended_and_ends_the_lease() -> None:
    async def run(s: Scene) -> None:
        await s.hold(power(-2000.0), 30)
        slots = [body for name, body in s.written() if name == "setChargeSlot1"]
        assert [body["finish"] for body in slots] == ["12:15", "12:26", "12:37"]
        s.weather.load_w = s.weather.pv_w
        assert await s.after(30) == pytest.approx(-1999, abs=2)
        assert await s.after(15 * 60) == pytest.approx(0, abs=2)  # nobody extends it: it runs out

    scene(run)


def test_a_day_ends_with_its_slot() -> None:
    async def run(s: Scene) -> None:
        await s.hold(power(-1000.0), 20)
        finishes = [body["finish"] for name, body in s.written() if name == "setChargeSlot1"]
        assert (finishes[0], finishes[-1]) == ("00:05", "00:16")

    scene(run, start=datetime(2025, 1, 15, 23, 50, tzinfo=UTC), pv_w=0.0)


def test_standing_by_and_holding_use_the_pause() -> None:
    async def run(s: Scene) -> None:
        assert await s.hold(power(0.0), 4) == pytest.approx(0, abs=2)
        assert [name for name, _ in s.written()] == ["setPauseSlot", "setBatteryPauseMode"]
        assert await s.hold(bounds(discharge_w=0.0), 4) == pytest.approx(-900, abs=2)
        assert s.written()[0] == ("setBatteryPauseMode", {"state": "PauseDischarge"})
        s.weather.pv_w = 0.0
        assert await s.hold(bounds(discharge_w=400.0), 4) == pytest.approx(380, abs=2)
        names = dict(s.written())
        assert names["setDischargeRate"] == {"dischargeRate": 381}
        assert names["setBatteryPauseMode"] == {"state": "Disabled"}
        s.weather.pv_w = 3000.0
        assert await s.hold(bounds(charge_w=500.0), 6) == pytest.approx(-476, abs=2)
        await s.givtcp.hand_back("cellar")
        assert (s.twin.regs.charge_rate, s.twin.regs.discharge_rate, s.twin.regs.pause) == (50, 50, 0)

    scene(run)


def test_plants_without_a_pause_are_held_by_rates() -> None:
    async def run(s: Scene) -> None:
        read = s.twin._read

        def without_pause() -> Any:
            answer = read()
            return type(answer)(200, answer.body.replace(b"Battery_pause_mode", b"Other"), answer.content_type)

        s.twin._read = without_pause  # type: ignore[method-assign]
        assert await s.hold(power(0.0), 4) == pytest.approx(0, abs=2)
        assert s.twin.regs.charge_rate == s.twin.regs.discharge_rate == 0

    scene(run)


@pytest.mark.parametrize("mode", ["Timed Demand", "Timed Export", "Eco (Paused)"])
def test_the_owners_mode_comes_back(mode: str) -> None:
    async def run(s: Scene) -> None:
        s.twin.regs.eco, s.twin.regs.enable_discharge = mode != "Timed Export", mode.startswith("Timed")
        s.twin.regs.reserve = 100 if mode == "Eco (Paused)" else 4
        await s.clock.sleep(125)
        before = settings(s)
        assert await s.hold(power(-1500.0), 5) == pytest.approx(-1428, abs=2)
        s.twin.regs.reserve = 4  # or nothing could be discharged
        assert await s.hold(power(1500.0), 6) == pytest.approx(1428, abs=2)
        await s.givtcp.order("cellar", AUTO)
        assert settings(s) == before
        assert s.twin.regs.mode == mode

    scene(run)


def test_equal_settings_and_small_changes_are_not_written() -> None:
    async def run(s: Scene) -> None:
        await s.hold(power(-1000.0), 3)
        s.written()
        await s.hold(power(-1000.0), 3)
        await s.hold(power(-1100.0), 3)  # within the dead band of 5 % of 3600 W
        assert s.written() == []
        await s.hold(power(-1400.0), 2)
        assert ("setChargeRate", {"chargeRate": 1333}) in s.written()

    scene(run)


@pytest.mark.parametrize(("real_time", "gap_s"), [(True, 60), (False, 300)])
def test_rates_are_written_seldom(real_time: bool, gap_s: int) -> None:
    async def run(s: Scene) -> None:
        await s.givtcp.order("cellar", power(-1000.0))
        first_s = s.clock.monotonic_s()
        s.written()
        while not any(name == "setChargeRate" for name, _ in s.written()):
            await s.clock.sleep(5)
            await s.givtcp.order("cellar", power(-2500.0))
        waited_s = s.clock.monotonic_s() - first_s
        assert gap_s - 40 < waited_s < gap_s + 30

    scene(run, real_time=real_time)


def test_answers_are_not_believed() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.lies = {"setChargeRate": "failure", "setChargeSlot1": "failure"}
        assert await s.hold(power(-1000.0), 3) == pytest.approx(-952, abs=2)
        s.twin.traps.lies = {"setChargeRate": "success"}
        await s.clock.sleep(60)
        started_s = s.clock.monotonic_s()
        with pytest.raises(DeviceError, match=r"setChargeRate .* no effect in the cache within 150 s") as caught:
            await s.givtcp.order("cellar", power(-2000.0))
        assert caught.value.fault == "timeout"
        assert 150 <= s.clock.monotonic_s() - started_s < 160
        s.twin.traps.lies = {}
        assert await s.hold(power(-2000.0), 3) == pytest.approx(-1999, abs=2)

    scene(run)


def test_late_execution_and_predecessors_replies() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.late_s = 40.0
        assert await s.hold(power(-1000.0), 10) == pytest.approx(-952, abs=2)
        s.twin.traps.late_s = 0.0
        assert await s.hold(power(-2000.0), 3) == pytest.approx(-1999, abs=2)
        await s.givtcp.hand_back("cellar")
        assert s.twin.regs.charge_rate == 50
        assert s.house.ledger.unsafe == []

    scene(run)


def test_cut_off_in_the_middle_one_command_stays_in_flight() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        s.twin.traps.late_s = 60.0
        for _ in range(8):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(20):
                    await s.givtcp.order("cellar", power(-1000.0))
        s.twin.traps.late_s = 0.0
        assert await s.hold(power(-1000.0), 4) == pytest.approx(-952, abs=2)
        commands = [name for name, _ in s.written()]
        assert len(commands) == len(set(commands)) == 3

    scene(run)


def test_a_crash_in_the_middle_and_the_next_start() -> None:
    async def run(s: Scene) -> None:
        await taken(s)
        before = settings(s)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(12):
                await s.givtcp.order("cellar", power(-1000.0))
        assert s.keep.entries["cellar"]["charge_rate"] == 2856
        s.givtcp = s.adapter()
        await s.clock.sleep(60)
        await s.givtcp.hand_back("cellar")
        assert settings(s) == before
        assert "cellar" not in s.keep.entries

    scene(run)


def test_a_crash_while_exporting_keeps_the_first_snapshot() -> None:
    async def run(s: Scene) -> None:
        await taken(s)
        before = settings(s)
        await s.hold(power(2000.0), 4)
        s.givtcp = s.adapter()
        assert await s.hold(power(-1500.0), 5) == pytest.approx(-1428, abs=2)
        await s.givtcp.hand_back("cellar")
        assert settings(s) == before

    scene(run)


def test_hand_back_needs_verification() -> None:
    async def run(s: Scene) -> None:
        await s.hold(power(2000.0), 4)
        s.twin.traps.lies = {"setBatteryMode": "success"}
        with pytest.raises(DeviceError, match="setBatteryMode"):
            await s.givtcp.hand_back("cellar")
        assert "cellar" in s.keep.entries
        s.twin.traps.lies = {}
        await s.givtcp.hand_back("cellar")
        assert (s.twin.regs.mode, "cellar" in s.keep.entries) == ("Eco", False)
        await s.givtcp.hand_back("cellar")  # nothing to do

    scene(run)


def test_a_command_that_comes_after_all_is_waited_for() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        s.twin.traps.late_s = 240.0
        with pytest.raises(DeviceError, match="no effect"):
            await s.givtcp.order("cellar", power(-1000.0))
        s.twin.traps.late_s = 0.0
        assert s.twin.regs.charge_rate == 50
        await s.givtcp.hand_back("cellar")
        assert s.twin.regs.charge_rate == 50
        assert [name for name, _ in s.written()] == ["setChargeRate", "setChargeRate"]  # it came, and was put back
        assert "cellar" not in s.keep.entries

    scene(run)


def test_a_crash_just_after_a_command_was_sent() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await s.givtcp.order("cellar", power(-1000.0))
        s.givtcp = s.adapter()
        assert s.twin.regs.charge_rate == 50  # not yet carried out
        await s.givtcp.hand_back("cellar")
        assert s.twin.regs.charge_rate == 50
        assert [name for name, _ in s.written()] == ["setChargeRate", "setChargeRate"]

    scene(run)


def test_frozen_data_stop_all_writing() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        s.twin.traps.frozen = True
        first = await s.givtcp.read()
        await s.clock.sleep(300)
        later = await s.givtcp.read()
        assert later.batteries[0].power_w == first.batteries[0].power_w  # as old as it is
        with pytest.raises(DeviceError, match="whatever GivTCP's status says") as caught:
            await s.givtcp.order("cellar", power(-1000.0))
        assert caught.value.fault == "unreachable"
        assert s.written() == []

    scene(run)


@pytest.mark.parametrize("version", [2, 3])
def test_everything_in_the_caches_can_be_shown(version: int) -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(1)
        shown = {value.name: value for value in await s.givtcp.documented()}
        assert (shown["Control.Battery_Charge_Rate"].value, shown["Control.Battery_Charge_Rate"].unit) == (3600, "W")
        assert shown["Timeslots.Charge_start_time_slot_1"].value == "00:00:00"
        assert shown["Power.Power.Grid_Power"].meaning == "+ export"
        assert ("Stats.status" in shown) == (version == 3)
        shown = {value.name: value for value in await s.evc.documented()}
        assert (shown["Charger.Charge_Limit"].value, shown["Charger.Charge_Limit"].unit) == (16.0, "A")

    scene(run, version=version)


@pytest.mark.parametrize("body", ["no cache", "empty"])
def test_bodies_that_are_none(body: str) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError) as caught:
            await s.givtcp.read()
        assert caught.value.fault == "garbled"
        with pytest.raises(DeviceError):
            await s.givtcp.order("cellar", power(-1000.0))
        assert "cellar" not in s.keep.entries

    scene(run, body=body)


def test_limits_of_the_configuration() -> None:
    async def run(s: Scene) -> None:
        s.givtcp = s.adapter(max_charge_w=800.0, max_discharge_w=900.0)
        assert await s.hold(power(-3000.0), 3) == pytest.approx(-762, abs=2)
        assert await s.hold(power(3000.0), 4) == pytest.approx(857, abs=2)

    scene(run)
