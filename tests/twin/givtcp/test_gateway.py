"""The simulated REST side: late execution, slow caches, versions, wrong requests, and sockets."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from optimizer.twin.givtcp import GivTcpTwin
from tests.direct import Direct, Steady, steady_house
from tests.twin.givtcp.scene import BATTERY, Scene, scene


def test_after_one_timeout_every_answer_is_its_predecessors() -> None:
    async def run(s: Scene) -> None:
        s.twin.traps.link = False
        assert "timeout" in await s.post("setChargeRate", {"chargeRate": 1000})
        assert s.twin.regs.charge_rate == 50
        s.twin.traps.link = True
        await s.clock.sleep(60)
        s.house.advance()
        assert s.twin.regs.charge_rate == 10  # carried out long after the answer
        assert "rate 1000 was" in await s.post("setChargeRate", {"chargeRate": 2500})
        await s.clock.sleep(2)
        assert "rate 2500 was" in await s.post("setChargeRate", {"chargeRate": 700})
        assert "limit 900 was" in await s.post("setDischargeRate", {"dischargeRate": 900})  # only this command's

    scene(run)


def test_a_false_answer_says_the_opposite_of_the_register() -> None:
    async def run(s: Scene) -> None:
        assert "success" in await s.post("setChargeRate", {"chargeRate": 1000})
        assert s.twin.regs.charge_rate == 50
        assert "failed" in await s.post("setDischargeRate", {"dischargeRate": 1000})
        assert s.twin.regs.discharge_rate == 10

    scene(run, lies={"setChargeRate": "success", "setDischargeRate": "failure"})


def test_two_at_once_answer_500_and_both_work() -> None:
    async def run(s: Scene) -> None:
        first, second = await asyncio.gather(
            s.post("setChargeRate", {"chargeRate": 1000}), s.post("setDischargeRate", {"dischargeRate": 1000})
        )
        assert "success" in first
        assert second == "500"
        await s.clock.sleep(5)
        s.house.advance()
        assert (s.twin.regs.charge_rate, s.twin.regs.discharge_rate) == (10, 10)
        assert len(s.house.ledger.unsafe) == 1

    scene(run)


def test_cache_shows_the_writes_of_others_partly_and_fully() -> None:
    async def run(s: Scene) -> None:
        stale = await s.cache()
        s.twin.regs.enable_discharge, s.twin.regs.charge_rate, s.twin.regs.pause = True, 10, 1
        await s.clock.sleep(35)
        part = await s.cache()
        assert part["Control"]["Enable_Discharge_Schedule"] == "enable"
        assert (part["Control"]["Battery_Charge_Rate"], part["Control"]["Battery_pause_mode"]) == (3600, "Disabled")
        assert part["Stats"]["Last_Updated_Time"] > stale["Stats"]["Last_Updated_Time"]
        await s.clock.sleep(120)
        full = await s.cache()
        assert (full["Control"]["Battery_Charge_Rate"], full["Control"]["Battery_pause_mode"]) == (952, "PauseCharge")

    scene(run)


def test_version_3_shows_a_command_at_once_under_the_old_stamp() -> None:
    async def run(s: Scene) -> None:
        before = await s.cache()
        await s.post("setChargeRate", {"chargeRate": 1000})
        await s.post("setBatteryMode", {"mode": "Timed Export"})
        await s.post("setPauseSlot", {"start": "16:00", "finish": "19:00"})
        now = await s.cache()
        assert now["Stats"]["Last_Updated_Time"] == before["Stats"]["Last_Updated_Time"]
        control = now["Control"]
        assert (control["Battery_Charge_Rate"], control["Mode"], control["Eco_Mode"]) == (952, "Timed Export", "enable")
        assert control["Battery_pause_start_time_slot"] == "1900-01-01 16:00:00"
        assert now["Timeslots"]["Battery_pause_start_time_slot"] == "00:00:00"
        await s.clock.sleep(31)
        now = await s.cache()
        assert (now["Control"]["Eco_Mode"], now["Timeslots"]["Battery_pause_start_time_slot"]) == (
            "disable",
            "16:00:00",
        )

    scene(run)


def test_versions_differ() -> None:
    async def run(s: Scene) -> None:
        three = await s.cache()
        assert three["Stats"]["status"] == "online"
        assert three["SA0000G000"]["Battery_Capacity_kWh"] == 9.52
        assert all(isinstance(value, str) for value in three["raw"]["invertor"].values())
        s.twin.traps.version = 2
        two = await s.cache()
        assert "Stats" not in two
        assert two["Invertor_Details"]["Invertor_Max_Bat_Rate"] == 3600
        assert two["Last_Updated_Time"] == three["Stats"]["Last_Updated_Time"]

    scene(run)


def test_frozen_data_says_online() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        before = await s.cache()
        s.twin.traps.frozen = True
        await s.clock.sleep(600)
        assert await s.cache() == before

    scene(run)


def test_bodies_that_are_none() -> None:
    async def run(s: Scene) -> None:
        assert await s.cache() == {"result": "No register data cache exists, try again later"}
        s.twin.traps.body = "empty"
        assert "Power" not in await s.cache()

    scene(run, body="no cache")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/setChargeRate", 405),
        ("POST", "/runAll", 405),
        ("GET", "/setChargeControl", 405),
        ("GET", "/nonsense", 404),
        ("GET", "/reboot", 500),
        ("GET", "/runAll/deeper", 404),
        ("POST", "/setChargeSlot1", 500),
    ],
)
def test_wrong_requests(method: str, path: str, status: int) -> None:
    async def run(s: Scene) -> None:
        assert (await s.client.request(method, path, content=b"no json")).status_code == status
        other = httpx.AsyncClient(transport=Direct(s.twin.answer), base_url="http://givtcp:8099/REST2")
        assert (await other.get("/runAll")).status_code == 404

    scene(run)


async def test_both_ports_over_sockets() -> None:
    from optimizer.model.clock import SystemClock

    house = steady_house(SystemClock(), Steady(), BATTERY)
    twin = GivTcpTwin(house)
    urls = await twin.start()
    try:
        assert urls["rest"].endswith("/REST1")
        async with httpx.AsyncClient() as client:
            bodies = [(await client.get(f"{url}/readData")).json() for url in urls.values()]
            assert bodies[0] == bodies[1]
            assert (await client.get(f"{urls['direct']}/getEVCCache")).json() == "No EVC data found"
    finally:
        await twin.stop()
