"""On the way from one order to the next the battery never does what neither of the two allows."""

from __future__ import annotations

import itertools

import pytest

from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryOrder
from optimizer.twin.givtcp.registers import Plate
from tests.devices.givtcp.scene import Scene, bounds, power, scene

STOP, KEEP, CHARGE, SLOWLY, SURPLUS_ONLY, DISCHARGE = (
    power(0.0), bounds(discharge_w=0.0), power(-2000.0), power(-1000.0), bounds(1000.0, 0.0), power(1000.0),
)  # fmt: skip
NOT_CHARGE = bounds(charge_w=0.0)


KINDS = pytest.mark.parametrize(
    ("version", "real_time", "needs_slot"), [(2, False, False), (3, True, False), (3, True, True), (3, False, False)]
)


class Extremes:
    """The least and the largest power of the battery since the start."""

    def __init__(self, s: Scene) -> None:
        self.least_w = self.most_w = s.house.physics.batteries[0].power_w
        self._s = s
        s.house.each_cycle(self._look)

    def _look(self, _t_s: float) -> None:
        power_w = self._s.house.physics.batteries[0].power_w
        self.least_w, self.most_w = min(self.least_w, power_w), max(self.most_w, power_w)


@KINDS
@pytest.mark.parametrize(("first", "then"), list(itertools.permutations([STOP, KEEP, CHARGE, SLOWLY, SURPLUS_ONLY], 2)))
def test_nothing_is_taken_out_of_the_battery(
    first: BatteryOrder, then: BatteryOrder, version: int, real_time: bool, needs_slot: bool
) -> None:
    async def run(s: Scene) -> None:
        s.twin.plate = s.twin.inverter.plate = Plate(pause_needs_slot=needs_slot)
        await s.hold(first, 4)
        seen = Extremes(s)
        await s.hold(then, 4)
        assert seen.most_w <= 1.0

    scene(run, pv_w=0.0, version=version, real_time=real_time)


@KINDS
@pytest.mark.parametrize(("first", "then"), list(itertools.permutations([STOP, NOT_CHARGE, DISCHARGE], 2)))
def test_nothing_is_put_into_the_battery(
    first: BatteryOrder, then: BatteryOrder, version: int, real_time: bool, needs_slot: bool
) -> None:
    async def run(s: Scene) -> None:
        s.twin.plate = s.twin.inverter.plate = Plate(pause_needs_slot=needs_slot)
        await s.hold(first, 4)
        seen = Extremes(s)
        await s.hold(then, 4)
        assert seen.least_w >= -1.0

    scene(run, pv_w=3000.0, version=version, real_time=real_time)


def test_the_slot_of_an_order_has_begun_when_the_inverters_clock_is_behind() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        await s.givtcp.order("cellar", power(-1000.0))
        start, _ = s.twin.regs.charge_slots[0]
        assert (start.hour, start.minute) == (11, 58)

    scene(run)


def test_an_order_is_repeated_soon_while_a_command_that_was_given_up_may_still_come() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        s.twin.traps.late_s = 170.0
        with pytest.raises(DeviceError, match="it may still come"):
            await s.givtcp.order("cellar", STOP)
        assert s.givtcp.refresh_s == 10.0
        await s.clock.sleep(160.0)
        assert s.givtcp.refresh_s == 60.0

    scene(run)
