"""The simulated sonnen against its contract: what it answers, what it keeps, what it ignores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import pytest

from optimizer.model.clock import SystemClock
from optimizer.twin.battery import BatterySpec
from optimizer.twin.live import LiveHouse
from optimizer.twin.sonnen import MANUAL, SonnenTraps, SonnenTwin
from tests.direct import Direct, Steady, steady_house
from tests.virtual_time import VirtualClock, run_virtually

CELLAR = BatterySpec(capacity_wh=10_000.0, max_charge_w=4600.0, max_discharge_w=4600.0, max_apparent_w=4600.0)
TOKEN = {"Auth-Token": "secret-token"}


class Scene:
    """A sonnen in a steady house, with a client for each of its APIs."""

    def __init__(self, pv_w: float = 3000.0, load_w: float = 500.0, **traps: Any) -> None:
        self.clock = VirtualClock()
        self.house: LiveHouse = steady_house(self.clock, Steady(pv_w, load_w), CELLAR)
        self.twin = SonnenTwin(self.house, traps=SonnenTraps(**traps))
        self.v1 = httpx.AsyncClient(transport=Direct(self.twin._answer_v1), base_url="http://sonnen:8080")
        self.v2 = httpx.AsyncClient(transport=Direct(self.twin._answer_v2), base_url="http://sonnen", headers=TOKEN)

    async def after(self, seconds: float) -> float:
        """Wait and return the battery's power."""
        await self.clock.sleep(seconds)
        return self.house.advance().batteries[0].ac_w


def scene(run: Callable[[Scene], Awaitable[None]], **kwargs: Any) -> None:
    async def main() -> None:
        await run(Scene(**kwargs))

    run_virtually(main())


def test_status_of_the_document_has_its_ten_keys_and_the_misprint() -> None:
    async def run(s: Scene) -> None:
        await s.after(30)
        answer = await s.v1.get("/api/v1/status")
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert set(body) == {
            "Consumption_W", "Fac", "IsSystemInstalled", "Pac total_W", "Production_W", "RSOC", "Timestamp", "USOC",
            "Uac", "Ubat",
        }  # fmt: skip
        assert body["Pac total_W"] == -2500
        assert body["Timestamp"] == "2025-06-21 12:00:30"

    scene(run, variant="document")


def test_modern_status_signs() -> None:
    async def run(s: Scene) -> None:
        await s.after(30)
        body = (await s.v1.get("/api/v1/status")).json()
        assert body["Pac_total_W"] == -4600  # charges
        assert body["GridFeedIn_W"] == 900  # + feed-in
        assert body["OperatingMode"] == "2"

    scene(run, pv_w=6000.0)


def test_setpoint_answer_is_the_18_bytes_of_the_document() -> None:
    async def run(s: Scene) -> None:
        answer = await s.v1.put("/api/v1/setpoint/charge/1000")
        assert answer.status_code == 200
        assert answer.content == b'{"ReturnCode":"0"}'
        assert len(answer.content) == 18
        assert answer.headers["content-type"] == "text/html; charset=UTF-8"

    scene(run)


def test_manual_keeps_a_setpoint_for_ever() -> None:
    async def run(s: Scene) -> None:
        await s.v1.get("/api/setting?EM_OperatingMode=1")
        await s.v1.put("/api/v1/setpoint/discharge/700")
        assert await s.after(15) == pytest.approx(700, abs=5)
        assert await s.after(6 * 3600) == pytest.approx(0, abs=5)  # until empty
        assert s.house.physics.batteries[0].soc_percent < 1

    scene(run)


def test_automatic_overrules_a_setpoint_after_20_s() -> None:
    async def run(s: Scene) -> None:
        await s.v1.put("/api/v1/setpoint/discharge/1000")
        assert await s.after(15) == pytest.approx(1000, abs=5)
        assert await s.after(20) == pytest.approx(-2500, abs=5)

    scene(run)


def test_zero_is_standby_not_hand_back() -> None:
    async def run(s: Scene) -> None:
        await s.v1.get("/api/setting?EM_OperatingMode=1")
        await s.v1.put("/api/v1/setpoint/charge/0")
        assert await s.after(600) == pytest.approx(0, abs=5)

    scene(run)


def test_two_stored_values_make_a_difference() -> None:
    async def run(s: Scene) -> None:
        await s.v1.get("/api/setting?EM_OperatingMode=1")
        await s.v1.put("/api/v1/setpoint/charge/3000")
        await s.v1.put("/api/v1/setpoint/discharge/1000")
        wanted = -2000 if s.twin.traps.two_values else 1000
        assert await s.after(60) == pytest.approx(wanted, abs=5)

    scene(run, two_values=True)
    scene(run, two_values=False)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/nonsense", "5"),
        ("GET", "/api/V1/status", "5"),
        ("PUT", "/api/v1/setpoint/charge/12.5", "5"),
        ("GET", "/api/v1/setpoint/charge/1000", "16"),
        ("POST", "/api/v1/status", "16"),
    ],
)
def test_return_codes(method: str, path: str, code: str) -> None:
    async def run(s: Scene) -> None:
        answer = await s.v1.request(method, path)
        assert (answer.status_code, answer.json()) == (200, {"ReturnCode": code})

    scene(run)


def test_the_paths_of_the_documents_text() -> None:
    async def run(s: Scene) -> None:
        assert (await s.v1.get("/api/status")).json()["USOC"] == 30
        assert (await s.v1.get("/api/v1/status")).json() == {"ReturnCode": "5"}
        assert (await s.v1.put("/api/V1/setpoint/charge/1000")).json() == {"ReturnCode": "0"}
        assert (await s.v1.put("/api/v1/setpoint/charge/1000")).json() == {"ReturnCode": "5"}

    scene(run, paths="text")


def test_status_may_be_200_with_an_error_inside() -> None:
    async def run(s: Scene) -> None:
        answer = await s.v1.get("/api/v1/status")
        assert (answer.status_code, answer.json()) == (200, {"ReturnCode": "13"})

    scene(run, return_code=13)


def test_v2_modes_token_and_setpoints() -> None:
    async def run(s: Scene) -> None:
        anonymous = httpx.AsyncClient(transport=Direct(s.twin._answer_v2), base_url="http://sonnen")
        assert (await anonymous.get("/api/v2/status")).status_code == 200
        assert (await anonymous.get("/api/v2/latestdata")).status_code == 401
        assert (await anonymous.post("/api/v2/setpoint/charge/1")).status_code == 401
        config = (await s.v2.get("/api/v2/configurations")).json()
        assert config["IC_InverterMaxPower_w"] == "4600"
        answer = await s.v2.put("/api/v2/configurations", json={"EM_OperatingMode": "1"})
        assert answer.json() == {"EM_OperatingMode": "1"}
        answer = await s.v2.post("/api/v2/setpoint/charge/1500")
        assert (answer.status_code, answer.json()) == (201, True)
        assert await s.after(15) == pytest.approx(-1500, abs=5)
        for what in ("latestdata", "battery", "inverter", "powermeter"):
            assert (await s.v2.get(f"/api/v2/{what}")).status_code == 200

    scene(run)


def test_v2_refuses_while_the_virtual_power_plant_is_active() -> None:
    async def run(s: Scene) -> None:
        assert (await s.v2.post("/api/v2/setpoint/charge/1500")).status_code == 403
        s.twin.traps.vpp_answer = "false"
        answer = await s.v2.post("/api/v2/setpoint/charge/1500")
        assert (answer.status_code, answer.json()) == (200, False)
        assert s.twin.charge_w == 0.0
        assert s.house.ledger.refused["sonnen"] == 2

    scene(run, vpp=True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/api/v2/configurations", b"not json", 400),
        ("PUT", "/api/v2/configurations", b"[1]", 400),
        ("PUT", "/api/v2/configurations", b'{"EM_OperatingMode": "7"}', 400),
        ("POST", "/api/v2/setpoint/charge/-5", b"", 400),
        ("DELETE", "/api/v2/configurations", b"", 405),
        ("GET", "/api/v2/configurations/NoSuchKey", b"", 404),
        ("GET", "/other", b"", 404),
    ],
)
def test_v2_refuses_nonsense(method: str, path: str, body: bytes, status: int) -> None:
    async def run(s: Scene) -> None:
        assert (await s.v2.request(method, path, content=body)).status_code == status

    scene(run)


def test_switches_of_the_write_api() -> None:
    async def run(s: Scene) -> None:
        assert (await s.v2.post("/api/v2/setpoint/charge/1")).status_code == 401
        s.twin.traps.write_api = True
        assert (await s.v2.put("/api/v2/configurations", json={"EM_OperatingMode": "1"})).json() is True
        assert s.twin.mode == MANUAL
        s.twin.traps.deaf = s.twin.traps.stubborn = True
        await s.v2.post("/api/v2/setpoint/charge/1000")
        await s.v2.put("/api/v2/configurations", json={"EM_OperatingMode": "2"})
        assert (s.twin.mode, s.twin.charge_w) == (MANUAL, 0.0)

    scene(run, write_api=False, echo=False)


def test_more_than_the_inverter_is_an_incident() -> None:
    async def run(s: Scene) -> None:
        await s.v1.get("/api/setting?EM_OperatingMode=1")
        await s.v1.put("/api/v1/setpoint/discharge/9000")
        assert await s.after(60) == pytest.approx(4600, abs=5)
        assert [i.what for i in s.house.ledger.unsafe] == ["discharge 9000 W, the inverter's limit is 4600 W"]

    scene(run)


async def _with_sockets(talk: Callable[[str, SonnenTwin], Coroutine[Any, Any, None]]) -> None:
    house = steady_house(SystemClock(), Steady(3000.0), CELLAR)
    twin = SonnenTwin(house)
    urls = await twin.start()
    try:
        await talk(urls["v2"].removeprefix("http://"), twin)
    finally:
        await twin.stop()


async def test_foreign_client_sonnenbatterie_reads_and_sets() -> None:
    from sonnenbatterie2 import AsyncSonnenBatterieV2, SonnenBatterieV2

    async def talk(address: str, twin: SonnenTwin) -> None:
        client = AsyncSonnenBatterieV2(address, "secret-token")
        try:
            assert await client.get_operating_mode() == 2
            assert await client.set_operating_mode(1) == 1
            assert await client.charge_battery(1500) is True
            assert (await client.get_latest_data())["SetPoint_W"] == -1500
            assert (await client.get_status())["OperatingMode"] == "1"
            assert await client.get_current_charge_level() == 30
            assert len(await client.get_powermeter_data()) == 2
            assert (await client.get_inverter_data())["fac"] == 50.01
            assert (await client.get_battery_module_data())["cyclecount"] == 30.0
            assert (await client.get_tou_schedule_object()).get_as_string() == ""
        finally:
            await client.logout()
        blocking = SonnenBatterieV2(address, "secret-token")
        assert await asyncio.to_thread(blocking.discharge_battery, 800) is True
        assert (twin.mode, twin.charge_w, twin.discharge_w) == (1, 1500.0, 800.0)
        assert await asyncio.to_thread(blocking.set_operating_mode, 2) == 2
        assert json.loads(await asyncio.to_thread(blocking.get_tou_schedule_string)) == []

    await _with_sockets(talk)
