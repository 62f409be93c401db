"""Brokers that break the protocol: no endless log, no descriptor left open, no client left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from optimizer.devices.generic import mqtt as module
from optimizer.devices.generic.mqtt import Mqtt, MqttConfig, MqttQuantity
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.port import DeviceError
from optimizer.model import tasks
from optimizer.model.clock import SystemClock
from optimizer.model.tasks import end_tasks

GRID = MqttQuantity(Quantity("grid_power", max_age_s=60.0), "x/grid")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CONNACK = b"\x20\x03\x00\x00\x00"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.02)
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.02))


def publish(topic: bytes, payload: bytes, kind: int = 0x30) -> bytes:
    body = len(topic).to_bytes(2, "big") + topic + b"\0" + payload
    return bytes([kind, len(body)]) + body


BAD_TOPIC = publish(b"x/\xff\xfe", b"1")


async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """CONNECT and the one SUBSCRIBE of a meter, answered."""
    await reader.read(1000)
    writer.write(CONNACK)
    subscribe = await reader.read(1000)
    writer.write(b"\x90\x04" + subscribe[2:4] + b"\0\0")


def after_subscribing(*packets: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await accepted(reader, writer)
        for packet in packets:
            writer.write(packet)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read()

    return talk


def instead_of_connack(packet: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(packet)
        await reader.read()

    return talk


async def connack_too_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    await asyncio.sleep(0.15)
    writer.write(CONNACK)
    await reader.read()


async def no_suback(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.write(CONNACK)
    while await reader.read(1000):
        pass


async def ends_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await accepted(reader, writer)


BROKEN: dict[str, Talk] = {
    "topic": after_subscribing(BAD_TOPIC, BAD_TOPIC),
    "topic with QoS 1": after_subscribing(publish(b"\xff", b"\0\0\0", 0x32), BAD_TOPIC),
    "empty publish": after_subscribing(b"\x30\x00", b"\x30\x00", b"\x30\x00"),
    "short publish": after_subscribing(b"\x30\x02\x00\x09", b"\x30\x01\x00"),
    "bad property": after_subscribing(b"\x30\x06\x00\x01x\x02\xff\xff", b"\x30\x00"),
    "reserved kind": after_subscribing(b"\xf0\x00\x00\x00"),
    "endless length": after_subscribing(b"\x30\xff\xff\xff\xff\xff\xff"),
    "foreign suback": after_subscribing(b"\x90\x04\x77\x77\0\0", b"\x90\x00"),
    "disconnect": after_subscribing(b"\xe0\x02\x8b\x00"),
    "empty connack": instead_of_connack(b"\x20\x00"),
    "short connack": instead_of_connack(b"\x20\x01\x00"),
    "connack, then nonsense": instead_of_connack(CONNACK + b"\x30\x00\x30\x00"),
    "topic before connack": instead_of_connack(BAD_TOPIC * 3),
    "connack too late": connack_too_late,
    "no suback": no_suback,
    "ends at once": ends_at_once,
}


@asynccontextmanager
async def broken_broker(talk: Talk) -> AsyncIterator[int]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def open_sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def meter_at(port: int, timeout_s: float = 0.1) -> Mqtt:
    return Mqtt(MqttConfig("m", Broker("127.0.0.1", port, timeout_s=timeout_s), (GRID,)), SystemClock())


async def until(meter: Mqtt, grid_w: float) -> None:
    """Read until this value has come."""
    async with asyncio.timeout(20):
        while True:
            sample = await meter.read()
            if sample.grid is not None and sample.grid.power_w.value == grid_w:
                return
            await asyncio.sleep(0.01)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open descriptors are read from /proc")
@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_broker_leaves_nothing_behind(how: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with broken_broker(BROKEN[how]) as port:
        before = open_sockets()
        meter = meter_at(port)
        most = 0
        for _ in range(12):
            try:
                await meter.read()
            except DeviceError as error:
                assert error.fault in ("unreachable", "timeout")
            await asyncio.sleep(0.03)
            most = max(most, len(open_sockets() - before))
        await meter.close()
        await asyncio.sleep(0.05)
        rounds = 12 * 3
        assert most <= 12  # both ends of the connections of a few rounds
        own = [task.get_name() for task in asyncio.all_tasks() if "_misc_loop" in repr(task)]
    assert not own
    async with asyncio.timeout(5.0):  # the brokers' own ends close too
        while len(open_sockets() - before) > 1:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    lines = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert len(lines) < 2 * rounds
    assert not [record for record in caplog.records if record.name == "asyncio" and record.levelno >= logging.WARNING]


async def test_a_meter_is_closed_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the answer that it waits for comes in the same turn of the loop as the end."""
    monkeypatch.setattr(tasks, "AGAIN_S", 0.01)
    async with broken_broker(after_subscribing(publish(b"x/grid", b"1"))) as port:
        for turns in range(40):
            meter = meter_at(port, timeout_s=2.0)
            reading = asyncio.ensure_future(meter.read())
            for _ in range(turns):
                await asyncio.sleep(0.0002 if turns % 2 else 0)
            async with asyncio.timeout(10.0):
                await meter.close()
            await end_tasks([reading])


async def test_a_topic_that_is_not_utf8_costs_only_its_message(caplog: pytest.LogCaptureFixture) -> None:
    async with broken_broker(after_subscribing(BAD_TOPIC, BAD_TOPIC, publish(b"x/grid", b"-42"))) as port:
        meter = meter_at(port, timeout_s=2.0)
        await until(meter, -42.0)
        await meter.close()
    said = [record.getMessage() for record in caplog.records]
    assert said == ["MQTT broker 127.0.0.1 sends a topic that is not UTF-8; such messages are ignored"]


async def test_a_flood_keeps_the_newest_value_and_writes_no_line(caplog: pytest.LogCaptureFixture) -> None:
    flood = b"".join(publish(b"x/grid", str(n).encode()) for n in range(3000))
    async with broken_broker(after_subscribing(flood)) as port:
        meter = meter_at(port, timeout_s=2.0)
        await until(meter, 2999.0)
        await meter.close()
    assert not caplog.records


async def test_a_client_that_is_closed_while_it_connects_closes_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    connect = aiomqtt.Client._client_connect

    def slowly(client: aiomqtt.Client) -> None:
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result(5.0)
        connect(client)

    monkeypatch.setattr(aiomqtt.Client, "_client_connect", slowly)
    closed = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()

    async with broken_broker(talk) as port:
        meter = meter_at(port, timeout_s=0.05)
        reading = asyncio.ensure_future(meter.read())
        await entered.wait()
        await meter.close()
        go.set()
        async with asyncio.timeout(5):
            await closed.wait()
        with pytest.raises(DeviceError):
            await reading
