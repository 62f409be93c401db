"""The NRGkick adapter against the simulated charger, which was written without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from optimizer.devices.keep import MemoryKeep
from optimizer.devices.nrgkick.charger import Nrgkick
from optimizer.devices.nrgkick.config import NrgkickConfig, Protocol
from optimizer.devices.port import DeviceError
from optimizer.devices.registry import make_nrgkick
from optimizer.model.state import Ev, EvStatus
from optimizer.twin.charger import ChargerSpec
from tests.twin.scene import Scene, nrgkick_scene

PROTOCOLS: tuple[Protocol, ...] = ("json", "modbus", "auto")


@asynccontextmanager
async def scene(
    protocol: Protocol = "json", charger: ChargerSpec | None = None, **spec: Any
) -> AsyncIterator[tuple[Scene, Nrgkick]]:
    """A twin and the adapter on it."""
    async with nrgkick_scene(charger, **spec) as running:
        config = NrgkickConfig(
            "carport",
            running.house.endpoints["carport"],
            protocol,
            user=str(spec.get("username", "")),
            password=str(spec.get("password", "")),
        )
        if modbus := running.house.endpoints.get("carport_modbus"):
            config = replace(config, modbus_port=int(modbus.rpartition(":")[2]))
        adapter = make_nrgkick(config, running.clock, MemoryKeep())
        assert isinstance(adapter, Nrgkick)
        try:
            yield running, adapter
        finally:
            await adapter.close()


async def read(kick: Nrgkick) -> Ev:
    return (await kick.read()).evs[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_reading_and_every_write(protocol: Protocol) -> None:
    async with scene(protocol) as (running, kick):
        running.pass_s(30)
        ev = await read(kick)
        assert ev.status.value is EvStatus.CHARGING
        assert (ev.power_w.value or 0) == pytest.approx(16 * 3 * 230, rel=0.03)
        assert (ev.rated_a.value, ev.phases.value, ev.paused.value) == (16.0, 3, False)
        await kick.set_current(8.7)
        await kick.set_energy_limit(50_000)
        running.pass_s(8)
        ev = await read(kick)
        assert (ev.offered_a.value, ev.energy_limit_wh.value) == (8.7, 50_000)
        await kick.set_pause(True)
        running.pass_s(30)
        ev = await read(kick)
        assert (ev.status.value, ev.paused.value, ev.blocked) == (EvStatus.CONNECTED, True, "")
        assert (ev.power_w.value or 0) < 5
        await kick.set_phases(1)
        await kick.set_pause(False)
        running.pass_s(60)
        ev = await read(kick)
        assert (ev.phases.value, ev.status.value) == (1, EvStatus.CHARGING)
        assert (ev.power_w.value or 0) == pytest.approx(8.7 * 230, rel=0.03)
        assert running.incidents == []


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_who_it_is(protocol: Protocol) -> None:
    async with scene(protocol) as (running, kick):
        identity = await kick.identify()
        assert (identity.brand, identity.serial) == ("NRGkick", running.nrgkick.spec.serial)
        assert identity.model
        assert identity.firmware


@pytest.mark.parametrize("cellular", [False, True])
async def test_both_protocols_show_the_same_values(cellular: bool) -> None:
    async with scene("json", cellular=cellular) as (running, json), scene("modbus", cellular=cellular) as (_, modbus):
        running.pass_s(0)
        over_json, over_modbus = await json.values(), await modbus.values()
        assert set(over_json) == set(over_modbus)
        assert len(over_json) == (82 if cellular else 72)


async def test_a_device_without_block_reads() -> None:
    async with scene("modbus", modbus_blocks=False) as (running, kick):
        running.pass_s(30)
        ev = await read(kick)
        assert ev.status.value is EvStatus.CHARGING
        assert ev.rated_a.value == 16.0


async def test_old_firmware() -> None:
    async with scene(old_firmware=True) as (_, kick):
        ev = await read(kick)
        assert (ev.rated_a.value, ev.offered_a.value) == (16.0, 16.0)


async def test_the_transient_of_a_phase_switch_never_shows() -> None:
    async with scene() as (running, kick):
        running.pass_s(30)
        await read(kick)
        await kick.set_phases(1)
        seen = []
        for _ in range(20):
            running.pass_s(0.5)
            seen.append((await read(kick)).phases.value)
        assert set(seen) == {1, 3}
        assert (running.nrgkick.settings.phase_count, seen[-1]) == (1, 1)


async def test_a_pv_led_profile_shows_as_a_block_and_ends_with_it() -> None:
    async with scene() as (running, kick):
        running.nrgkick.pv_mode = True
        with pytest.raises(DeviceError) as raised:
            await kick.set_pause(True)
        assert raised.value.fault == "refused"
        assert (await read(kick)).blocked == "Charging pause is blocked by solar-charging"
        running.nrgkick.pv_mode = False
        await kick.set_pause(True)
        assert (await read(kick)).blocked == ""


async def test_a_disabled_api_is_a_refusal_that_says_what_to_do() -> None:
    async with scene() as (running, kick):
        running.nrgkick.api_enabled = False
        with pytest.raises(DeviceError, match="must be enabled within the NRGkick App") as raised:
            await read(kick)
        assert raised.value.fault == "refused"


async def test_auto_lives_on_either_side() -> None:
    async with scene("auto") as (running, kick):
        running.nrgkick.api_enabled = False
        running.pass_s(30)
        assert (await read(kick)).status.value is EvStatus.CHARGING
        await kick.set_current(7.0)
        assert running.nrgkick.settings.current_set == 7.0
        running.nrgkick.api_enabled, running.nrgkick.modbus_enabled = True, False
        running.pass_s(8)
        assert (await read(kick)).offered_a.value == 7.0
        await kick.set_current(9.0)
        assert running.nrgkick.settings.current_set == 9.0


async def test_phase_switching_that_is_off_is_a_refusal() -> None:
    async with scene(charger=ChargerSpec(can_switch_phases=False)) as (_, kick):
        with pytest.raises(DeviceError) as raised:
            await kick.set_phases(1)
        assert raised.value.fault == "refused"
        assert (await read(kick)).phases.value == 3


async def test_credentials() -> None:
    async with scene(username="me", password="secret") as (running, kick):
        assert (await read(kick)).status.known
        config = NrgkickConfig("carport", running.house.endpoints["carport"], password="wrong-secret")
        stranger = make_nrgkick(config, running.clock, MemoryKeep())
        with pytest.raises(DeviceError) as raised:
            await stranger.read()
        assert raised.value.fault == "unauthorized"
        assert "secret" not in str(raised.value)
        await stranger.close()
