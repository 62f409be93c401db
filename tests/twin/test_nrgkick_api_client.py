"""The client that others use (nrgkick-api) reads and controls the simulated charger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from nrgkick_api import (
    NRGkickAPI,
    NRGkickAPIDisabledError,
    NRGkickAuthenticationError,
    NRGkickCommandRejectedError,
    NRGkickConnectionError,
    NRGkickInvalidResponseError,
)
from nrgkick_api.enums import ErrorCode, RcdTriggerStatus, WarningCode

from optimizer.twin.charger import ChargerSpec
from optimizer.twin.faults import Fault
from tests.twin.scene import Scene, nrgkick_scene


@asynccontextmanager
async def client(scene: Scene, username: str | None = None, password: str | None = None) -> AsyncIterator[NRGkickAPI]:
    host = urlsplit(scene.house.endpoints["carport"]).netloc
    async with aiohttp.ClientSession() as session:
        yield NRGkickAPI(host, username, password, session)


async def test_it_reads_everything() -> None:
    async with nrgkick_scene() as scene, client(scene) as api:
        scene.pass_s(60.0)
        info = await api.get_info()
        assert list(info) == ["general", "connector", "grid", "network", "versions"]
        assert info["connector"]["type"] == "CEE"
        assert (await api.get_info(["connector"], raw=True))["connector"]["type"] == 1
        values = await api.get_values()
        assert values["general"]["status"] == "CHARGING"
        assert values["powerflow"]["total_active_power"] == pytest.approx(11_040, rel=0.01)
        assert await api.get_control() == {"current_set": 16, "charge_pause": 0, "energy_limit": 0, "phase_count": 3}


async def test_it_controls_current_pause_limit_and_phases() -> None:
    async with nrgkick_scene() as scene, client(scene) as api:
        scene.pass_s(30.0)
        assert await api.set_current(6.7) == 6.7
        assert await api.set_charge_pause(True) == 1
        assert await api.set_charge_pause(False) == 0
        assert await api.set_energy_limit(5000) == 5000
        assert await api.set_phase_count(1) == 1
        scene.pass_s(60.0)
        assert await api.get_control() == {
            "current_set": 6.7,
            "charge_pause": 0,
            "energy_limit": 5000,
            "phase_count": 1,
        }
        assert scene.house.physics.ev_w == pytest.approx(6.7 * 230.0, rel=0.01)


Call = Callable[[NRGkickAPI], Awaitable[Any]]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda api: api.set_current(5.9), "Invalid current entered, allowed 6.0A - 32.0A"),
        (lambda api: api.set_current(32.5), "Invalid current entered, allowed 6.0A - 32.0A"),
        (lambda api: api.set_energy_limit(1_000_001), "Invalid limit entered, value must be greater or equal than 0Wh"),
        (lambda api: api.set_phase_count(4), "Invalid phases entered, allowed 1 - 3"),
    ],
)
async def test_refused_values_come_back_as_its_rejections(call: Call, text: str) -> None:
    async with nrgkick_scene() as scene, client(scene) as api:
        with pytest.raises(NRGkickCommandRejectedError, match=text):
            await call(api)
        scene.pass_s(10.0)
        assert (await api.get_control())["current_set"] == 16


async def test_it_reads_faults_as_texts_and_as_its_own_codes() -> None:
    async with nrgkick_scene(connector_type=2) as scene, client(scene) as api:
        scene.nrgkick.error_code, scene.nrgkick.rcd_code, scene.nrgkick.warning_code = 16, 2, 19
        general = (await api.get_values(["general"]))["general"]
        assert general["status"] == "ERROR"
        assert general["error_code"] == "RESIDUAL_CURRENT_DETECTED"
        raw = await api.get_values(["general", "temperatures"], raw=True)
        assert ErrorCode(raw["general"]["error_code"]) is ErrorCode.RESIDUAL_CURRENT_DETECTED
        assert WarningCode(raw["general"]["warning_code"]) is WarningCode.INCREASED_DOMESTIC_PLUG_TEMPERATURE
        assert RcdTriggerStatus(raw["general"]["rcd_trigger"]) is RcdTriggerStatus.AC_60MA_FAULT
        assert raw["temperatures"]["domestic_plug_1"] > 20.0


async def test_a_pv_led_profile_refuses() -> None:
    async with nrgkick_scene() as scene, client(scene) as api:
        scene.nrgkick.pv_mode = True
        with pytest.raises(NRGkickCommandRejectedError, match="Charging pause is blocked by solar-charging"):
            await api.set_charge_pause(True)
        with pytest.raises(NRGkickCommandRejectedError, match="Phase count change is blocked by solar-charging"):
            await api.set_phase_count(1)
        with pytest.raises(NRGkickCommandRejectedError):
            await api.set_current(10.0)


async def test_without_phase_switching_phases_are_refused() -> None:
    async with nrgkick_scene(ChargerSpec(can_switch_phases=False)) as scene, client(scene) as api:
        with pytest.raises(NRGkickCommandRejectedError):
            await api.set_phase_count(1)


async def test_a_disabled_api_says_so_with_status_200() -> None:
    async with nrgkick_scene() as scene, client(scene) as api:
        scene.nrgkick.api_enabled = False
        with pytest.raises(NRGkickAPIDisabledError):
            await api.get_values()


async def test_credentials() -> None:
    async with nrgkick_scene(username="owner", password="sun") as scene:
        async with client(scene) as api:
            with pytest.raises(NRGkickAuthenticationError):
                await api.get_info()
        async with client(scene, "owner", "rain") as api:
            with pytest.raises(NRGkickAuthenticationError):
                await api.get_info()
        async with client(scene, "owner", "sun") as api:
            assert (await api.get_info())["general"]["rated_current"] == 16


async def test_garbage_is_an_error_of_its_own_kind_to_it() -> None:
    """Releases up to 1.7, for Python before 3.14, call it a connection error."""
    async with nrgkick_scene() as scene, client(scene) as api:
        scene.house.faults.set("carport", Fault("garbage"))
        with pytest.raises((NRGkickConnectionError, NRGkickInvalidResponseError)):
            await api.get_values()
        scene.house.faults.clear()
        assert await api.get_values()
