"""Relays that are switched over MQTT, with a real broker and with a small one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiomqtt
import pytest

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.port import DeviceError
from optimizer.devices.switches.config import MqttSwitchConfig
from optimizer.devices.switches.mqtt import MqttSwitch
from optimizer.devices.switches.reports import Place, Reports
from optimizer.model.clock import SystemClock
from tests.devices.generic.broker import MOSQUITTO, PASSWORD, USER, broker

needs_mosquitto = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed (apt install mosquitto)")


@needs_mosquitto
def test_it_switches_and_hears_the_state(tmp_path: Path) -> None:
    asyncio.run(_switch(tmp_path))


async def _switch(folder: Path) -> None:
    async with broker("mosquitto", folder) as port:
        config = MqttSwitchConfig(
            "rod",
            Broker("127.0.0.1", port, USER, PASSWORD),
            "rod/set",
            reports=Reports(state=Place("rod/state", "state"), power=Place("rod/power")),
        )
        rod = MqttSwitch(config, SystemClock())
        async with aiomqtt.Client("127.0.0.1", port, username=USER, password=PASSWORD, timeout=5) as relay:
            await relay.subscribe("rod/set")
            await rod.read()
            answering = asyncio.ensure_future(_relay(relay))
            await rod.switch(True)
            assert await answering == b"ON"
            async with asyncio.timeout(5):
                while (await rod.read()).switches[0].power_w.value != 1800.0:  # noqa: ASYNC110 - as the service polls
                    await asyncio.sleep(0.02)
            assert (await rod.read()).switches[0].on.value is True
            answering = asyncio.ensure_future(_relay(relay))
            await rod.rest()
            assert await answering == b"OFF"
        await rod.close()


async def _relay(relay: aiomqtt.Client) -> bytes:
    """Take one command and publish the state that follows."""
    async for message in relay.messages:
        payload = message.payload
        assert isinstance(payload, bytes)
        await relay.publish("rod/state", f'{{"state": "{payload.decode()}"}}')
        await relay.publish("rod/power", "1800" if payload == b"ON" else "0")
        return payload
    raise AssertionError("no command came")


def test_a_broker_that_is_gone_is_a_device_error() -> None:
    async def main() -> None:
        rod = MqttSwitch(MqttSwitchConfig("rod", Broker("127.0.0.1", 1, timeout_s=1.0), "rod/set"), SystemClock())
        with pytest.raises(DeviceError):
            await rod.switch(True)
        assert (await rod.read()).switches[0].on.value is None

    asyncio.run(main())
