"""The battery behind the simulated GivTCP: powers and signs, modes, slots, and forced charging."""

from __future__ import annotations

from typing import Any

import pytest

from tests.twin.givtcp.scene import Scene, scene


def test_powers_and_signs() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(65)
        power = (await s.cache())["Power"]["Power"]
        assert (power["PV_Power"], power["Load_Power"]) == (6000, 600)
        assert power["Battery_Power"] == pytest.approx(-3600, abs=5)
        assert power["Grid_Power"] == pytest.approx(1800, abs=5)  # + export
        s.twin.traps.three_phase = True
        power = (await s.cache())["Power"]["Power"]
        assert "Grid_Power" not in power
        assert power["Meter_Export_Power"] == pytest.approx(1800, abs=5)
        assert power["Battery_Charge_Power"] == pytest.approx(3600, abs=5)

    scene(run, pv_w=6000.0)


@pytest.mark.parametrize(
    ("settings", "power_w"),
    [
        ([], -900),
        ([("setChargeRate", {"chargeRate": 500})], -476),
        ([("setBatteryPauseMode", {"state": "PauseBoth"})], 0),
        (
            [("setChargeSlot1", {"start": "12:00", "finish": "13:00"}), ("enableChargeSchedule", {"state": "enable"})],
            -3600,
        ),
        (
            [("setChargeSlot1", {"start": "13:00", "finish": "12:30"}), ("enableChargeSchedule", {"state": "enable"})],
            -3600,
        ),
        (
            [("setChargeSlot1", {"start": "13:00", "finish": "14:00"}), ("enableChargeSchedule", {"state": "enable"})],
            -900,
        ),
        (
            [
                ("setDischargeSlot1", {"start": "12:00", "finish": "13:00"}),
                ("setBatteryMode", {"mode": "Timed Export"}),
            ],
            3600,
        ),
        ([("setBatteryMode", {"mode": "Timed Demand"})], -900),
    ],
)
def test_what_the_battery_does(settings: list[tuple[str, dict[str, Any]]], power_w: float) -> None:
    async def run(s: Scene) -> None:
        for command, body in settings:
            assert "success" in await s.post(command, body)
        assert await s.after(60) == pytest.approx(power_w, abs=5)

    scene(run)


def test_reserve_and_target_end_it() -> None:
    async def run(s: Scene) -> None:
        await s.post("setDischargeSlot1", {"start": "12:00", "finish": "18:00", "dischargeToPercent": "58"})
        assert s.twin.regs.reserve == 58
        await s.post("setBatteryMode", {"mode": "Timed Export"})
        assert await s.after(1800) == pytest.approx(0, abs=5)
        assert s.house.physics.batteries[0].soc_percent == pytest.approx(58, abs=0.1)
        await s.post("setBatteryMode", {"mode": "Eco"})
        await s.post("setChargeSlot1", {"start": "12:00", "finish": "18:00", "chargeToPercent": "60"})
        await s.post("enableChargeTarget", {"state": "enable"})
        await s.post("enableChargeSchedule", {"state": "enable"})
        assert await s.after(1800) == pytest.approx(0, abs=5)
        assert s.house.physics.batteries[0].soc_percent == pytest.approx(60, abs=0.2)

    scene(run)


def test_slots_come_back_every_day() -> None:
    async def run(s: Scene) -> None:
        await s.post("setChargeSlot1", {"start": "12:00", "finish": "12:10"})
        await s.post("enableChargeSchedule", {"state": "enable"})
        assert await s.after(60) == pytest.approx(-3600, abs=5)
        assert await s.after(900) == pytest.approx(-900, abs=5)
        s.weather.pv_w = s.weather.load_w  # so that it is not full by tomorrow
        assert await s.after(24 * 3600 - 960 + 120) == pytest.approx(-3600, abs=5)

    scene(run)


def test_forced_charge_reverts_by_itself_and_ratchets_down() -> None:
    async def run(s: Scene) -> None:
        await s.post("setChargeRate", {"chargeRate": 2000})
        assert s.twin.regs.charge_rate == 21
        await s.post("forceCharge", {"duration": "2"})
        assert await s.after(60) == pytest.approx(-3600, abs=5)
        await s.after(90)
        assert (s.twin.regs.charge_rate, s.twin.regs.enable_charge) == (20, False)

    scene(run)


def test_forced_export_and_temporary_pauses_are_cancelled() -> None:
    async def run(s: Scene) -> None:
        await s.post("setBatteryReserve", {"reservePercent": 20})
        await s.post("forceExport", {"duration": "30"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (4, "Timed Export")
        assert "Cancelling" in await s.post("forceExport", {"duration": "Cancel"})
        await s.after(10)
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (20, "Eco")
        await s.post("tempPauseDischarge", {"duration": "30"})
        assert s.twin.regs.discharge_rate == 0
        assert await s.post("tempPauseDischarge", {"duration": "Cancel"}) == "500"
        assert "not currently running" in await s.post("tempPauseCharge", {"duration": "Cancel"})
        await s.after(10)
        assert s.twin.regs.discharge_rate == 50

    scene(run)
