"""The commands for a night of orders, in the order in which GivTCP 3.5 and 2.4.3 passed them to a simulated inverter.

There, an order took up to two minutes, and 138 s while the link to the inverter was cut for 45 s. Between the orders
the battery did nothing that neither of them allows. On 3.5 the pause was lifted in two steps; here it is lifted in one.
"""

from __future__ import annotations

import pytest

from optimizer.model.decision import BatteryOrder
from tests.devices.givtcp.scene import Scene, bounds, power, scene

ORDERS: dict[str, BatteryOrder | None] = {
    "stop": power(0.0),
    "charge fast": power(-2000.0),
    "keep": bounds(discharge_w=0.0),
    "discharge": power(1000.0),
    "stop again": power(0.0),
    "charge": power(-1000.0),
    "back": None,
}
PAUSE = ("setPauseSlot", "setBatteryPauseMode")
VERSION_3: dict[str, tuple[str, ...]] = {
    "stop": PAUSE,
    "charge fast": ("setChargeRate", "setChargeSlot1", "enableChargeSchedule", *PAUSE),
    "keep": (*PAUSE, "setChargeSlot1", "enableChargeSchedule", "setChargeRate"),
    "discharge": ("setDischargeRate", "setDischargeSlot1", "setBatteryMode", *PAUSE),
    "stop again": (*PAUSE, "setDischargeSlot1", "enableDischargeSchedule", "setEcoMode", "setDischargeRate"),
    "charge": ("setChargeRate", "setChargeSlot1", "enableChargeSchedule", *PAUSE),
    "back": ("setChargeSlot1", "enableChargeSchedule", "setChargeRate"),
}
VERSION_2: dict[str, tuple[str, ...]] = {
    "stop": ("setChargeRate", "setDischargeRate"),
    "charge fast": ("setChargeSlot1", "setChargeRate", "enableChargeSchedule"),
    "keep": ("setChargeSlot1", "enableChargeSchedule"),
    "discharge": ("setDischargeSlot1", "setDischargeRate", "setBatteryMode"),
    "stop again": ("setChargeRate", "setDischargeRate", "setDischargeSlot1", "setBatteryMode"),
    "charge": ("setChargeSlot1", "setChargeRate", "enableChargeSchedule"),
    "back": ("setChargeSlot1", "enableChargeSchedule", "setChargeRate", "setDischargeRate"),
}
LONGEST_S = 120.0


@pytest.mark.parametrize(("version", "recorded"), [(3, VERSION_3), (2, VERSION_2)])
def test_the_commands_are_those_of_the_recording(version: int, recorded: dict[str, tuple[str, ...]]) -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(125)
        regs = s.twin.regs
        before = (regs.charge_rate, regs.discharge_rate, regs.mode, regs.pause, regs.enable_charge, regs.reserve)
        for name, order in ORDERS.items():
            begun_s = s.clock.monotonic_s()
            await (s.givtcp.hand_back("cellar") if order is None else s.givtcp.order("cellar", order))
            assert s.clock.monotonic_s() - begun_s <= LONGEST_S
            assert tuple(command for command, _ in s.written()) == recorded[name]
            await s.clock.sleep(8)
        after = (regs.charge_rate, regs.discharge_rate, regs.mode, regs.pause, regs.enable_charge, regs.reserve)
        assert (after, s.keep.entries.get("cellar")) == (before, None)

    scene(run, version=version, pv_w=0.0)
