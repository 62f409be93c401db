"""The record of the settings from before was damaged: what is seen to be ours is ended all the same."""

from __future__ import annotations

from datetime import time

import pytest

from optimizer.devices.givtcp.plan import without_leases
from optimizer.model.decision import BatteryOrder
from tests.devices.givtcp.scene import Scene, bounds, power, scene

EVENING = (time(16, 0), time(19, 0))
NONE = (time(0, 0), time(0, 0))


@pytest.mark.parametrize(
    ("order", "broken"),
    [(power(-1000.0), False), (power(2000.0), True), (bounds(discharge_w=0.0), False)],
)
def test_a_lease_of_ours_is_ended(order: BatteryOrder, broken: bool) -> None:
    """Also while the disk takes nothing."""

    async def run(s: Scene) -> None:
        await s.hold(order, 8)
        s.keep.save("cellar", {})
        s.keep.broken = broken
        await s.adapter().hand_back("cellar")
        regs = s.twin.regs
        assert (regs.mode, regs.enable_charge, regs.pause, "cellar" in s.keep.entries) == ("Eco", False, 0, False)
        assert [regs.charge_slots[0], regs.discharge_slots[0], regs.pause_slot] == [NONE] * 3
        s.weather.load_w = s.weather.pv_w
        for _ in range(24):
            assert await s.after(3600) == pytest.approx(0, abs=2)  # also at the same time on the next day

    scene(run)


def test_what_is_not_ours_stays() -> None:
    async def run(s: Scene) -> None:
        regs = s.twin.regs
        regs.eco, regs.enable_discharge, regs.enable_charge = False, True, True
        regs.charge_slots[0] = regs.discharge_slots[0] = EVENING
        await s.clock.sleep(125)
        s.keep.save("cellar", {})
        await s.givtcp.hand_back("cellar")
        assert (s.written(), "cellar" in s.keep.entries) == ([], False)

    scene(run)


def test_an_order_before_the_hand_back_does_not_take_our_own_lease_for_the_owners() -> None:
    async def run(s: Scene) -> None:
        await s.hold(power(2000.0), 8)
        s.keep.save("cellar", {})
        s.givtcp = s.adapter()
        await s.hold(power(-1000.0), 8)
        await s.givtcp.hand_back("cellar")
        regs = s.twin.regs
        assert (regs.mode, regs.enable_charge, regs.charge_slots[0], regs.discharge_slots[0]) == (
            "Eco",
            False,
            NONE,
            NONE,
        )

    scene(run)


def test_without_a_record_a_short_slot_is_the_owners() -> None:
    async def run(s: Scene) -> None:
        s.twin.regs.charge_slots[0] = short = (time(3, 0), time(3, 10))
        await s.clock.sleep(125)
        await s.givtcp.hand_back("cellar")
        await s.hold(power(-1000.0), 5)
        await s.givtcp.hand_back("cellar")
        assert s.twin.regs.charge_slots[0] == short

    scene(run)


@pytest.mark.parametrize(
    ("slot", "ours"),
    [
        ("12:00-12:15", True),
        ("23:50-23:59", True),
        ("12:00-12:32", True),
        ("12:00-12:33", False),
        ("23:55-00:05", True),
        ("00:00-00:00", False),
    ],
)
def test_how_long_a_slot_of_ours_is(slot: str, ours: bool) -> None:
    seen = {"charge_slot": slot, "charge_on": "enable", "charge_rate": 1047}
    assert without_leases(seen) == (
        {"charge_slot": "00:00-00:00", "charge_on": "disable", "charge_rate": 1047} if ours else seen
    )
