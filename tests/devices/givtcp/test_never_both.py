"""Charging and discharging are never forced at once: not on the way from one to the other, nor when a write fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import time
from typing import Any

import pytest

from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryOrder
from tests.devices.givtcp.scene import Scene, power, scene

AROUND_NOW = (time(11, 0), time(15, 0))
CHARGE, DISCHARGE = power(-1000.0), power(2000.0)
CACHES = pytest.mark.parametrize("soon_s", [4.0, None])


def free(_s: Scene) -> None:
    """The owner forces nothing."""


def charging(s: Scene) -> None:
    s.twin.regs.enable_charge, s.twin.regs.charge_slots[0] = True, AROUND_NOW


def exporting(s: Scene) -> None:
    regs = s.twin.regs
    regs.eco, regs.enable_discharge, regs.discharge_slots[0] = False, True, AROUND_NOW
    regs.charge_slots[0] = AROUND_NOW  # switched off


def timed_demand(s: Scene) -> None:
    exporting(s)
    s.twin.regs.eco = True


def both(s: Scene) -> bool:
    regs, now = s.twin.regs, s.twin._local(s.house.t_s).time().replace(tzinfo=None)
    charge = regs.enable_charge and any(start <= now < end for start, end in regs.charge_slots)
    return charge and regs.enable_discharge and any(start <= now < end for start, end in regs.discharge_slots)


@asynccontextmanager
async def watched(s: Scene) -> AsyncIterator[None]:
    """Looks each second, from when the caches show what the owner has set."""
    await s.clock.sleep(125)
    seen_s: list[float] = []

    async def watch() -> None:
        while True:
            await s.clock.sleep(1.0)
            if both(s):
                seen_s.append(s.clock.monotonic_s())

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()
    assert seen_s == []


@CACHES
@pytest.mark.parametrize("owner", [free, charging, exporting, timed_demand])
@pytest.mark.parametrize("orders", [(CHARGE, DISCHARGE), (DISCHARGE, CHARGE)])
def test_from_one_to_the_other_and_back(
    orders: tuple[BatteryOrder, ...], owner: Callable[[Scene], None], soon_s: float | None
) -> None:
    async def run(s: Scene) -> None:
        owner(s)
        regs = s.twin.regs
        before = (regs.eco, regs.enable_charge, regs.enable_discharge, regs.charge_slots[0], regs.discharge_slots[0])
        async with watched(s):
            for order in orders:
                forced_w = await s.hold(order, 12)
                assert forced_w == pytest.approx(-952 if order is CHARGE else 1999, abs=2)
            await s.givtcp.hand_back("cellar")
        after = (regs.eco, regs.enable_charge, regs.enable_discharge, regs.charge_slots[0], regs.discharge_slots[0])
        assert (after, "cellar" in s.keep.entries) == (before, False)

    scene(run, soon_s=soon_s)


@pytest.mark.parametrize(
    ("first", "then", "deaf", "owner"),
    [
        (CHARGE, DISCHARGE, "enableChargeSchedule", free),
        (CHARGE, DISCHARGE, "enableChargeSchedule", charging),
        (DISCHARGE, CHARGE, "setBatteryMode", free),
        (CHARGE, None, "enableChargeSchedule", exporting),
        (DISCHARGE, None, "setBatteryMode", charging),
    ],
)
def test_what_does_not_end_keeps_the_other_from_starting(
    first: BatteryOrder, then: BatteryOrder | None, deaf: str, owner: Callable[[Scene], None]
) -> None:
    async def go_on(s: Scene) -> Any:
        return await (s.givtcp.hand_back("cellar") if then is None else s.givtcp.order("cellar", then))

    async def run(s: Scene) -> None:
        owner(s)
        async with watched(s):
            await s.hold(first, 5)
            s.twin.traps.lies = {deaf: "success"}
            for _ in range(2):
                with pytest.raises(DeviceError, match=deaf):
                    await go_on(s)
            s.twin.traps.lies = {}
            await go_on(s)
        assert ("cellar" in s.keep.entries) == (then is not None)

    scene(run)
