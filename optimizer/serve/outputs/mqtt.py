"""MqttOutput: publishes the house to a broker, with discovery for Home Assistant, and takes commands where allowed.

It connects by itself and anew, and never disturbs the service: a broker that is gone, slow, or hostile costs messages
only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import aiomqtt

from optimizer.devices.generic.mqtt import MQTT_3, MQTT_5, unanswered
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.mqtt_client import Connection, connected, connection_to
from optimizer.devices.words import plain, printable
from optimizer.model.tasks import end_tasks
from optimizer.serve.outputs.commands import Commands
from optimizer.serve.outputs.discovery import House, components_of, discovery
from optimizer.serve.outputs.due import Due
from optimizer.serve.outputs.entity import Entity, View
from optimizer.serve.outputs.identity import Identity
from optimizer.serve.panel import Panel
from optimizer.serve.troubles import troubles

log = logging.getLogger(__name__)

MOST_BYTES = 16_384
"""A larger message is no command, and a broker of MQTT 5 is asked not to send it."""
MOST_WAITING = 100
"""Received messages that wait for their turn. Further ones replace the oldest."""
RETRY_S = (1.0, 60.0)
"""First and longest wait before connecting anew."""
AFTER_DISCOVERY_S = 2.0
"""Home Assistant loses states that follow a discovery at once."""
BIRTH_SPREAD_S = 10.0
"""Longest random wait after Home Assistant has started, so that not everybody publishes at once."""
FAREWELL_S = 0.4
"""Longest time for the last message."""


class MqttOutput:
    """One connection to one broker."""

    def __init__(
        self,
        broker: Broker,
        house: House,
        entities: Iterable[Entity],
        panel: Panel,
        *,
        identity: Identity | None = None,
        commands: Commands | None = None,
        random: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`identity` is None without discovery, and `commands` without commands. `random` is from 0 to 1."""
        self._broker = broker
        self._house = house
        self._entities = tuple(entities)
        self._panel = panel
        self._identity = identity
        self._commands = commands
        self._random = random
        self._due = Due(self._entities)
        self._received: deque[tuple[str, object, bool]] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()
        self._connections = 0
        self.problem = "no connection yet"
        """Why nothing is published. Empty while there is a connection."""

    async def run(self) -> None:
        """Publish until canceled."""
        wait_s, protocol, said = RETRY_S[0], MQTT_5, ""
        while True:
            before = self._connections
            refused = await self._connect(protocol)
            if refused and protocol is MQTT_5:
                protocol = MQTT_3
                continue
            if self._connections > before:
                wait_s, said = RETRY_S[0], ""
            if self.problem != said:
                log.warning("nothing is published to the MQTT broker %s: %s", self._broker.where, self.problem)
                said = self.problem
            protocol = MQTT_5
            await self._panel.clock.sleep(wait_s)
            wait_s = min(2.0 * wait_s, RETRY_S[1])

    @property
    def _birth(self) -> str:
        return f"{self._house.prefix}/status"

    async def _connect(self, protocol: aiomqtt.ProtocolVersion) -> bool:
        """One connection until its end. Returns whether the broker does not speak this version."""
        will = aiomqtt.Will(self._house.availability, "offline", qos=1, retain=True)
        client = connection_to(self._broker, self._take, protocol, MOST_BYTES, will=will)
        self._received.clear()  # a command of an earlier connection may be hours old
        answered = False
        try:
            async with connected(client):
                answered = True
                try:
                    await self._serve(client)
                except asyncio.CancelledError:
                    await self._farewell(client)
                    raise
        except aiomqtt.MqttError as error:
            self.problem = printable(plain(error))
            return not answered and unanswered(error) in ("version", "silent")
        except Exception as error:
            # The library raises whatever a broken packet makes it stumble over. A mistake of ours must not end the
            # service either, so it is logged with its place.
            if answered:
                log.exception("publishing to the MQTT broker %s failed", self._broker.where)
            self.problem = printable(str(error) or type(error).__name__)
        return False

    async def _serve(self, client: Connection) -> None:
        if self._identity is not None:
            await client.subscribe(self._birth, qos=1)
        for topic in self._commands.topics if self._commands is not None else ():
            await client.subscribe(f"{self._house.topic}/{topic}", qos=1)
        await client.publish(self._house.availability, "online", qos=1, retain=True)
        self.problem = ""
        self._connections += 1
        log.info("the house is published to the MQTT broker %s", self._broker.where)
        await self._announce(client)
        ended = asyncio.ensure_future(client.ended())
        try:
            while not ended.done():
                await self._handle(client)
                await self._publish(client)
                await self._wait(ended)
        finally:
            await end_tasks([ended])
        raise aiomqtt.MqttError("the connection ended")

    async def _wait(self, ended: asyncio.Future[None]) -> None:
        """Wait for a tick, a message, or the end of the connection."""
        waiting: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._panel.next_tick()),
            asyncio.ensure_future(self._arrived.wait()),
        ]
        try:
            await asyncio.wait([*waiting, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(waiting)

    async def _announce(self, client: Connection) -> None:
        """Publish discovery, and everything else after it."""
        if self._identity is not None:
            house, published = self._house, self._identity.published
            for topic, payload in discovery(house, self._entities, published):
                await client.publish(topic, payload, qos=1, retain=True)
            self._identity.remember(components_of(house, self._entities))
            await self._panel.clock.sleep(AFTER_DISCOVERY_S)
        self._due.forget()

    async def _publish(self, client: Connection) -> None:
        report = self._panel.report
        if report is None:
            return
        goals = self._panel.goals.reports() if self._panel.goals is not None else ()
        view = View(report, self._panel.books, troubles(report, self._panel), goals)
        for topic, payload in self._due.messages(view, self._panel.clock.monotonic_s()):
            await client.publish(f"{self._house.topic}/{topic}", payload)

    async def _handle(self, client: Connection) -> None:
        """Take what was received."""
        self._arrived.clear()
        born = False
        while self._received:
            topic, payload, retained = self._received.popleft()
            if topic == self._birth:
                born = born or (payload == b"online" and not retained)
                continue
            report = self._panel.report
            if self._commands is not None and report is not None:
                below = topic.removeprefix(f"{self._house.topic}/")
                concerned = self._commands.take(below, payload, retained, report.state)
                if concerned:
                    self._due.forget(concerned)
        if born:
            await self._panel.clock.sleep(BIRTH_SPREAD_S * self._random())
            await self._announce(client)

    async def _farewell(self, client: Connection) -> None:
        """Say that the service has ended. Without this, the broker says so after the keepalive."""
        with suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await client.publish(self._house.availability, "offline", qos=1, retain=True)

    def _take(self, topic: str, payload: object, retained: bool) -> None:
        if isinstance(payload, bytes | bytearray) and len(payload) > MOST_BYTES:
            return
        self._received.append((topic, payload, retained))
        self._arrived.set()
