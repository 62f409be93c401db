"""Shelly relays of all generations, with and without a password."""

from __future__ import annotations

import logging

import pytest

from optimizer.devices.port import DeviceError, SwitchControl
from optimizer.model.reading import NOT_MEASURED
from optimizer.twin.shelly import ShellyTraps
from tests.devices.switches.scene import Scene
from tests.virtual_time import virtually


@pytest.mark.parametrize("generation", [1, 2, 3, 4])
@pytest.mark.parametrize("password", ["", "s3cret"])
@virtually
async def test_it_switches_and_reads_back(generation: int, password: str) -> None:
    scene = Scene()
    relay = scene.shelly(ShellyTraps(generation=generation, password=password), password)  # type: ignore[arg-type]
    assert isinstance(relay, SwitchControl)
    await relay.switch(True)
    await scene.after(36.0)
    (switch,) = (await relay.read()).switches
    assert switch.on.value is True
    assert switch.power_w.value == 3000.0
    assert switch.energy_total_wh.value == pytest.approx(30.0, abs=1.0)
    await relay.rest()
    assert not scene.load.on


@pytest.mark.parametrize("generation", [1, 2])
@virtually
async def test_the_timer_of_the_device_ends_what_nobody_repeats(generation: int) -> None:
    scene = Scene()
    relay = scene.shelly(ShellyTraps(generation=generation))  # type: ignore[arg-type]
    await relay.switch(True)
    await scene.after(100.0)
    await relay.switch(True)
    await scene.after(100.0)
    assert scene.load.on, "a repetition starts the timer again"
    await scene.after(30.0)
    assert not scene.load.on


@virtually
async def test_a_wrong_password_is_said_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    scene = Scene()
    relay = scene.shelly(ShellyTraps(password="s3cret"), "wrong-one")
    with pytest.raises(DeviceError) as error:
        await relay.read()
    assert error.value.fault == "unauthorized"
    assert "wrong-one" not in str(error.value) + caplog.text


@virtually
async def test_a_relay_that_refuses_says_why() -> None:
    scene = Scene()
    relay = scene.shelly(ShellyTraps(overpower=True))
    (switch,) = (await relay.read()).switches
    assert switch.blocked == "overpower"


@virtually
async def test_a_relay_without_a_meter_measures_nothing() -> None:
    for generation in (1, 2):
        scene = Scene()
        relay = scene.shelly(ShellyTraps(generation=generation, metered=False))  # type: ignore[arg-type]
        (switch,) = (await relay.read()).switches
        assert switch.power_w == NOT_MEASURED
        assert switch.on.value is False


@virtually
async def test_a_relay_that_ignores_writes_is_not_handed_back() -> None:
    scene = Scene()
    relay = scene.shelly(ShellyTraps(deaf=True))
    scene.load.switch(True)
    with pytest.raises(DeviceError, match="it reports on"):
        await relay.rest()
