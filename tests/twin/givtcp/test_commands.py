"""The simulated commands against the contract: answers, false answers, and the registers that they write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.twin.givtcp.scene import Scene, scene

RECORDED = [
    ("setChargeRate", {"chargeRate": "1000"}, "Setting battery charge rate 1000 was a success"),
    ("setDischargeRate", {"dischargeRate": 1500}, "Setting battery discharge limit 1500 was a success"),
    ("setChargeTarget", {"chargeToPercent": "80"}, "Setting Charge Target 80 was a success"),
    ("setChargeTarget", {"chargeToPercent": 3}, "Setting Charge Target failed: ('ValueError', 'write.py', 335)"),
    ("setChargeTarget", {"chargeToPercent": "x"}, "Setting Charge Target failed: ('ValueError', 'write.py', 332)"),
    ("enableChargeTarget", {"state": "enable"}, "Enabling Charge Target was a success"),
    ("enableChargeTarget", {"state": "on"}, "Setting Charge Target failed: ('KeyError', 'write.py', 321)"),
    ("enableChargeSchedule", {"state": "enable"}, "Setting Charge Schedule to enable was a success"),
    (
        "enableChargeSchedule",
        {"state": "on"},
        "Setting charge schedule on failed: ('UnboundLocalError', 'write.py', 261)",
    ),
    ("enableDischargeSchedule", {"state": "disable"}, "Setting Discharge Schedule to disable was a success"),
    ("setBatteryReserve", {"reservePercent": 2}, "Setting battery reserve 4 was a success"),
    ("setBatteryReserve", {"reservePercent": 101}, "Setting Battery Reserve failed: ('ValueError', 'write.py', 452)"),
    ("setBatteryCutoff", {"dischargeToPercent": 10}, "Setting battery power reserve to 10 was a success"),
    ("setBatteryMode", {"mode": "Timed Export"}, "Setting Timed Export mode was a success"),
    ("setBatteryMode", {"mode": "Eco (Paused)"}, "Setting dynamic mode was a success"),
    ("setBatteryMode", {"mode": "Boost"}, "Invalid Mode requestedBoost"),
    ("setEcoMode", {"state": "enable"}, "Setting Eco Mode enable was a success"),
    ("setBatteryPauseMode", {"state": "PauseBoth"}, "Setting Battery Pause Mode to PauseBoth was a success"),
    ("setBatteryPauseMode", {"state": "enable"}, "Invalid Mode requested: enable"),
    ("setPauseSlot", {"start": "00:00", "finish": "23:59"}, "Setting Pause Slot to: 00:00 - 23:59 was a success"),
    (
        "setPauseSlot",
        {"start": "0000", "finish": "2359"},
        "Setting Battery Pause Slot failed: ('ValueError', 'write.py', 691)",
    ),
    ("setChargeSlot1", {"start": "16:00", "finish": "19:00"}, "Setting Charge Slot 1 to: 16:00 - 19:00 was a success"),
    (
        "setChargeSlot",
        {"start": "16:00", "finish": "19:00", "slot": "11"},
        "Setting Charge Slot 11 failed: ('AttributeError', 'write.py', 664)",
    ),
    (
        "setChargeSlot1",
        {"start": "16:00:00", "finish": "19:00:00"},
        "Setting Charge Slot 1 failed: ('ValueError', 'write.py', 662)",
    ),
    ("setDischargeTarget", {"dischargeToPercent": 45, "slot": 1}, "Setting Discharge Target 1 was a success"),
    (
        "setDateTime",
        {"dateTime": "21/11/2026 03:20:00"},
        "Setting inverter DateTime failed: ('TypeError', 'write.py', 1473)",
    ),
    ("syncDateTime", {}, "Setting inverter time was a success"),
    ("switchRate", {"rate": "day"}, "External rate setting not allowed. Enable Dynamic Tariff in settings"),
    ("setChargeRateAC", {"chargeRate": 75}, "Setting battery charge rate AC to 75% was a success"),
    ("setDischargeRateAC", {"dischargeRate": 0}, "Setting battery discharge rate 0 failed"),
    ("forceCharge", {"duration": "2"}, "Charge successfully forced for 2 minutes"),
    ("forceCharge", {"duration": "Cancel"}, "Error: Force Charge is not currently running"),
    ("forceExport", {"duration": 0}, "Export successfully forced for 0 minutes"),
    ("tempPauseCharge", {"duration": "2"}, "Charge paused for 120.0 seconds"),
    ("tempPauseDischarge", {"duration": "2"}, "Discharge paused for 120.0 seconds"),
    (
        "setExportSlot1",
        {"start": "16:00", "finish": "19:00"},
        "Setting Export Slot 1 failed: ('AttributeError', 'write.py', 664)",
    ),
    (
        "setExportTarget",
        {"exportToPercent": "45", "slot": "1"},
        "Setting Export Target failed: ('AttributeError', 'write.py', 360)",
    ),
]


@pytest.mark.parametrize(("command", "body", "result"), RECORDED)
def test_recorded_answers(command: str, body: dict[str, Any], result: str) -> None:
    async def run(s: Scene) -> None:
        assert json.loads(await s.post(command, body)) == {"result": result}

    scene(run)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("enableDischarge", {"state": "enable"}),
        ("setCarChargeBoost", {"boost": "2500"}),
        ("setForceCharge", {"state": "enabled"}),
        ("setForceDischarge", {"state": "enabled"}),
        ("setACCharge", {"state": "enabled"}),
        ("setDischargeTarget", {"exportToPercent": "45", "slot": "1"}),
    ],
)
def test_commands_that_never_answer(command: str, body: dict[str, Any]) -> None:
    async def run(s: Scene) -> None:
        sent_s = s.clock.monotonic_s()
        assert await s.post(command, body) == "{'result':'Error: REST response timeout. Unknown success'}"
        assert s.clock.monotonic_s() - sent_s == pytest.approx(15, abs=0.5)

    scene(run)


def test_rates_are_floored_and_step_down_when_the_read_back_is_written() -> None:
    async def run(s: Scene) -> None:
        reads = []
        for watts in (1000, 2000, 5000, 0):
            await s.post("setChargeRate", {"chargeRate": watts})
            await s.clock.sleep(10)
            reads.append((await s.cache())["Control"]["Battery_Charge_Rate"])
        assert reads == [952, 1999, 3600, 0]
        await s.post("setChargeRate", {"chargeRate": 1999})
        await s.clock.sleep(10)
        assert (await s.cache())["Control"]["Battery_Charge_Rate"] == 1904
        await s.post("setChargeRate", {"chargeRate": 2000})  # ceil(21 * 9520 / 100)
        await s.clock.sleep(10)
        assert (await s.cache())["Control"]["Battery_Charge_Rate"] == 1999

    scene(run)


VERSION_2 = [
    ("setChargeRate", {"chargeRate": 1524}, "{}", {"charge_rate": 16}),
    ("setChargeRate", {"chargeRate": -5}, "{}", {"charge_rate": 0}),
    ("setChargeTarget", {"chargeToPercent": 80}, "{}", {"target_soc": 80, "enable_target": True}),
    ("setChargeTarget", {"chargeToPercent": 3}, "{}", {"target_soc": 4, "enable_target": True}),
    ("setChargeTarget", {"chargeToPercent": 100}, "{}", {"target_soc": 100, "enable_target": False}),
    ("enableChargeTarget", {"state": "enable"}, "{}", {"enable_target": False}),
    ("enableChargeSchedule", {"state": "on"}, "{}", {"enable_charge": False}),
    ("setChargeSlot1", {"start": "02:00:00", "finish": "04:00:00"}, "{}", {}),
    ("setDischargeSlot1", {"start": "16:00", "finish": "19:00", "dischargeToPercent": "20"}, "500", {"reserve": 4}),
    ("setBatteryMode", {"mode": "Boost"}, '{"result": "Invalid Mode requested"}', {"eco": True}),
    ("setBatteryPauseMode", {"state": "PauseBoth"}, "404", {"pause": 0}),
    ("setEcoMode", {"state": "disable"}, "404", {"eco": True}),
]


@pytest.mark.parametrize(("command", "body", "answer", "registers"), VERSION_2)
def test_version_2_answers_before_it_writes(command: str, body: Any, answer: str, registers: dict[str, Any]) -> None:
    async def run(s: Scene) -> None:
        sent_s = s.clock.monotonic_s()
        assert await s.post(command, body) == answer
        assert s.clock.monotonic_s() - sent_s < 0.1
        await s.after(5)
        assert {name: getattr(s.twin.regs, name) for name in registers} == registers

    scene(run, version=2)


def test_eco_puts_the_saved_reserve_back() -> None:
    async def run(s: Scene) -> None:
        await s.post("setBatteryReserve", {"reservePercent": 30})
        await s.post("setBatteryMode", {"mode": "Eco (Paused)"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (100, "Eco (Paused)")
        await s.post("setBatteryMode", {"mode": "Eco"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (30, "Eco")

    scene(run)
