"""GivTCP 2.4: fifteen commands answer 404, `{}` stands for what is taken, and some commands do more than they say."""

from __future__ import annotations

from copy import deepcopy
from datetime import time

import pytest

from optimizer.devices.port import DeviceError
from tests.devices.givtcp.scene import Scene, bounds, power, scene

AROUND_NOW = (time(11, 0), time(15, 0))


def test_a_hold_works_without_the_pause_mode() -> None:
    async def run(s: Scene) -> None:
        assert await s.hold(power(0.0), 4) == pytest.approx(0, abs=2)
        assert {name for name, _ in s.written()} == {"setChargeRate", "setDischargeRate"}
        assert await s.hold(bounds(discharge_w=0.0), 4) == pytest.approx(-900, abs=2)
        s.weather.pv_w = 0.0
        assert await s.after(30) == pytest.approx(0, abs=2)
        await s.givtcp.hand_back("cellar")
        assert (s.twin.regs.charge_rate, s.twin.regs.discharge_rate) == (50, 50)

    scene(run, version=2)


def test_a_hand_back_to_timed_export_ends_and_puts_the_mode_back() -> None:
    async def run(s: Scene) -> None:
        regs = s.twin.regs
        regs.eco, regs.enable_discharge, regs.reserve, regs.saved_reserve = False, True, 10, 10
        await s.clock.sleep(125)
        before = deepcopy(regs)
        await s.hold(power(-1500.0), 5)
        s.written()
        await s.givtcp.hand_back("cellar")
        assert len(s.written()) <= 6
        assert regs == before
        assert "cellar" not in s.keep.entries

    scene(run, version=2)


@pytest.mark.parametrize("on", [False, True])
def test_the_charge_target_stays_as_it_was(on: bool) -> None:
    async def run(s: Scene) -> None:
        regs = s.twin.regs
        regs.target_soc, regs.enable_target = 80, on
        await s.clock.sleep(125)
        before = deepcopy(regs)
        assert await s.hold(power(-1500.0), 5) == pytest.approx(-1428, abs=2)
        s.written()
        await s.givtcp.hand_back("cellar")
        assert "enableChargeTarget" not in {name for name, _ in s.written()}
        assert regs == before

    scene(run, version=2)


def test_a_mode_that_no_command_sets_is_left_to_the_owner() -> None:
    async def run(s: Scene) -> None:
        regs = s.twin.regs
        regs.eco = False
        await s.clock.sleep(125)
        await s.hold(power(-1500.0), 5)
        for attempt in range(4):
            s.written()
            with pytest.raises(DeviceError, match="Set this in the GivEnergy app: eco mode to disable"):
                await s.givtcp.hand_back("cellar")
            if attempt:
                assert s.written() == []
        assert "cellar" in s.keep.entries
        regs.eco = False
        await s.clock.sleep(35)
        await s.givtcp.hand_back("cellar")
        assert "cellar" not in s.keep.entries

    scene(run, version=2)
