"""An MQTT connection that ends cleanly, whatever the broker does.

aiomqtt and paho carry the protocol. Four of their habits are corrected here. A topic that is not UTF-8 raises inside
paho, which then reads the same packet for ever. A connection that fails in an unexpected way keeps its socket open. A
message that nobody has taken yet waits in a queue, and a full queue writes a log line for each message. A
write is registered for a socket that may be closed by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.tls_client import tls_of

log = logging.getLogger(__name__)

Take = Callable[[str, object, bool], None]
"""Takes topic, payload, and whether the broker had retained the message."""


class Connection(aiomqtt.Client):
    """One connection, used once. Each message goes to `take` as it arrives."""

    def __init__(self, host: str, port: int, take: Take, **options: Any) -> None:
        """`options` are those of aiomqtt.Client. Opens nothing yet."""
        super().__init__(host, port, **options)
        self._take = take
        self._connecting = False
        self._abandoned = False
        self._bad_topic_said = False
        self._disconnected.add_done_callback(self._drop_when_broken)

    async def ended(self) -> None:
        """Wait for the end of the connection. Raises MqttError, or what a broken packet raised."""
        if self._client.socket() is None:
            raise aiomqtt.MqttError("the connection broke while it was being opened")
        await asyncio.shield(self._disconnected)

    def drop(self) -> None:
        """Close the socket and stop what belongs to it, at once. May be called at any time and more than once."""
        if self._connecting:
            self._abandoned = True  # the thread that connects still owns the socket
            return
        self._client._sock_close()  # paho has no public call that closes without a word to the broker
        if self._misc_task is not None:
            self._misc_task.cancel()
        if not self._disconnected.done():
            self._disconnected.set_result(None)

    def _drop_when_broken(self, disconnected: asyncio.Future[None]) -> None:
        if not disconnected.cancelled():
            disconnected.exception()  # looked at here, since nobody else may wait for it
        self.drop()

    def _client_connect(self) -> None:
        """Runs in a thread, which goes on when nobody waits for it any more."""
        self._connecting = True
        try:
            super()._client_connect()
        finally:
            with suppress(RuntimeError):  # the loop is closed: the program ends
                self._loop.call_soon_threadsafe(self._connect_ended)

    def _connect_ended(self) -> None:
        self._connecting = False
        if self._abandoned:
            self.drop()

    def _on_socket_register_write(self, client: Any, userdata: Any, sock: Any) -> None:
        """As in aiomqtt, but not for a socket that was closed in the meantime."""
        self._loop.call_soon_threadsafe(self._write_when_possible, sock)

    def _write_when_possible(self, sock: Any) -> None:
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # what a broken connection raises; the same as any end of it
            if not self._disconnected.done():
                self._disconnected.set_exception(error)

    def _on_disconnect(self, *args: Any) -> None:
        """As in aiomqtt, which fails where nobody waits for the connection any more."""
        if not self._connected.cancelled():
            super()._on_disconnect(*args)

    def _on_message(self, client: Any, userdata: Any, message: Any) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            if not self._bad_topic_said:
                log.warning("MQTT broker %s sends a topic that is not UTF-8; such messages are ignored", self._hostname)
            self._bad_topic_said = True
            return
        self._take(topic, message.payload, bool(message.retain))


def connection_to(
    broker: Broker, take: Take, protocol: aiomqtt.ProtocolVersion, most_bytes: int, **more: Any
) -> Connection:
    """A connection to a broker. One of MQTT 5 is told the largest message, in bytes. `more` goes to aiomqtt.Client."""
    limit = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    limit.MaximumPacketSize = most_bytes
    return Connection(
        broker.host,
        broker.port,
        take,
        username=broker.user or None,
        password=broker.password or None,
        tls_context=tls_of(broker),
        timeout=broker.timeout_s,
        protocol=protocol,
        properties=limit if protocol is aiomqtt.ProtocolVersion.V5 else None,
        keepalive=30,
        **more,
    )


@asynccontextmanager
async def connected(connection: Connection) -> AsyncIterator[None]:
    """The connection, open inside the block. After it the socket is closed, however the block ended."""
    try:
        async with connection:
            yield
    finally:
        connection.drop()
