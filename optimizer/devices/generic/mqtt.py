"""Values that come over MQTT, a topic each, with a JMESPath where the payload is JSON: a meter, or inputs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import aiomqtt

from optimizer.devices.generic.json_value import JsonValue
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.mqtt_client import connected, connection_to
from optimizer.devices.generic.quantity import assemble, checked_together
from optimizer.devices.generic.wanted import Wanted, by_name
from optimizer.devices.json_text import parsed
from optimizer.devices.port import DeviceError, Fault, Identity, Sample
from optimizer.devices.words import plain, printable, quoted
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, unknown
from optimizer.model.tasks import end_tasks
from optimizer.words.text import Text

log = logging.getLogger(__name__)

BLANKS = " \t\r\n\0"
MOST_BYTES = 262_144
"""A larger message is not a reading, and a broker of MQTT 5 is told not to send it (MQTT 5.0, 3.1.2.11.4 Maximum Packet
Size). One of MQTT 3.1.1 cannot be told."""
MQTT_5, MQTT_3 = aiomqtt.ProtocolVersion.V5, aiomqtt.ProtocolVersion.V311
UNSUPPORTED_VERSION = 132
"""MQTT 5.0, 3.2.2.2. The library says so too for the answer of a broker of MQTT 3.1.1, which is 1 (3.1.1, 3.2.2.3)."""
NO_ANSWER = "Operation timed out"
"""The library's words for an answer that did not come, and also for a connection that was closed instead of answering
CONNECT. Of nobody being there it tells in the system's words."""
End = Literal["broken", "version", "silent", "failed"]
"""The end of an attempt. broken: there was a connection · version: the broker does not speak this one ·
silent: it said nothing to CONNECT · failed: anything else."""
RETRY_S = (1.0, 60.0)
"""First and longest wait before connecting anew."""
FIRST_S = 0.5
"""The first reading waits so long for the connection and first messages."""


@dataclass(frozen=True, slots=True)
class MqttQuantity:
    """One quantity in the messages of a topic."""

    quantity: Wanted
    topic: str
    """Without wildcards."""
    path: str = ""
    """JMESPath to the number in a JSON payload; empty = the payload is the number."""
    retained: bool = False
    """True takes the broker's retained message for a value of now. When it was really measured nobody knows."""
    unit_beside: bool = False
    """True applies a unit that a JSON payload names beside the value."""


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The settings for a broker, and the quantities to take from it."""

    name: str
    broker: Broker
    quantities: tuple[MqttQuantity, ...]


class MqttReader:
    """Takes the values from one broker. It connects with the first reading, and anew."""

    def __init__(self, config: MqttConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for a topic or path that cannot be used."""
        for entry in config.quantities:
            if not entry.topic or any(character in entry.topic for character in "+#\0"):
                raise ValueError(f"{entry.quantity.quantity}: a topic is not empty and has no wildcards (+, #)")
        self._values = {
            entry: JsonValue(entry.path, unit_beside=entry.unit_beside) for entry in config.quantities if entry.path
        }
        self._config = config
        self._clock = clock
        self._latest: dict[MqttQuantity, tuple[object, float]] = {}
        """The newest payload and when it came, in monotonic s. It is decoded when it is read: a flood costs little."""
        self._only_retained: set[str] = set()
        """Topics whose retained message came and was not used."""
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._complete = asyncio.Event()
        """Set once a value of each quantity has come."""
        self._fault: DeviceError | None = self._unreachable("timeout", Text("no connection yet"))
        """Why there is no connection; None while there is one."""
        self._unlimited = False
        """Whether the log says that this broker cannot be given a largest message."""

    async def readings(self) -> dict[str, Reading[Any]]:
        """The latest value of each quantity with the time it came in. DeviceError while there is no connection."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name=f"mqtt {self._config.name}")
            with suppress(TimeoutError):
                async with self._clock.timeout(self._config.broker.timeout_s):
                    await self._connected.wait()
                # Retained and fast values are there within a moment of subscribing.
                await self._clock.sleep(FIRST_S)
        if self._fault is not None:
            raise self._fault
        now_s = self._clock.monotonic_s()
        return by_name(
            ((entry.quantity, self._latest_of(entry, now_s)) for entry in self._config.quantities),
            now_s,
        )

    async def heard(self, within_s: float) -> None:
        """Wait until a value of each quantity has come, at most `within_s`. Raises DeviceError without a connection."""
        await self.readings()
        with suppress(TimeoutError):
            async with self._clock.timeout(within_s):
                await self._complete.wait()

    async def close(self) -> None:
        """Release the connection; never raises."""
        task, self._task = self._task, None
        if task is not None:
            await end_tasks([task])

    async def _listen(self) -> None:
        """Connect, subscribe and take messages until canceled.

        MQTT 3.1.1 follows at once where the broker refuses MQTT 5, and in the next round where it says nothing to it:
        old brokers drop what they do not know, but a busy one is silent too. So MQTT 5 is offered again after that.
        """
        wait_s, protocol = RETRY_S[0], MQTT_5
        while True:
            end = await self._listen_over(protocol)
            older = protocol is MQTT_5 and end in ("version", "silent")
            protocol = MQTT_3 if older else MQTT_5
            if older and end == "version":
                continue
            if end == "broken":
                wait_s = RETRY_S[0]
            self._connected.set()
            await self._clock.sleep(wait_s)
            wait_s = min(2.0 * wait_s, RETRY_S[1])

    async def _listen_over(self, protocol: aiomqtt.ProtocolVersion) -> End:
        """The same until the connection ends or there is none."""
        end: End = "failed"
        answered = False
        client = connection_to(self._config.broker, self._take, protocol, MOST_BYTES)
        try:
            async with connected(client):
                answered = True
                for topic in dict.fromkeys(entry.topic for entry in self._config.quantities):
                    await client.subscribe(topic)
                end, self._fault = "broken", None
                self._log_limit(protocol)
                self._connected.set()
                await client.ended()
                self._fault = self._unreachable("unreachable", Text("the connection ended"))
        except aiomqtt.MqttError as error:
            if not answered:
                end = unanswered(error)
            refused = any(word in str(error).lower() for word in ("authori", "password"))
            why = plain(error)
            if refused:
                why = Text(
                    "the broker refuses the user or the password, or their rights: {answer}",
                    answer=why if isinstance(why, Text) else printable(why),
                )
            self._fault = self._unreachable("unauthorized" if refused else "unreachable", why)
        except Exception as error:
            # The library raises whatever a broken packet makes it stumble over: IndexError, struct.error, and others.
            self._fault = self._unreachable("unreachable", str(error) or type(error).__name__)
        return end

    def _log_limit(self, protocol: aiomqtt.ProtocolVersion) -> None:
        """Log once, and again only after MQTT 5, that nothing keeps large messages away."""
        if protocol is MQTT_3 and not self._unlimited:
            where = self._config.broker.where
            log.info("MQTT broker %s is spoken to in MQTT 3.1.1: messages of any size are gathered", where)
        self._unlimited = protocol is MQTT_3

    def _take(self, topic: str, payload: object, retained: bool) -> None:
        at_s = self._clock.monotonic_s()
        if isinstance(payload, bytes | bytearray) and len(payload) > MOST_BYTES:
            payload = None
        for entry in self._config.quantities:
            if entry.topic == topic and (entry.retained or not retained):
                self._latest[entry] = payload, at_s
            elif entry.topic == topic:
                self._only_retained.add(topic)
        if len(self._latest) == len(self._config.quantities):
            self._complete.set()

    def _latest_of(self, entry: MqttQuantity, now_s: float) -> Reading[Any]:
        if entry not in self._latest and entry.topic in self._only_retained:
            advice = "only a retained message has come on {topic}, from an unknown time; `retained: true` uses it"
            return unknown(Text(advice, topic=entry.topic), now_s)
        if entry not in self._latest:
            return unknown(Text("nothing has come on {topic} yet", topic=entry.topic), now_s)
        return self._reading(entry, *self._latest[entry])

    def _reading(self, entry: MqttQuantity, payload: object, at_s: float) -> Reading[Any]:
        name = entry.quantity.quantity
        if not isinstance(payload, bytes | bytearray) or len(payload) > MOST_BYTES:
            return unknown(
                Text("{name}: the message on {topic} is empty or too large", name=name, topic=entry.topic), at_s
            )
        text = payload.decode("utf-8", "replace").strip(BLANKS)
        if not entry.path:
            return entry.quantity.reading(text, at_s)
        try:
            body = parsed(text, nan_is_null=True)
        except ValueError:
            return unknown(
                Text(
                    "{name}: the message on {topic} is not JSON but {text}",
                    name=name,
                    topic=entry.topic,
                    text=quoted(text),
                ),
                at_s,
            )
        try:
            value = self._values[entry].found_in(body)
        except ValueError as error:
            return unknown(Text("{quantity}: {why}", quantity=name, why=error.args[0]), at_s)
        return entry.quantity.reading(value, at_s)

    def _unreachable(self, fault: Fault, why: str) -> DeviceError:
        told = why if isinstance(why, Text) else printable(why)  # a plain string may come from the broker
        return DeviceError(
            fault,
            Text("MQTT broker {where}: {why}", where=self._config.broker.where, why=told),
        )


class Mqtt(MqttReader):
    """One meter. Implements Meter, Pushed, and Identified."""

    def __init__(self, config: MqttConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for a topic, path or quantity that cannot be used."""
        checked_together(entry.quantity for entry in config.quantities)
        super().__init__(config, clock)

    async def read(self) -> Sample:
        """All quantities, as a sample of the meter."""
        return assemble(self._config.name, await self.readings())

    async def identify(self) -> Identity:
        """That the broker answers."""
        await self.read()
        return Identity("mqtt")


def unanswered(error: aiomqtt.MqttError) -> End:
    """The end of a CONNECT that brought no connection."""
    if isinstance(error, aiomqtt.MqttCodeError) and error.rc == UNSUPPORTED_VERSION:
        return "version"
    return "silent" if str(error) == NO_ANSWER else "failed"
