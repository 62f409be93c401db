"""Inverters whose rates GivTCP does not know: they are read and paused, and an order that needs a rate is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryOrder
from optimizer.twin.givtcp.registers import Plate
from tests.devices.givtcp.scene import Scene, bounds, power, scene

FAMILIES = pytest.mark.parametrize("model", ["Hybrid_gen3_plus", "Hybrid_polar"])
HOLDS = pytest.mark.parametrize("order", [power(0.0), bounds(discharge_w=0.0), bounds(charge_w=0.0, discharge_w=0.0)])


def family(model: str, run: Callable[[Scene], Awaitable[None]], **traps: Any) -> None:
    async def inside(s: Scene) -> None:
        s.twin.plate = s.twin.inverter.plate = Plate(model=model, listed=False)
        await s.clock.sleep(125)
        await run(s)

    scene(inside, **traps)


@FAMILIES
def test_it_is_read_and_says_that_it_takes_no_rates(model: str) -> None:
    async def run(s: Scene) -> None:
        assert (await s.givtcp.identify()).model == model
        battery = (await s.givtcp.read()).batteries[0]
        assert (battery.power_w.value, battery.soc_percent.value) == (-900.0, 60.0)
        assert (battery.max_charge_w.value, battery.max_charge_w.why) == (None, "the inverter does not report its rate")
        why = await s.givtcp.may_write()
        assert "shows a largest rate of 0 W" in why
        assert "`control: false`" in why

    family(model, run)


@FAMILIES
@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("order", [power(-1000.0), power(1000.0), power(-9000.0), bounds(charge_w=500.0)])
def test_an_order_with_a_rate_is_refused_and_writes_nothing(order: BatteryOrder, version: int, model: str) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="cannot set the rates of this inverter") as caught:
            await s.givtcp.order("cellar", order)
        assert caught.value.fault == "refused"
        assert (s.written(), s.keep.entries) == ([], {})
        assert await s.after(60) == pytest.approx(-900, abs=2)

    family(model, run, version=version)


@HOLDS
def test_it_is_held_by_its_pause_mode_and_handed_back(order: BatteryOrder) -> None:
    async def run(s: Scene) -> None:
        s.weather.pv_w = 0.0
        assert await s.hold(order, 4) == pytest.approx(0.0, abs=2)
        with pytest.raises(DeviceError, match="cannot set the rates"):
            await s.givtcp.order("cellar", power(-1000.0))
        assert await s.after(30) == pytest.approx(0.0, abs=2)
        await s.givtcp.hand_back("cellar")
        assert (s.twin.regs.pause, s.twin.regs.charge_rate, s.twin.regs.discharge_rate) == (0, 50, 50)
        assert await s.after(30) == pytest.approx(600, abs=2)

    family("Hybrid_polar", run)


@HOLDS
def test_a_rate_that_is_shown_as_0_is_not_taken_for_a_hold(order: BatteryOrder) -> None:
    """Version 2 has no pause mode. It shows 0 W for the full rate, so the rate of 0 seems to be set already."""

    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="cannot set the rates"):
            await s.givtcp.order("cellar", order)
        assert s.written() == []

    family("Hybrid_gen3_plus", run, version=2)


def test_a_gen3_plus_that_givtcp_knows_is_controlled() -> None:
    async def run(s: Scene) -> None:
        s.twin.plate = s.twin.inverter.plate = Plate(model="Hybrid_gen3_plus", max_rate_w=5400)
        await s.clock.sleep(125)
        assert await s.givtcp.may_write() == ""
        assert await s.hold(power(-1000.0), 4) == pytest.approx(-952, abs=2)

    scene(run)
