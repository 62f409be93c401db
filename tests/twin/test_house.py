"""The assembled house: endpoints, one physics behind all of them, and the ledger of a run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import httpx
import pytest

from optimizer.model.clock import ScaledClock
from optimizer.twin.faults import EVERYDAY
from optimizer.twin.house import HOUSES, HouseSpec, small_house, start_house
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.trace import Trace
from optimizer.twin.weather import Weather
from tests.direct import Steady
from tests.twin.hand_clock import NOON, HandClock


async def test_the_small_house_is_one_house() -> None:
    clock = HandClock()
    house = await start_house(small_house(Steady(4000.0, 500.0)), clock)
    try:
        assert sorted(house.endpoints) == ["carport", "carport_modbus", "fems"]
        async with httpx.AsyncClient(auth=("x", "owner")) as http:
            kick, edge = house.endpoints["carport"], house.endpoints["fems"]
            await http.get(f"{kick}/control?current_set=8.0")
            await http.get(f"{kick}/control?phase_count=1")
            await http.get(f"{kick}/control?charge_pause=0")
            clock.pass_s(60.0)
            car = (await http.get(f"{kick}/values")).json()["powerflow"]["total_active_power"]
            flows = (await http.get(f"{edge}/rest/channel/_sum/(Grid|Consumption|Production)ActivePower")).json()
            ess = (await http.get(f"{edge}/rest/channel/_sum/EssDischargePower")).json()["value"]
        power = {c["address"][5:]: c["value"] for c in flows}
        assert car == pytest.approx(8.0 * 230.0, rel=0.01)
        assert power["ConsumptionActivePower"] == pytest.approx(car + 500.0, abs=2)
        assert power["GridActivePower"] == pytest.approx(500.0 + car - 4000.0 - ess, abs=2)
    finally:
        await house.stop()
        await house.stop()


async def test_the_ledger_closes_over_a_day_of_a_trace() -> None:
    minutes = 600
    trace = Trace(NOON, [3000.0] * minutes, [500.0] * minutes)
    clock = HandClock()
    house = await start_house(small_house(trace), clock)
    try:
        async with httpx.AsyncClient(auth=("x", "owner")) as http:
            for _ in range(10):
                await http.get(f"{house.endpoints['carport']}/control?current_set=7.0&charge_pause=0")
                await http.post(f"{house.endpoints['fems']}/rest/channel/ess0/SetActivePowerEquals", json={"value": 0})
                clock.pass_s(50.0)
            clock.pass_s(3600.0)
        s = house.summary()
    finally:
        await house.stop()
    assert s.duration_s == 4100.0
    assert s.ev_from_grid_wh + s.ev_from_surplus_wh == pytest.approx(s.ev_wh)
    assert 0 < s.ev_from_surplus_wh < s.ev_wh
    assert s.writes == {"carport": {"current": 10, "pause": 10}, "fems": {"setpoint": 10}}
    assert s.longest_gap_s == {"fems": 60.0}
    assert s.lapses == {"fems": 1}
    assert (s.starts, s.phase_switches, s.unsafe) == (1, 0, ())
    assert len(s.soc_percent) == 1
    assert s.pv_wh == pytest.approx(3000.0 * 4100 / 3600)


async def test_a_run_does_not_depend_on_when_it_was_looked_at() -> None:
    results = []
    for stride in (0.75, 12.5, 600.0):
        clock = HandClock()
        house = await start_house(replace(small_house(), twins=(partial(NrgkickTwin, spec=NrgkickSpec()),)), clock)
        house.physics.chargers[0].command(0.0, 3, 9.0)
        passed = 0.0
        while passed < 1800.0:
            clock.pass_s(stride)
            passed += stride
            house.live.advance()
        clock.pass_s(1900.0 - passed)
        results.append(house.summary())
        await house.stop()
    assert results[0] == results[1] == results[2]


async def test_a_clock_that_runs_fast_carries_the_house_with_it() -> None:
    weather = Weather(first_sky="clear")
    clock = ScaledClock(weather.start, 3600.0)
    house = await start_house(small_house(weather), clock)
    try:
        await clock.sleep(60.0)
        assert house.physics.t_s >= 60.0
        assert house.physics.pv_w > 3000.0
        assert house.live.wall() >= weather.start
    finally:
        await house.stop()


async def test_everyday_faults_can_be_put_on_all_devices() -> None:
    house = await start_house(small_house(Steady()), HandClock())
    try:
        house.faults.everywhere(house.twins, EVERYDAY)
        struck = [house.faults.pick("fems", 0.0) for _ in range(1000)]
        assert 20 < sum(f is not None for f in struck) < 100
    finally:
        await house.stop()


async def test_two_devices_of_one_name_are_refused() -> None:
    twin = partial(NrgkickTwin, spec=NrgkickSpec())
    with pytest.raises(ValueError, match="same name"):
        await start_house(HouseSpec(twins=(twin, twin)), HandClock())


async def test_a_device_that_cannot_start_takes_the_others_down_again() -> None:
    clock = HandClock()
    stopped: list[str] = []

    class Broken(NrgkickTwin):
        async def start(self) -> dict[str, str]:
            raise OSError("no port left")

        async def stop(self) -> None:
            stopped.append(self.name)
            await super().stop()

    twins = (partial(NrgkickTwin, spec=NrgkickSpec()), partial(Broken, spec=NrgkickSpec("broken")))
    with pytest.raises(OSError, match="no port left"):
        await start_house(HouseSpec(twins=twins, source=Steady()), clock)
    assert stopped == ["broken"]


@pytest.mark.parametrize("name", HOUSES)
async def test_houses_have_names_and_start(name: str) -> None:
    spec = HOUSES[name](Steady(), 1)
    assert spec.name == name
    house = await start_house(spec, HandClock())
    await house.stop()
    assert {"carport", "carport_modbus", "fems"} <= set(house.endpoints)


async def test_the_full_house_speaks_all_protocols() -> None:
    clock = HandClock()
    house = await start_house(HOUSES["full"](Steady(4000.0, 500.0), 1), clock)
    try:
        assert set(house.endpoints) == {
            "carport", "carport_modbus", "fems", "sonnen_v1", "sonnen_v2", "givtcp_rest", "givtcp_direct",
            "boiler", "pool",
        }  # fmt: skip
        clock.pass_s(180.0)
        async with httpx.AsyncClient(auth=("x", "owner")) as http:
            sonnen = (await http.get(f"{house.endpoints['sonnen_v2']}/api/v2/status")).json()
            givtcp = (await http.get(f"{house.endpoints['givtcp_rest']}/runAll")).json()
            fems = (await http.get(f"{house.endpoints['fems']}/rest/channel/_sum/EssDischargePower")).json()
        assert sonnen["Production_W"] == 4000
        assert givtcp["Power"]["Power"]["PV_Power"] == 4000
        batteries_w = [battery.power_w for battery in house.physics.batteries]
        assert sum(batteries_w) == pytest.approx(-3500, abs=5)
        assert fems["value"] == round(batteries_w[0])
    finally:
        await house.stop()
