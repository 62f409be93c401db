"""Relays with Tasmota."""

from __future__ import annotations

import pytest

from optimizer.devices.port import DeviceError, SwitchControl
from optimizer.twin.tasmota import TasmotaTraps
from tests.devices.switches.scene import Scene
from tests.virtual_time import virtually


@pytest.mark.parametrize("single", [True, False])
@virtually
async def test_it_switches_and_reads_back(single: bool) -> None:
    scene = Scene()
    relay = scene.tasmota(TasmotaTraps(single=single, password="a b&c"), "a b&c")
    assert isinstance(relay, SwitchControl)
    await relay.switch(True)
    await scene.after(36.0)
    (switch,) = (await relay.read()).switches
    assert (switch.on.value, switch.power_w.value) == (True, 3000.0)
    assert switch.energy_total_wh.value == pytest.approx(30.0, abs=1.0)
    await relay.rest()
    assert not scene.load.on
    assert relay.timer_s is None


@virtually
async def test_its_timer_is_written_once_and_only_if_the_settings_ask() -> None:
    scene = Scene()
    relay = scene.tasmota(timer_s=120.0)
    await relay.switch(True)
    await relay.switch(True)
    assert (scene.plug.pulse, scene.plug.flash_writes) == (220, 1)
    await scene.after(125.0)
    assert not scene.load.on
    again = scene.tasmota(timer_s=None)
    await again.switch(True)
    assert scene.plug.flash_writes == 0


@virtually
async def test_a_wrong_password_is_said_and_never_shown() -> None:
    scene = Scene()
    relay = scene.tasmota(TasmotaTraps(password="right"), "wrong-one")
    with pytest.raises(DeviceError) as error:
        await relay.switch(True)
    assert error.value.fault == "unauthorized"
    assert "wrong-one" not in str(error.value)


@virtually
async def test_an_answer_that_is_not_obeyed_fails_the_hand_back() -> None:
    scene = Scene()
    relay = scene.tasmota(TasmotaTraps(deaf=True))
    scene.load.switch(True)
    with pytest.raises(DeviceError, match="does not report off"):
        await relay.rest()
