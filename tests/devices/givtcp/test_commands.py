"""Every command of the document, raw, with the outcome that was seen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from optimizer.devices.givtcp.call import call
from optimizer.devices.givtcp.commands import COMMANDS
from optimizer.devices.port import DeviceError
from optimizer.devices.raw import RawCommands
from tests.devices.givtcp.scene import Scene, scene

DOCUMENT = set(
    """
setChargeControl setChargingMode setCurrentLimit enableChargeTarget enableDischarge enableChargeSchedule
enableDischargeSchedule setForceCharge forceCharge setForceDischarge forceExport runAll getCache getEVCCache
setImportCap setMaxSessionEnergy readData reboot restart settings setBatteryCutoff setBatteryMode setBatteryPauseMode
setBatteryReserve setCarChargeBoost setChargeSlot setChargeSlot1 setChargeSlot2 setChargeSlot3 setChargeTarget
setChargeRate setDateTime setDischargeSlot setDischargeSlot1 setDischargeSlot2 setDischargeSlot3 setDischargeTarget
setDischargeRate setExportSlot1 setExportSlot2 setExportSlot3 setExportTarget setPauseSlot setACCharge setEcoMode
switchRate syncDateTime tempPauseCharge tempPauseDischarge
""".split()  # noqa: SIM905 - a list of words is read more easily than one of literals
)
READS = {"runAll", "getCache", "readData", "getEVCCache", "reboot", "restart"}
SEEN: dict[str, dict[str, Any]] = {
    "setChargeRate": {"Control.Battery_Charge_Rate": (3600, 2475)},
    "setDischargeRate": {"Control.Battery_Discharge_Rate": (3600, 2475)},
    "setChargeTarget": {"Control.Target_SOC": (100, 45)},
    "setEcoMode": {},
    "setBatteryCutoff": {},
    "enableChargeSchedule": {"Control.Enable_Charge_Schedule": ("disable", "enable")},
    "setChargeSlot1": {
        "Control.Charge_Target_SOC_1": (0, 25),
        "Control.Target_SOC": (100, 25),
        "Timeslots.Charge_end_time_slot_1": ("00:00:00", "19:00:00"),
        "Timeslots.Charge_start_time_slot_1": ("00:00:00", "16:00:00"),
    },
    "setDischargeSlot2": {
        "Control.Battery_Power_Reserve": (4, 25),
        "Timeslots.Discharge_end_time_slot_2": ("00:00:00", "19:00:00"),
        "Timeslots.Discharge_start_time_slot_2": ("00:00:00", "16:00:00"),
    },
    "setBatteryPauseMode": {"Control.Battery_pause_mode": ("Disabled", "PauseDischarge")},
    "setChargeControl": {
        "Charger.Charge_Control": ("Stop", "Start"),
        "Charger.Charging_State": ("Connected", "Starting"),
    },
    "setMaxSessionEnergy": {"Charger.Max_Session_Energy": (0.0, 20.5)},
    "setDateTime": {},
    "enableDischarge": {},
    "setExportSlot1": {},
}


def test_the_table_is_the_document() -> None:
    assert set(COMMANDS) == DOCUMENT
    assert {name for name, info in COMMANDS.items() if info.method == "GET"} == READS


@pytest.mark.parametrize("name", sorted(SEEN))
def test_called_with_its_example(name: str) -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(121)
        assert isinstance(s.givtcp, RawCommands)
        outcome = await s.givtcp.call(name, COMMANDS[name].example)
        assert s.written()[-1] == (name, dict(COMMANDS[name].example))
        # Slow registers come with a later refresh; what is seen first is what is told.
        assert dict(outcome.changed).items() <= SEEN[name].items()
        assert bool(outcome.changed) == bool(SEEN[name])
        assert outcome.status == (500 if COMMANDS[name].kind == "charger" else 200)
        assert bool(outcome.note) == bool(COMMANDS[name].broken)

    scene(run)


def test_every_command_can_be_sent() -> None:
    async def run(s: Scene) -> None:
        for name, info in COMMANDS.items():
            assert s.givtcp.commands[name].writes == (info.method == "POST" or info.kind == "system")
            if name == "settings":
                continue
            outcome = await call(s.givtcp.gateway, s.clock, name, info.example, watch_s=0.0)
            expected = {"charger": 500, "inverter": 200, "system": {"reboot": 500, "restart": 200}.get(name, 404)}
            assert outcome.status == (200 if name == "getEVCCache" else expected[info.kind]), name

    scene(run)


def test_the_answer_is_told_but_the_effect_counts() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.lies = {"setChargeRate": "success"}
        outcome = await call(s.givtcp.gateway, s.clock, "setChargeRate", {"chargeRate": 1000}, watch_s=40.0)
        assert "success" in outcome.answer
        assert outcome.changed == {}
        assert outcome.waited_s >= 40.0

    scene(run)


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("settings", {}, "needs a body"),
        ("setChargeRate", {}, "needs a body"),
        ("setChargeControl", {"mode": "start"}, "takes Start, Stop"),
        ("setChargingMode", {"state": "enable"}, "takes Grid, Hybrid, Solar"),
        ("setBatteryPauseMode", {"state": "enable"}, "takes Disabled, PauseCharge"),
    ],
)
def test_what_would_do_harm_or_nothing_is_not_sent(name: str, body: dict[str, Any], why: str) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match=why):
            await s.givtcp.call(name, body)
        assert s.written() == []

    scene(run)


def test_words_of_refusal_end_it_at_once() -> None:
    async def run(s: Scene) -> None:
        outcome = await s.givtcp.call("switchRate", {"rate": "day"})
        assert outcome.refused
        assert outcome.waited_s < 20.0

    scene(run)


def test_the_late_effect_of_another_command_is_not_taken_for_its_own() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.link = False
        await s.givtcp.gateway.raw("POST", "forceCharge", {"duration": "30"})
        s.twin.traps.link = True
        outcome = await call(s.givtcp.gateway, s.clock, "setForceDischarge", {"state": "enabled"}, watch_s=40.0)
        assert outcome.changed == {}

    scene(run)


def test_the_charger_has_its_own_six_commands() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(1)
        assert isinstance(s.evc, RawCommands)
        assert "setChargingMode" in s.evc.commands
        assert len(s.evc.commands) == 6
        outcome = await s.evc.call("setChargingMode", {"state": "Solar"})
        assert outcome.changed == {"Charger.Charging_Mode": ("Grid", "Solar")}
        with pytest.raises(DeviceError, match="no command of the charger"):
            await s.evc.call("setChargeRate", {"chargeRate": 1})

    scene(run)


def test_a_name_that_is_none() -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="knows no command setChargeRates; similar: setChargeRate"):
            await call(s.givtcp.gateway, s.clock, "setChargeRates", {})
        with pytest.raises(DeviceError, match="similar: none"):
            await call(s.givtcp.gateway, s.clock, "launch", {})

    scene(run)


class Heard:
    """Progress with the time of each step."""

    def __init__(self, s: Scene) -> None:
        self._s = s
        self._start_s = s.clock.monotonic_s()
        self.steps: list[tuple[str, float]] = []

    def _note(self, step: str) -> None:
        self.steps.append((step, self._s.clock.monotonic_s() - self._start_s))

    def waits(self, why: str, most_s: float) -> None:
        self._note("waits")

    def answered(self, status: int | None, answer: str) -> None:
        self._note(f"answered {status}")

    def watches(self, waited_s: float, most_s: float) -> None:
        self._note("watches")


def test_the_answer_is_heard_before_the_effect_is_awaited() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.lies = {"setChargeRate": "success"}
        await s.clock.sleep(29)
        heard = Heard(s)
        await s.givtcp.call("setChargeRate", {"chargeRate": 1000}, heard)
        names = [name for name, _ in heard.steps]
        assert names[:3] == ["waits", "answered 200", "watches"]
        assert set(names[2:]) == {"watches"}
        assert dict(heard.steps)["answered 200"] < 10.0
        assert heard.steps[-1][1] > 140.0
        heard = Heard(s)
        await s.givtcp.call("getCache", {}, heard)
        assert [name for name, _ in heard.steps] == ["answered 200"]
        heard = Heard(s)
        await s.evc.call("setChargingMode", {"state": "Solar"}, heard)
        assert heard.steps[0][0] == "answered 500"

    scene(run)


def test_the_words_about_what_stays_are_true_of_the_command() -> None:
    async def run(s: Scene) -> None:
        commands = s.givtcp.commands
        assert all(bool(one.stays) <= one.writes for one in commands.values())
        assert {name for name, one in commands.items() if one.writes and not one.stays} == {
            "reboot",
            "restart",
            "syncDateTime",
        }
        regs = s.twin.regs
        before = deepcopy(regs)
        for name, body in (("forceCharge", {"duration": "30"}), ("tempPauseDischarge", {"duration": "20"})):
            assert "GivTCP puts the earlier values back" in commands[name].stays
            await s.givtcp.call(name, body)
            assert regs != before
            await s.after(1900)
            assert regs == before
        for name in ("setChargeSlot1", "setDischargeSlot2", "setPauseSlot"):
            assert "every day" in commands[name].stays
        await s.givtcp.call("setDischargeSlot2", {"start": "16:00", "finish": "19:00", "dischargeToPercent": "25"})
        await s.after(3600)
        assert (regs.discharge_slots[1] != before.discharge_slots[1], regs.reserve) == (True, 25)

    scene(run)
