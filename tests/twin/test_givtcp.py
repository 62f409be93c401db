"""The simulated GivTCP against its contract: false answers, late execution, quantised rates, slow caches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec
from optimizer.twin.givtcp import GivTcpTraps, GivTcpTwin
from tests.direct import Direct, Steady, steady_house
from tests.virtual_time import VirtualClock, run_virtually

BATTERY = BatterySpec(capacity_wh=9520.0, max_charge_w=3600.0, max_discharge_w=3600.0, initial_soc_percent=60.0)
CARPORT = ChargerSpec(rated_a=32.0, phase_map=(1,), initial_paused=True, car=CarSpec(phases=1, max_current_a=32.0))
START = datetime(2025, 1, 15, 12, 0, tzinfo=UTC)


class Scene:
    """A GivEnergy plant in a steady house."""

    def __init__(self, pv_w: float = 1500.0, load_w: float = 600.0, **traps: Any) -> None:
        self.clock = VirtualClock(START)
        self.weather = Steady(pv_w, load_w)
        self.house = steady_house(self.clock, self.weather, BATTERY, CARPORT)
        self.twin = GivTcpTwin(self.house, 0, 0, traps=GivTcpTraps(**traps))
        self.client = httpx.AsyncClient(
            transport=Direct(self.twin.answer), base_url="http://givtcp:8099/REST1", timeout=None
        )

    async def post(self, command: str, body: Any) -> str:
        answer = await self.client.post(f"/{command}", json=body)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    async def cache(self) -> Any:
        return (await self.client.get("/runAll")).json()

    async def after(self, seconds: float) -> float:
        await self.clock.sleep(seconds)
        return self.house.advance().batteries[0].power_w


def scene(run: Callable[[Scene], Awaitable[None]], **kwargs: Any) -> None:
    async def main() -> None:
        await run(Scene(**kwargs))

    run_virtually(main())


RECORDED = [
    ("setChargeRate", {"chargeRate": "1000"}, "Setting battery charge rate 1000 was a success"),
    ("setDischargeRate", {"dischargeRate": 1500}, "Setting battery discharge limit 1500 was a success"),
    ("setChargeTarget", {"chargeToPercent": "80"}, "Setting Charge Target 80 was a success"),
    ("setChargeTarget", {"chargeToPercent": 3}, "Setting Charge Target failed: ('ValueError', 'write.py', 335)"),
    ("setChargeTarget", {"chargeToPercent": "x"}, "Setting Charge Target failed: ('ValueError', 'write.py', 332)"),
    ("enableChargeTarget", {"state": "enable"}, "Enabling Charge Target was a success"),
    ("enableChargeTarget", {"state": "on"}, "Setting Charge Target failed: ('KeyError', 'write.py', 321)"),
    ("enableChargeSchedule", {"state": "enable"}, "Setting Charge Schedule to enable was a success"),
    (
        "enableChargeSchedule",
        {"state": "on"},
        "Setting charge schedule on failed: ('UnboundLocalError', 'write.py', 261)",
    ),
    ("enableDischargeSchedule", {"state": "disable"}, "Setting Discharge Schedule to disable was a success"),
    ("setBatteryReserve", {"reservePercent": 2}, "Setting battery reserve 4 was a success"),
    ("setBatteryReserve", {"reservePercent": 101}, "Setting Battery Reserve failed: ('ValueError', 'write.py', 452)"),
    ("setBatteryCutoff", {"dischargeToPercent": 10}, "Setting battery power reserve to 10 was a success"),
    ("setBatteryMode", {"mode": "Timed Export"}, "Setting Timed Export mode was a success"),
    ("setBatteryMode", {"mode": "Eco (Paused)"}, "Setting dynamic mode was a success"),
    ("setBatteryMode", {"mode": "Boost"}, "Invalid Mode requestedBoost"),
    ("setEcoMode", {"state": "enable"}, "Setting Eco Mode enable was a success"),
    ("setBatteryPauseMode", {"state": "PauseBoth"}, "Setting Battery Pause Mode to PauseBoth was a success"),
    ("setBatteryPauseMode", {"state": "enable"}, "Invalid Mode requested: enable"),
    ("setPauseSlot", {"start": "00:00", "finish": "23:59"}, "Setting Pause Slot to: 00:00 - 23:59 was a success"),
    (
        "setPauseSlot",
        {"start": "0000", "finish": "2359"},
        "Setting Battery Pause Slot failed: ('ValueError', 'write.py', 691)",
    ),
    ("setChargeSlot1", {"start": "16:00", "finish": "19:00"}, "Setting Charge Slot 1 to: 16:00 - 19:00 was a success"),
    (
        "setChargeSlot",
        {"start": "16:00", "finish": "19:00", "slot": "11"},
        "Setting Charge Slot 11 failed: ('AttributeError', 'write.py', 664)",
    ),
    (
        "setChargeSlot1",
        {"start": "16:00:00", "finish": "19:00:00"},
        "Setting Charge Slot 1 failed: ('ValueError', 'write.py', 662)",
    ),
    ("setDischargeTarget", {"dischargeToPercent": 45, "slot": 1}, "Setting Discharge Target 1 was a success"),
    (
        "setDateTime",
        {"dateTime": "21/11/2026 03:20:00"},
        "Setting inverter DateTime failed: ('TypeError', 'write.py', 1473)",
    ),
    ("syncDateTime", {}, "Setting inverter time was a success"),
    ("switchRate", {"rate": "day"}, "External rate setting not allowed. Enable Dynamic Tariff in settings"),
    ("setChargeRateAC", {"chargeRate": 75}, "Setting battery charge rate AC to 75% was a success"),
    ("setDischargeRateAC", {"dischargeRate": 0}, "Setting battery discharge rate 0 failed"),
    ("forceCharge", {"duration": "2"}, "Charge successfully forced for 2 minutes"),
    ("forceCharge", {"duration": "Cancel"}, "Error: Force Charge is not currently running"),
    ("forceExport", {"duration": 0}, "Export successfully forced for 0 minutes"),
    ("tempPauseCharge", {"duration": "2"}, "Charge paused for 120.0 seconds"),
    ("tempPauseDischarge", {"duration": "2"}, "Discharge paused for 120.0 seconds"),
    (
        "setExportSlot1",
        {"start": "16:00", "finish": "19:00"},
        "Setting Export Slot 1 failed: ('AttributeError', 'write.py', 664)",
    ),
    (
        "setExportTarget",
        {"exportToPercent": "45", "slot": "1"},
        "Setting Export Target failed: ('AttributeError', 'write.py', 360)",
    ),
]


@pytest.mark.parametrize(("command", "body", "result"), RECORDED)
def test_recorded_answers(command: str, body: dict[str, Any], result: str) -> None:
    async def run(s: Scene) -> None:
        assert json.loads(await s.post(command, body)) == {"result": result}

    scene(run)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("enableDischarge", {"state": "enable"}),
        ("setCarChargeBoost", {"boost": "2500"}),
        ("setForceCharge", {"state": "enabled"}),
        ("setForceDischarge", {"state": "enabled"}),
        ("setACCharge", {"state": "enabled"}),
        ("setDischargeTarget", {"exportToPercent": "45", "slot": "1"}),
    ],
)
def test_commands_that_never_answer(command: str, body: dict[str, Any]) -> None:
    async def run(s: Scene) -> None:
        sent_s = s.clock.monotonic_s()
        assert await s.post(command, body) == "{'result':'Error: REST response timeout. Unknown success'}"
        assert s.clock.monotonic_s() - sent_s == pytest.approx(15, abs=0.5)

    scene(run)


def test_rates_are_floored_and_step_down_when_the_read_back_is_written() -> None:
    async def run(s: Scene) -> None:
        reads = []
        for watts in (1000, 2000, 5000, 0):
            await s.post("setChargeRate", {"chargeRate": watts})
            await s.clock.sleep(10)
            reads.append((await s.cache())["Control"]["Battery_Charge_Rate"])
        assert reads == [952, 1999, 3600, 0]
        await s.post("setChargeRate", {"chargeRate": 1999})
        await s.clock.sleep(10)
        assert (await s.cache())["Control"]["Battery_Charge_Rate"] == 1904
        await s.post("setChargeRate", {"chargeRate": 2000})  # ceil(21 * 9520 / 100)
        await s.clock.sleep(10)
        assert (await s.cache())["Control"]["Battery_Charge_Rate"] == 1999

    scene(run)


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


def test_lies() -> None:
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


VERSION_2 = [
    ("setChargeRate", {"chargeRate": 1524}, "{}", {"charge_rate": 16}),
    ("setChargeRate", {"chargeRate": -5}, "{}", {"charge_rate": 0}),
    ("setChargeTarget", {"chargeToPercent": 80}, "{}", {"target_soc": 80, "enable_target": True}),
    ("setChargeTarget", {"chargeToPercent": 3}, "{}", {"target_soc": 4, "enable_target": True}),
    ("setChargeTarget", {"chargeToPercent": 100}, "{}", {"target_soc": 100, "enable_target": False}),
    ("enableChargeTarget", {"state": "enable"}, "{}", {"enable_target": False}),
    ("enableChargeSchedule", {"state": "on"}, "{}", {"enable_charge": False}),
    ("setChargeSlot1", {"start": "02:00:00", "finish": "04:00:00"}, "{}", {}),
    ("setDischargeSlot1", {"start": "16:00", "finish": "19:00", "dischargeToPercent": "20"}, "500", {"reserve": 4}),
    ("setBatteryMode", {"mode": "Boost"}, '{"result": "Invalid Mode requested"}', {"eco": True}),
    ("setBatteryPauseMode", {"state": "PauseBoth"}, "404", {"pause": 0}),
    ("setEcoMode", {"state": "disable"}, "404", {"eco": True}),
]


@pytest.mark.parametrize(("command", "body", "answer", "registers"), VERSION_2)
def test_version_2_answers_before_it_writes(command: str, body: Any, answer: str, registers: dict[str, Any]) -> None:
    async def run(s: Scene) -> None:
        sent_s = s.clock.monotonic_s()
        assert await s.post(command, body) == answer
        assert s.clock.monotonic_s() - sent_s < 0.1
        await s.after(5)
        assert {name: getattr(s.twin.regs, name) for name in registers} == registers

    scene(run, version=2)


def test_powers_and_signs() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(65)
        power = (await s.cache())["Power"]["Power"]
        assert (power["PV_Power"], power["Load_Power"]) == (6000, 600)
        assert power["Battery_Power"] == pytest.approx(-3600, abs=5)
        assert power["Grid_Power"] == pytest.approx(1800, abs=5)  # + export
        s.twin.traps.three_phase = True
        power = (await s.cache())["Power"]["Power"]
        assert "Grid_Power" not in power
        assert power["Meter_Export_Power"] == pytest.approx(1800, abs=5)
        assert power["Battery_Charge_Power"] == pytest.approx(3600, abs=5)

    scene(run, pv_w=6000.0)


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
    ("settings", "power_w"),
    [
        ([], -900),
        ([("setChargeRate", {"chargeRate": 500})], -476),
        ([("setBatteryPauseMode", {"state": "PauseBoth"})], 0),
        (
            [("setChargeSlot1", {"start": "12:00", "finish": "13:00"}), ("enableChargeSchedule", {"state": "enable"})],
            -3600,
        ),
        (
            [("setChargeSlot1", {"start": "13:00", "finish": "12:30"}), ("enableChargeSchedule", {"state": "enable"})],
            -3600,
        ),
        (
            [("setChargeSlot1", {"start": "13:00", "finish": "14:00"}), ("enableChargeSchedule", {"state": "enable"})],
            -900,
        ),
        (
            [
                ("setDischargeSlot1", {"start": "12:00", "finish": "13:00"}),
                ("setBatteryMode", {"mode": "Timed Export"}),
            ],
            3600,
        ),
        ([("setBatteryMode", {"mode": "Timed Demand"})], -900),
    ],
)
def test_what_the_battery_does(settings: list[tuple[str, dict[str, Any]]], power_w: float) -> None:
    async def run(s: Scene) -> None:
        for command, body in settings:
            assert "success" in await s.post(command, body)
        assert await s.after(60) == pytest.approx(power_w, abs=5)

    scene(run)


def test_reserve_and_target_end_it() -> None:
    async def run(s: Scene) -> None:
        await s.post("setDischargeSlot1", {"start": "12:00", "finish": "18:00", "dischargeToPercent": "58"})
        assert s.twin.regs.reserve == 58
        await s.post("setBatteryMode", {"mode": "Timed Export"})
        assert await s.after(1800) == pytest.approx(0, abs=5)
        assert s.house.physics.batteries[0].soc_percent == pytest.approx(58, abs=0.1)
        await s.post("setBatteryMode", {"mode": "Eco"})
        await s.post("setChargeSlot1", {"start": "12:00", "finish": "18:00", "chargeToPercent": "60"})
        await s.post("enableChargeTarget", {"state": "enable"})
        await s.post("enableChargeSchedule", {"state": "enable"})
        assert await s.after(1800) == pytest.approx(0, abs=5)
        assert s.house.physics.batteries[0].soc_percent == pytest.approx(60, abs=0.2)

    scene(run)


def test_slots_come_back_every_day() -> None:
    async def run(s: Scene) -> None:
        await s.post("setChargeSlot1", {"start": "12:00", "finish": "12:10"})
        await s.post("enableChargeSchedule", {"state": "enable"})
        assert await s.after(60) == pytest.approx(-3600, abs=5)
        assert await s.after(900) == pytest.approx(-900, abs=5)
        s.weather.pv_w = s.weather.load_w  # so that it is not full by tomorrow
        assert await s.after(24 * 3600 - 960 + 120) == pytest.approx(-3600, abs=5)

    scene(run)


def test_forced_charge_reverts_by_itself_and_ratchets_down() -> None:
    async def run(s: Scene) -> None:
        await s.post("setChargeRate", {"chargeRate": 2000})
        assert s.twin.regs.charge_rate == 21
        await s.post("forceCharge", {"duration": "2"})
        assert await s.after(60) == pytest.approx(-3600, abs=5)
        await s.after(90)
        assert (s.twin.regs.charge_rate, s.twin.regs.enable_charge) == (20, False)

    scene(run)


def test_forced_export_and_temporary_pauses_are_cancelled() -> None:
    async def run(s: Scene) -> None:
        await s.post("setBatteryReserve", {"reservePercent": 20})
        await s.post("forceExport", {"duration": "30"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (4, "Timed Export")
        assert "Cancelling" in await s.post("forceExport", {"duration": "Cancel"})
        await s.after(10)
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (20, "Eco")
        await s.post("tempPauseDischarge", {"duration": "30"})
        assert s.twin.regs.discharge_rate == 0
        assert await s.post("tempPauseDischarge", {"duration": "Cancel"}) == "500"
        assert "not currently running" in await s.post("tempPauseCharge", {"duration": "Cancel"})
        await s.after(10)
        assert s.twin.regs.discharge_rate == 50

    scene(run)


def test_eco_puts_the_saved_reserve_back() -> None:
    async def run(s: Scene) -> None:
        await s.post("setBatteryReserve", {"reservePercent": 30})
        await s.post("setBatteryMode", {"mode": "Eco (Paused)"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (100, "Eco (Paused)")
        await s.post("setBatteryMode", {"mode": "Eco"})
        assert (s.twin.regs.reserve, s.twin.regs.mode) == (30, "Eco")

    scene(run)


EVC = [
    ("setChargeControl", {"mode": "Start"}, "started", True),
    ("setChargeControl", {"mode": "start"}, "started", False),
    ("setCurrentLimit", {"current": 16}, "limit_a", 16.0),
    ("setCurrentLimit", {"current": 40}, "limit_a", 32.0),
    ("setCurrentLimit", {"current": 3}, "limit_a", 6.0),
    ("setCurrentLimit", {"current": "10"}, "limit_a", 16.0),
    ("setCurrentLimit", {"current": 10.5}, "limit_a", 16.0),
    ("setChargingMode", {"state": "Solar"}, "mode", "Solar"),
    ("setChargingMode", {"state": "enable"}, "mode", "Grid"),
    ("setChargeMode", "disable", "plug_and_go", False),
    ("setImportCap", {"current": 40}, "import_cap_a", 40.0),
    ("setMaxSessionEnergy", {"energy": 20.5}, "max_session_kwh", 20.5),
    ("setMaxSessionEnergy", {"energy": "20.5"}, "broken", True),
]


@pytest.mark.parametrize(("command", "body", "key", "value"), EVC)
def test_every_charger_command_answers_500(command: str, body: Any, key: str, value: Any) -> None:
    async def run(s: Scene) -> None:
        assert s.twin.evc is not None
        assert await s.post(command, body) == "500"
        assert getattr(s.twin.evc, key) == value

    scene(run)


def test_charger_charges_and_shows_it() -> None:
    async def run(s: Scene) -> None:
        await s.post("setCurrentLimit", {"current": 10})
        await s.post("setChargeControl", {"mode": "Start"})
        await s.clock.sleep(60)
        car = (await s.client.get("/getEVCCache")).json()["Charger"]
        assert (car["Charging_State"], car["Charge_Limit"], car["Charge_Control"]) == ("Charging", 10.0, "Start")
        assert car["Active_Power_L1"] == 2300
        assert car["Import_Cap"] == 0
        await s.post("setChargeControl", {"mode": "Stop"})
        await s.clock.sleep(30)
        car = (await s.client.get("/getEVCCache")).json()["Charger"]
        assert (car["Charging_State"], car["Active_Power"]) == ("Connected", 0)

    scene(run)


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
