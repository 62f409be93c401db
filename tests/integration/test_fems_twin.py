"""The FEMS adapter against the simulated Edge, which was written without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.fems import Fems
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.port import DeviceError
from optimizer.devices.registry import make_fems
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder
from optimizer.model.state import Battery
from optimizer.twin.battery import BatterySpec
from tests.twin.scene import Scene, fems_scene

AC = BatterySpec(initial_soc_percent=50.0)
HYBRID = BatterySpec(initial_soc_percent=50.0, dc_pv_share=1.0)
HALF_HYBRID = BatterySpec(initial_soc_percent=50.0, dc_pv_share=0.5)


def power(watts: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, power_w=watts)


def bounds(discharge_w: float | None = None, charge_w: float | None = None) -> BatteryOrder:
    return BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=discharge_w, max_charge_w=charge_w)


HOLD = bounds(0)


@asynccontextmanager
async def scene(*batteries: BatterySpec, password: str = "owner", **how: Any) -> AsyncIterator[tuple[Scene, Fems]]:
    """A twin and the adapter on it; batteries are named cellar0, cellar1, …"""
    cells = batteries or (AC,)
    async with fems_scene(*cells, **how) as running:
        ess = tuple(EssConfig(f"cellar{i}", f"ess{i}", cell.dc_pv_share > 0) for i, cell in enumerate(cells))
        config = FemsConfig("roof", running.house.endpoints["fems"], password=password, ess=ess)
        adapter = make_fems(config, running.clock, MemoryKeep())
        assert isinstance(adapter, Fems)
        try:
            yield running, adapter
        finally:
            await adapter.close()


async def battery(fems: Fems, index: int = 0) -> Battery:
    return (await fems.read()).batteries[index]


async def test_reading() -> None:
    async with scene(pv_w=3000.0, load_w=1000.0) as (running, fems):
        running.pass_s(70)
        sample = await fems.read()
        assert sample.grid is not None
        assert sample.pvs[0].power_w.value == pytest.approx(3000, abs=5)
        assert sample.batteries[0].power_w.value == pytest.approx(-2000, abs=20)
        assert sample.grid.power_w.value == pytest.approx(0, abs=20)
        assert sample.grid.on_grid.value is True
        assert len(sample.grid.phase_current_a) == 3
        assert sample.pvs[0].energy_total_wh.known
        assert sample.batteries[0].max_charge_w.value == 5000
        assert sample.batteries[0].soc_percent.value == pytest.approx(50, abs=1)


@pytest.mark.parametrize("old_errors", [False, True])
async def test_taking_holding_changing_and_releasing(old_errors: bool) -> None:
    async with scene(load_w=1000.0, old_errors=old_errors) as (running, fems):
        for order, expected_w in [
            (power(-3000), -3000),
            (power(2000), 2000),
            (HOLD, 0),
            (bounds(400), 400),
            (bounds(charge_w=0), 1000),
            (power(-500), -500),
            (bounds(5000, 5000), 1000),
        ]:
            await fems.order("cellar0", order)
            running.pass_s(20)
            seen = await battery(fems)
            assert seen.power_w.value == pytest.approx(expected_w, abs=20), order
            assert seen.setpoint_w.value == pytest.approx(expected_w, abs=20), order
        await fems.hand_back("cellar0")
        assert running.fems.written == {}
        running.pass_s(20)
        assert (await battery(fems)).power_w.value == pytest.approx(1000, abs=20)
        assert running.incidents == []


@pytest.mark.parametrize(("cell", "pv_w"), [(HYBRID, 3000.0), (HALF_HYBRID, 4000.0)])
async def test_a_hybrid_is_told_the_battery_and_not_its_pv(cell: BatterySpec, pv_w: float) -> None:
    async with scene(cell, pv_w=pv_w, load_w=5500.0) as (running, fems):
        running.pass_s(5)
        for order, expected_w in [(power(-1000), -1000), (power(700), 700), (HOLD, 0), (bounds(300), 300)]:
            await fems.order("cellar0", order)
            running.pass_s(20)
            assert (await battery(fems)).power_w.value == pytest.approx(expected_w, abs=20), order
        running.source.pv_w = pv_w / 2
        running.pass_s(3)
        await fems.order("cellar0", HOLD)
        running.pass_s(20)
        assert (await battery(fems)).power_w.value == pytest.approx(0, abs=20)
        assert running.incidents == []


async def test_several_batteries_are_told_apart() -> None:
    async with scene(AC, AC, load_w=0.0) as (running, fems):
        await fems.order("cellar0", power(-1000))
        await fems.order("cellar1", power(600))
        running.pass_s(20)
        first, second = (await fems.read()).batteries
        assert first.power_w.value == pytest.approx(-1000, abs=20)
        assert second.power_w.value == pytest.approx(600, abs=20)
        await fems.hand_back("cellar0")
        assert {component for component, _ in running.fems.written} == {"ess1"}


async def test_what_a_crash_left_behind_is_withdrawn_by_the_next_start() -> None:
    async with scene(load_w=1000.0) as (running, fems):
        running.fems.write("ess0", "SetActivePowerEquals", -2500)
        running.pass_s(10)
        await fems.order("cellar0", HOLD)
        assert set(running.fems.written) == {("ess0", "SetActivePowerLessOrEquals")}
        await fems.order("cellar0", AUTO)
        assert running.fems.written == {}
        assert running.incidents == []


async def test_its_own_timeout_takes_over_when_nobody_refreshes() -> None:
    async with scene(load_w=1000.0) as (running, fems):
        await fems.order("cellar0", power(-2000))
        for _ in range(4):
            running.pass_s(fems.refresh_s)
            await fems.order("cellar0", power(-2000))
        assert (await battery(fems)).power_w.value == pytest.approx(-2000, abs=20)
        running.pass_s(120)
        assert (await battery(fems)).power_w.value == pytest.approx(1000, abs=20)


@pytest.mark.parametrize("old_errors", [False, True])
@pytest.mark.parametrize(("password", "reads"), [("user", True), ("hunter2", False)])
async def test_credentials_in_both_regimes(old_errors: bool, password: str, reads: bool) -> None:
    async with scene(password=password, old_errors=old_errors) as (_, fems):
        if reads:
            assert (await battery(fems)).power_w.known
        else:
            with pytest.raises(DeviceError) as raised:
                await fems.read()
            assert raised.value.fault == "unauthorized"
        with pytest.raises(DeviceError) as raised:
            await fems.order("cellar0", HOLD)
        assert raised.value.fault == "unauthorized"
        assert "hunter2" not in str(raised.value)
        if reads:
            assert (await battery(fems)).power_w.known


@pytest.mark.parametrize("old_errors", [False, True])
async def test_a_component_that_is_not_there(old_errors: bool) -> None:
    async with fems_scene(old_errors=old_errors) as running:
        config = FemsConfig(
            "roof", running.house.endpoints["fems"], password="owner", ess=(EssConfig("attic", "ess7"),)
        )
        fems = make_fems(config, running.clock, MemoryKeep())
        assert isinstance(fems, Fems)
        seen = await battery(fems)
        for reading in (seen.power_w, seen.soc_percent, seen.setpoint_w):
            assert (reading.value, reading.why) == (None, "FEMS has no storage system “ess7”; it has ess0")
        assert fems.contradictions == (
            "FEMS has no storage system “ess7”; it has ess0: set `component` of battery attic",
        )
        with pytest.raises(DeviceError, match="no such component") as raised:
            await fems.order("attic", HOLD)
        assert raised.value.fault == "refused"
        await fems.close()


async def test_a_dead_meter_makes_sums_unknown() -> None:
    async with scene() as (running, fems):
        running.fems.dead.add("meter0")
        running.pass_s(2)
        sample = await fems.read()
        assert sample.grid is not None
        assert (sample.grid.power_w.value, sample.pvs[0].power_w.value) == (None, None)


async def test_an_island() -> None:
    async with scene() as (running, fems):
        running.fems.grid_mode = 2
        sample = await fems.read()
        assert sample.grid is not None
        assert sample.grid.on_grid.value is False


FULL = BatterySpec(initial_soc_percent=100.0, dc_pv_share=1.0, recharge_soc_percent=98.0)


async def held(running: Scene, fems: Fems, seconds: int, order: BatteryOrder = HOLD) -> list[tuple[float, float]]:
    """(PV, battery) in W each second, as a worker would hold: each 20 s, and at once where the adapter wants it."""
    written_s, seen = -100.0, []
    for _ in range(seconds):
        running.pass_s(1.0)
        await fems.read()
        now_s = running.clock.monotonic_s()
        if now_s - written_s >= fems.refresh_s or fems.is_outdated("cellar0"):
            await fems.order("cellar0", order)
            written_s = now_s
        physics = running.house.physics
        seen.append((physics.pv_w, physics.battery_w))
    return seen


@pytest.mark.parametrize(
    ("inverter", "order"),
    [
        *(("goodwe", order) for order in (HOLD, power(0), power(-2000), bounds(0, 0))),
        # Its dawn takes long, and each order is held by the same code.
        *(("curtails", order) for order in (HOLD, bounds(0, 0))),
    ],
)
async def test_a_full_hybrid_is_held_and_its_pv_is_used(inverter: str, order: BatteryOrder) -> None:
    async with scene(FULL, pv_w=6000.0, load_w=8000.0, pid=False, inverter=inverter) as (running, fems):
        steady = await held(running, fems, 60, order)
        least_w = 0.0 if inverter == "goodwe" else 50.0  # a GoodWe is held below its PV, which it lets pass
        assert all(abs(battery_w) <= least_w + 30.0 for _, battery_w in steady[20:])
        running.source.pv_w = 1000.0
        await held(running, fems, 30, order)
        running.source.pv_w = 6000.0
        after = await held(running, fems, 60, order)
        assert after[-1][0] == pytest.approx(6000.0, abs=5.0)
        assert after[-1][1] == pytest.approx(least_w, abs=2.0 if inverter == "goodwe" else 30.0)
        discharged_wh = sum(max(0.0, battery_w) for _, battery_w in after) / 3600.0
        assert discharged_wh < 5.0
        running.source.pv_w = 0.0
        await held(running, fems, 60, order)
        running.source.pv_w = 5000.0
        # One that curtails takes 383 s to let its whole PV in again.
        dawn = await held(running, fems, 60 if inverter == "goodwe" else 400, order)
        assert dawn[-1][0] == pytest.approx(5000.0, abs=5.0)
        await fems.hand_back("cellar0")
        assert running.fems.written == {}
        assert running.incidents == []


async def test_a_cloud_over_a_held_hybrid_leaks_little_and_a_steady_sun_needs_few_writes() -> None:
    async with scene(HYBRID, pv_w=6000.0, load_w=9000.0, pid=False) as (running, fems):
        await held(running, fems, 20)
        before = running.house.ledger.writes["fems"]["setpoint"]
        await held(running, fems, 100)
        assert running.house.ledger.writes["fems"]["setpoint"] - before <= 6
        leak_wh = 0.0
        for pv_w in (4300.0, 2600.0, 1000.0, *[1000.0] * 20):
            running.source.pv_w = pv_w
            leak_wh += sum(max(0.0, battery_w) for _, battery_w in await held(running, fems, 1)) / 3600.0
        assert leak_wh < 3.0
        assert (await battery(fems)).power_w.value == pytest.approx(0.0, abs=20.0)


@pytest.mark.parametrize("old_errors", [False, True])
async def test_a_hand_back_beside_a_controller_that_holds_a_constant_is_done_in_seconds(old_errors: bool) -> None:
    async with scene(load_w=1500.0, old_errors=old_errors) as (running, fems):
        await fems.order("cellar0", HOLD)
        running.fems.dominant["ess0"] = -1200
        running.pass_s(20.0)
        begun_s = running.clock.monotonic_s()
        await fems.hand_back("cellar0")
        assert running.clock.monotonic_s() - begun_s <= 3.0
        assert running.fems.written == {}


async def test_while_an_edge_starts_its_values_are_unknown_and_then_all_is_as_before() -> None:
    async with scene(load_w=1000.0) as (running, fems):
        running.pass_s(30.0)
        await fems.read()
        running.fems.restart()
        with pytest.raises(DeviceError):
            await fems.read()
        running.pass_s(5.0)
        sample = await fems.read()
        assert sample.grid is not None
        assert (sample.grid.power_w.value, sample.batteries[0].power_w.value) == (None, None)
        running.pass_s(30.0)
        sample = await fems.read()
        assert sample.grid is not None
        assert sample.grid.power_w.known
        assert fems.contradictions == ()
        await fems.order("cellar0", HOLD)
        running.pass_s(20.0)
        assert (await battery(fems)).power_w.value == pytest.approx(0.0, abs=5.0)


@pytest.mark.parametrize(("cell", "flag", "word"), [(HYBRID, False, "`hybrid: true`"), (AC, True, "`hybrid: false`")])
async def test_a_wrong_flag_is_noticed_by_the_first_reading(cell: BatterySpec, flag: bool, word: str) -> None:
    async with fems_scene(cell) as running:
        url = running.house.endpoints["fems"]
        config = FemsConfig("roof", url, password="owner", ess=(EssConfig("cellar0", "ess0", flag),))
        fems = make_fems(config, running.clock, MemoryKeep())
        assert isinstance(fems, Fems)
        await fems.read()
        assert word in "; ".join(fems.contradictions)
        await fems.close()
