"""Any relay that is switched over MQTT: a topic for commands, and topics for its state and its power.

Such a relay has no timer. It keeps its state if the service ends without a hand-back. A write opens a connection of its
own and ends it after the broker has confirmed the message (QoS 1). Commands are not retained.
"""

from __future__ import annotations

from typing import Any

import aiomqtt

from optimizer.devices.generic.mqtt import MOST_BYTES, MQTT_3, MqttConfig, MqttQuantity, MqttReader
from optimizer.devices.generic.mqtt_client import connected, connection_to
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.devices.switches.config import MqttSwitchConfig
from optimizer.devices.switches.port import switch_of
from optimizer.devices.words import plain
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.words.text import Text

CONFIRM_S = 10.0


class MqttSwitch:
    """One relay. Implements Meter, SwitchControl, and Identified."""

    def __init__(self, config: MqttSwitchConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for an unusable topic or path."""
        self._config = config
        self._clock = clock
        self._written: bool | None = None
        quantities = tuple(
            MqttQuantity(wanted, place.where, place.path, retained=True) for wanted, place in config.reports.values()
        )
        self._reader: MqttReader | None = None
        if quantities:
            self._reader = MqttReader(MqttConfig(config.name, config.broker, quantities), clock)

    @property
    def timer_s(self) -> float | None:
        """It has no timer."""
        return None

    async def read(self) -> Sample:
        """The last messages about its state, power, and energy."""
        readings: dict[str, Reading[Any]] = await self._reader.readings() if self._reader is not None else {}
        return Sample(switches=(switch_of(self._config.name, readings, self._written, self._clock.monotonic_s()),))

    async def switch(self, on: bool) -> None:
        """Publish the command, and return when the broker has confirmed it."""
        payload = self._config.on_payload if on else self._config.off_payload
        broker = self._config.broker
        where = f"MQTT broker {broker.where}"
        client = connection_to(broker, lambda topic, payload, retained: None, MQTT_3, MOST_BYTES)
        try:
            async with self._clock.timeout(broker.timeout_s), connected(client):
                await client.publish(self._config.topic, payload, qos=1, retain=False)
        except TimeoutError:
            raise DeviceError(
                "timeout",
                Text("{where}: no confirmation within {timeout} s", where=where, timeout=broker.timeout_s),
            ) from None
        except aiomqtt.MqttError as error:
            refused = any(word in str(error).lower() for word in ("authori", "password"))
            raise DeviceError(
                "unauthorized" if refused else "unreachable", Text("{where}: {error}", where=where, error=plain(error))
            ) from None
        self._written = on

    async def rest(self) -> None:
        """Switch off, and wait for the message that says so, if the relay sends one."""
        await self.switch(False)
        if self._config.reports.state is None:
            return
        deadline_s = self._clock.monotonic_s() + CONFIRM_S
        while (await self.read()).switches[0].on.value is not False:
            if self._clock.monotonic_s() >= deadline_s:
                raise DeviceError("refused", Text("switched off, but it does not report off"))
            await self._clock.sleep(0.5)

    async def identify(self) -> Identity:
        """That the broker answers."""
        await self.read()
        return Identity("mqtt")

    async def close(self) -> None:
        """Release the connection; never raises."""
        if self._reader is not None:
            await self._reader.close()
