"""The simulated NRGkick's JSON API, byte by byte where the contract gives the bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from optimizer.twin.charger import CarSpec, ChargerSpec, Stay
from tests.twin.scene import Scene, nrgkick_scene


class Kick:
    """A scene with an HTTP client on it."""

    def __init__(self, scene: Scene, http: httpx.AsyncClient) -> None:
        self.scene = scene
        self.http = http

    async def get(self, path: str) -> Any:
        return (await self.http.get(path)).json()

    async def status(self) -> str:
        return str((await self.get("/values?general"))["general"]["status"])


@asynccontextmanager
async def kick(charger: ChargerSpec | None = None, **spec: Any) -> AsyncIterator[Kick]:
    async with (
        nrgkick_scene(charger, **spec) as scene,
        httpx.AsyncClient(base_url=scene.house.endpoints["carport"]) as http,
    ):
        yield Kick(scene, http)


async def test_sections_are_chosen_with_and_without_a_value() -> None:
    async with kick() as k:
        for query in ("?raw&connector", "?raw=1&connector=1", "?nonsense&connector&raw"):
            assert await k.get(f"/info{query}") == {
                "connector": {"phase_count": 3, "max_current": 32, "type": 1, "serial": "A7654321"}
            }
        assert list(await k.get("/values?unknown")) == ["energy", "powerflow", "general", "temperatures"]
        assert (await k.get("/values?energy")) == {"energy": {"total_charged_energy": 0, "charged_energy": 0}}
        assert await k.get("/") == {"json": True, "modbus": True}


async def test_raw_turns_texts_into_numbers_and_nothing_else() -> None:
    async with kick() as k:
        k.scene.pass_s(60.0)
        text, raw = await k.get("/values"), await k.get("/values?raw")
        assert (text["general"]["status"], raw["general"]["status"]) == ("CHARGING", 3)
        assert (text["general"]["relay_state"], raw["general"]["relay_state"]) == ("N, L1, L2, L3", 15)
        assert (text["general"]["error_code"], raw["general"]["error_code"]) == ("NO_ERROR", 0)
        assert text["powerflow"] == raw["powerflow"]
        k.scene.nrgkick.error_code = 99
        values = await k.get("/values?general")
        assert (values["general"]["status"], values["general"]["error_code"]) == ("ERROR", "UNKNOWN")


async def test_powers_add_up_and_agree_with_currents() -> None:
    async with kick() as k:
        k.scene.pass_s(60.0)
        flow = (await k.get("/values"))["powerflow"]
        phases = [flow[f"l{i}"] for i in (1, 2, 3)]
        assert sum(p["active_power"] for p in phases) == pytest.approx(flow["total_active_power"], abs=0.01)
        for p in phases:
            assert p["voltage"] * p["current"] == pytest.approx(p["apparent_power"], rel=1e-3)
            assert p["apparent_power"] * p["power_factor"] == pytest.approx(p["active_power"], rel=1e-3)


async def test_content_type_is_json_and_integers_stay_integers() -> None:
    async with kick() as k:
        answer = await k.http.get("/control")
        assert answer.headers["content-type"] == "application/json"
        assert answer.text == '{"current_set":16,"charge_pause":0,"energy_limit":0,"phase_count":3}'


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("current_set=5.9", "Invalid current entered, allowed 6.0A - 32.0A"),
        ("current_set=32.1", "Invalid current entered, allowed 6.0A - 32.0A"),
        ("current_set=10.00", "Invalid current entered, allowed 6.0A - 32.0A"),
        ("current_set=1e1", "Invalid current entered, allowed 6.0A - 32.0A"),
        ("current_set=", "Invalid current entered, allowed 6.0A - 32.0A"),
        ("charge_pause=true", "Invalid state entered, allowed 0 / 1"),
        ("charge_pause=2", "Invalid state entered, allowed 0 / 1"),
        (
            "energy_limit=-1",
            "Invalid limit entered, value must be greater or equal than 0Wh and less or equal than 1000000Wh",
        ),
        (
            "energy_limit=00005000",
            "Invalid limit entered, value must be greater or equal than 0Wh and less or equal than 1000000Wh",
        ),
        ("phase_count=0", "Invalid phases entered, allowed 1 - 3"),
        ("phase_count=4", "Invalid phases entered, allowed 1 - 3"),
        ("current_set=10.0&charge_pause=9", "Invalid state entered, allowed 0 / 1"),
    ],
)
async def test_refusals_have_their_texts_and_change_nothing(query: str, text: str) -> None:
    async with kick() as k:
        before = await k.get("/control")
        answer = await k.http.get(f"/control?{query}")
        assert (answer.status_code, answer.json()) == (406, {"Response": text})
        k.scene.pass_s(10.0)
        assert await k.get("/control") == before
        assert k.scene.house.ledger.refused["carport"] == 1
        assert len(k.scene.incidents) == 1


async def test_only_the_keys_written_are_answered_and_the_read_back_lags() -> None:
    async with kick() as k:
        assert await k.get("/control?current_set=6.7") == {"current_set": 6.7}
        assert (await k.get("/control?"))["current_set"] == 16
        k.scene.pass_s(2.0)
        assert (await k.get("/control?unknown=1"))["current_set"] == 6.7
        assert await k.get("/control?charge_pause=1&energy_limit=5000") == {"charge_pause": 1, "energy_limit": 5000}
        assert k.scene.house.summary().writes == {"carport": {"current": 1, "pause": 1, "energy_limit": 1}}


async def test_current_above_the_rating_is_refused_or_clamped() -> None:
    async with kick() as k:
        assert (await k.http.get("/control?current_set=20.0")).status_code == 406
        assert k.scene.incidents == ["current 20 A above 16 A"]
    async with kick(over_rating="clamp") as k:
        assert await k.get("/control?current_set=20.0") == {"current_set": 16}


async def test_phase_count_reads_zero_while_it_switches_under_charge() -> None:
    async with kick() as k:
        k.scene.pass_s(30.0)
        await k.get("/control?phase_count=1")
        seen = []
        for _ in range(8):
            k.scene.pass_s(1.0)
            seen.append((await k.get("/control"))["phase_count"])
        assert seen == [3, 1, 1, 0, 0, 1, 1, 1]
        assert k.scene.house.physics.chargers[0].switches == 1


async def test_a_pause_is_lost_when_the_car_comes_again() -> None:
    car = CarSpec(stays=(Stay(0.0, 100.0), Stay(200.0)))
    async with kick(ChargerSpec(car=car)) as k:
        await k.get("/control?charge_pause=1")
        k.scene.pass_s(60.0)
        assert await k.status() == "CONNECTED"
        k.scene.pass_s(60.0)
        assert await k.status() == "STANDBY"
        k.scene.pass_s(120.0)
        assert await k.status() == "CHARGING"
        assert (await k.get("/control"))["charge_pause"] == 0
        k.scene.nrgkick.restart()
    async with kick(ChargerSpec(car=car), pause_survives_replug=True) as k:
        await k.get("/control?charge_pause=1")
        k.scene.pass_s(240.0)
        assert await k.status() == "CONNECTED"


async def test_phases_with_other_values_take_them_down_where_switching_is_off() -> None:
    async with kick(ChargerSpec(can_switch_phases=False)) as k:
        assert (await k.http.get("/control?current_set=8.0&phase_count=1")).status_code == 406
        k.scene.pass_s(5.0)
        assert (await k.get("/control"))["current_set"] == 16
        assert k.scene.incidents == ["phase_count written together with other values"]


async def test_an_energy_limit_counts_the_whole_session_and_warns() -> None:
    async with kick() as k:
        k.scene.pass_s(120.0)
        charged = (await k.get("/values"))["energy"]["charged_energy"]
        await k.get(f"/control?energy_limit={charged + 100}")
        k.scene.pass_s(120.0)
        general = (await k.get("/values"))["general"]
        assert general["status"] == "CONNECTED"
        assert general["warning_code"] == "ENERGY_LIMIT_REACHED"
        assert general["charge_permitted"] == 0
        await k.get("/control?energy_limit=0")
        k.scene.pass_s(30.0)
        assert await k.status() == "CHARGING"


async def test_noise_in_standby_is_no_charging() -> None:
    async with kick(ChargerSpec(initial_paused=True)) as k:
        values = await k.get("/values")
        assert values["powerflow"]["total_active_power"] == 0.8
        assert values["general"]["status"] == "CONNECTED"


async def test_a_late_car_wakes_up() -> None:
    async with kick(ChargerSpec(car=CarSpec(late_start_s=60.0))) as k:
        k.scene.pass_s(20.0)
        assert await k.status() == "WAKEUP"
        k.scene.pass_s(60.0)
        assert await k.status() == "CHARGING"


async def test_a_single_phase_plug_reads_no_voltage_on_the_others() -> None:
    async with kick(ChargerSpec(phase_map=(1,), initial_phases=1)) as k:
        k.scene.pass_s(60.0)
        flow = (await k.get("/values"))["powerflow"]
        assert (flow["l2"]["voltage"], flow["l3"]["voltage"]) == (0, 0)
        assert flow["n"]["current"] == flow["l1"]["current"] > 15
        assert (await k.get("/info"))["grid"]["phases"] == "L1"


async def test_derating_shows_in_the_signalled_current() -> None:
    async with kick() as k:
        k.scene.house.physics.chargers[0].derate_a = 8.0
        k.scene.pass_s(60.0)
        values = await k.get("/values")
        assert values["powerflow"]["charging_current"] == 8
        assert values["general"]["warning_code"] == "INCREASED_TEMPERATURE"
        assert (await k.get("/control"))["current_set"] == 16


async def test_old_firmware_has_keys_with_colons() -> None:
    async with kick(old_firmware=True) as k:
        info = await k.get("/info")
        assert info["connector"]["max_current:"] == 32
        assert info["grid"]["frequency:"] == 50
        assert info["grid"]["voltage"] == 230
        assert "voltage:" in (await k.get("/values"))["powerflow"]["l1"]


async def test_cellular_models_have_two_more_sections() -> None:
    async with kick(cellular=True) as k:
        info = await k.get("/info")
        assert info["cellular"]["mode"] == "LTE_CAT_M1"
        assert "gps" in info
        assert info["versions"]["sw_cm"]


async def test_other_paths_and_methods_are_refused() -> None:
    async with kick(password="sun", username="u") as k:
        assert (await k.http.get("/status", auth=("u", "sun"))).status_code == 404
        assert (await k.http.post("/control")).status_code == 405
        unauthorized = await k.http.get("/values")
        assert (unauthorized.status_code, unauthorized.json()) == (401, {"Response": "401 Unauthorized"})
        assert (await k.http.get("/values", headers={"Authorization": "Basic %%%"})).status_code == 401
        assert (await k.http.get("/values", headers={"Authorization": "Bearer x"})).status_code == 401
