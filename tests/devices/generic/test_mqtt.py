"""Values over a real broker: plain and JSON payloads, retained ones, lost connections, wrong passwords."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from optimizer.devices.generic import mqtt as module
from optimizer.devices.generic.mqtt import MOST_BYTES, Mqtt, MqttConfig, MqttQuantity
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.mqtt_client import Connection, Take
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.port import DeviceError, Identified, Meter, Pushed, Sample
from optimizer.model.clock import SystemClock
from tests.devices.generic.broker import BROKERS, PASSWORD, USER, broker

BOTH = pytest.mark.parametrize("kind", BROKERS)
GRID = MqttQuantity(Quantity("grid_power", max_age_s=10.0), "house/grid")
PV = MqttQuantity(Quantity("pv_power", "kW"), "house/pv", "sum([strings[0].kw, strings[1].kw])")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_S", 0.05)
    monkeypatch.setattr(module, "RETRY_S", (0.02, 0.05))


@pytest.fixture
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second round never comes: what was asked was asked in the first."""
    monkeypatch.setattr(module, "RETRY_S", (3600.0, 3600.0))


def meter_at(port: int, *quantities: MqttQuantity, password: str = PASSWORD, timeout_s: float = 2.0) -> Mqtt:
    config = MqttConfig("meter", Broker("127.0.0.1", port, USER, password, timeout_s=timeout_s), quantities)
    return Mqtt(config, SystemClock())


async def send(port: int, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
    async with aiomqtt.Client("127.0.0.1", port, username=USER, password=PASSWORD) as client:
        await client.publish(topic, payload, retain=retain)


async def until(meter: Mqtt, good: Callable[[Sample], bool]) -> Sample:
    """Read until a sample is as wanted; what a broker passes on takes a moment."""
    async with asyncio.timeout(5):
        while True:
            try:
                sample = await meter.read()
            except DeviceError:
                sample = Sample()
            if good(sample):
                return sample
            await asyncio.sleep(0.005)


def grid_w(sample: Sample) -> float | None:
    return None if sample.grid is None else sample.grid.power_w.value


@BOTH
async def test_plain_and_json(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID, PV)
        assert isinstance(meter, Meter)
        assert isinstance(meter, Identified)
        sample = await meter.read()
        assert sample.grid is not None
        assert sample.grid.power_w.why == "nothing has come on house/grid yet"
        await send(port, "house/grid", " -420.5\n")
        await send(port, "house/pv", '{"strings": [{"kw": 1.5}, {"kw": "0.5"}]}')
        sample = await until(meter, lambda s: grid_w(s) is not None and s.pvs[0].power_w.at_s > 0)
        assert grid_w(sample) == -420.5
        assert "finds nothing" in (await until(meter, lambda s: "finds" in s.pvs[0].power_w.why)).pvs[0].power_w.why
        await send(port, "house/pv", '{"strings": [{"kw": 1.5}, {"kw": 0.5}]}')
        assert (await until(meter, lambda s: s.pvs[0].power_w.known)).pvs[0].power_w.value == 2000.0
        assert (await meter.identify()).brand == "mqtt"
        await meter.close()


@BOTH
async def test_values_that_come_every_few_seconds_are_waited_for(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID, PV)
        assert isinstance(meter, Pushed)
        await until(meter, lambda sample: sample.grid is not None)
        waiting = asyncio.ensure_future(meter.heard(20.0))
        await send(port, "house/grid", "-420.5")
        await asyncio.sleep(0.02)
        assert not waiting.done(), "PV has not come yet"
        await send(port, "house/pv", '{"strings": [{"kw": 1.5}, {"kw": 0.5}]}')
        async with asyncio.timeout(5):
            await waiting
        assert grid_w(await meter.read()) == -420.5
        await meter.close()


@BOTH
async def test_what_never_comes_is_waited_for_no_longer_than_allowed(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID)
        async with asyncio.timeout(5):
            await meter.heard(0.05)
        assert grid_w(await meter.read()) is None
        await meter.close()
    with pytest.raises(DeviceError):
        await meter_at(port, GRID).heard(0.05)


@BOTH
async def test_retained_values_are_of_an_unknown_time(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        await send(port, "house/grid", "100", retain=True)
        careful, trusting = meter_at(port, GRID), meter_at(port, MqttQuantity(GRID.quantity, GRID.topic, retained=True))
        assert grid_w(await until(trusting, lambda s: grid_w(s) is not None)) == 100.0
        assert grid_w(await careful.read()) is None
        await send(port, "house/grid", "200", retain=True)  # a fresh one, though it is retained as well
        assert grid_w(await until(careful, lambda s: grid_w(s) is not None)) == 200.0
        await careful.close()
        await trusting.close()


@BOTH
async def test_a_lost_broker_and_its_return(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID)
        await meter.read()
    async with asyncio.timeout(5):
        while True:
            try:
                await meter.read()
            except DeviceError as error:
                assert error.fault == "unreachable"
                assert f"127.0.0.1:{port}" in str(error)
                break
            await asyncio.sleep(0.005)
    async with broker(kind, tmp_path, port) as port:
        await until(meter, lambda s: s.grid is not None)
        await send(port, "house/grid", "7")
        assert grid_w(await until(meter, lambda s: grid_w(s) is not None)) == 7.0
        await meter.close()


@BOTH
async def test_a_wrong_password(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID, password="wrong-one")
        with pytest.raises(DeviceError) as caught:
            await meter.read()
        assert caught.value.fault == "unauthorized"
        assert "wrong-one" not in str(caught.value)
        assert "the broker refuses the user or the password" in str(caught.value)
        await meter.close()


@pytest.mark.parametrize("kind", [kind for kind in BROKERS if kind != "small"])
async def test_a_broker_of_mqtt_5_does_not_send_what_is_too_large(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        meter = meter_at(port, GRID, PV)
        await meter.read()
        await send(port, "house/pv", b" " * MOST_BYTES)
        await send(port, "house/grid", "2")
        sample = await until(meter, lambda s: grid_w(s) == 2.0)
        assert sample.pvs[0].power_w.why == "nothing has come on house/pv yet"
        await meter.close()


@pytest.mark.usefixtures("one_round")
@pytest.mark.parametrize(("kind", "asked"), [("small5", [5]), ("small", [5, 4])])
async def test_a_wrong_password_is_asked_once_a_round(kind: str, asked: list[int], tmp_path: Path) -> None:
    connects: list[int] = []
    async with broker(kind, tmp_path, connects=connects) as port:
        meter = meter_at(port, GRID, password="wrong-one")
        with pytest.raises(DeviceError) as caught:
            await meter.read()
        assert caught.value.fault == "unauthorized"
        assert connects == asked  # the first of two is refused for its version
        await meter.close()


@pytest.mark.usefixtures("one_round")
async def test_a_broker_that_refuses_mqtt_5_is_read_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    connects: list[int] = []
    caplog.set_level(logging.INFO, module.__name__)
    async with broker("small", tmp_path, connects=connects) as port:
        meter = meter_at(port, GRID)
        assert (await meter.read()).grid is not None
        assert connects == [5, 4]
        assert [entry.getMessage() for entry in caplog.records] == [
            f"MQTT broker 127.0.0.1:{port} is spoken to in MQTT 3.1.1: messages of any size are gathered"
        ]
        await meter.close()


async def test_a_broker_that_says_nothing_to_mqtt_5_is_tried_with_the_older_one_next_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    connects: list[int] = []
    caplog.set_level(logging.INFO, module.__name__)
    async with broker("mute", tmp_path, connects=connects) as port:
        meter = meter_at(port, GRID, timeout_s=0.3)
        for _ in range(2):
            with pytest.raises(DeviceError):
                await meter.read()
        await until(meter, lambda s: s.grid is not None)
        assert connects == [5, 4]
    async with broker("mute", tmp_path, port, connects=connects):
        await until(meter, lambda s: s.grid is not None and len(connects) == 4)
        assert connects == [5, 4, 5, 4]  # what helped once is not kept for ever
        assert len(caplog.records) == 1
    async with broker("small5", tmp_path, port, connects=connects):
        await until(meter, lambda s: s.grid is not None and len(connects) == 5)
        assert connects[4:] == [5]
        await meter.close()


@pytest.mark.usefixtures("one_round")
async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[aiomqtt.ProtocolVersion] = []
    plain = module.connection_to

    def counted(broker: Broker, take: Take, protocol: aiomqtt.ProtocolVersion, most_bytes: int) -> Connection:
        tried.append(protocol)
        return plain(broker, take, protocol, most_bytes)

    monkeypatch.setattr(module, "connection_to", counted)
    meter = meter_at(1, GRID)
    with pytest.raises(DeviceError) as caught:
        await meter.read()
    assert caught.value.fault == "unreachable"
    assert tried == [module.MQTT_5]
    await meter.close()
    await meter.close()


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "no number"),
        (b"on", "no number"),
        (b"\xff\xfe", "no number"),
        (b"1" * 300_000, "too large"),
        (None, "too large"),
        (b"9e99", "outside"),
        (b"nan", "no number"),
    ],
)
def test_odd_payloads(payload: Any, why: str) -> None:
    reading = meter_at(1, GRID)._reading(GRID, payload, 1.0)
    assert reading.value is None
    assert why in reading.why


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[" * 100_000, b'{"strings": 3}', b'{"strings": [{"kw": 1}, {"kw": null}]}', b"3"]
)
def test_odd_json(payload: bytes) -> None:
    assert meter_at(1, PV)._reading(PV, payload, 1.0).value is None


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (MqttQuantity(Quantity("grid_power"), "house/+"), "wildcards"),
        (MqttQuantity(Quantity("grid_power"), ""), "not empty"),
        (MqttQuantity(Quantity("grid_power"), "a", "b["), "is not JMESPath"),
    ],
)
def test_wrong_configurations(quantity: MqttQuantity, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        meter_at(1, quantity)


def test_values_age() -> None:
    meter = meter_at(1, GRID)
    assert meter._reading(GRID, b"5", 1.0).fresh(12.0, GRID.quantity.max_age_s).value is None


def unknown_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def test_a_failed_connection_names_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Mqtt(MqttConfig("meter", Broker("127.0.0.1", 9), (GRID,)), SystemClock())
    with pytest.raises(DeviceError, match="nothing listens there: the connection is refused"):
        await meter.read()
    await meter.close()
    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    meter = Mqtt(MqttConfig("meter", Broker("broker"), (GRID,)), SystemClock())
    with pytest.raises(DeviceError, match="no device of this name is known in the network"):
        await meter.read()
    await meter.close()


def has_come(sample: Sample) -> bool:
    """Whether any message has come."""
    return sample.grid is not None and "nothing has come" not in sample.grid.power_w.why


@BOTH
async def test_payloads_of_other_programs(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        quantity = MqttQuantity(Quantity("grid_power", max_age_s=10.0), "m", "power", unit_beside=True)
        meter = meter_at(port, quantity)
        await meter.read()
        for payload, power_w in (
            ('{"power": 1.43, "unit": "kW"}', 1430.0),
            ('{"power": NaN, "energy": 5}', None),
            ('{"power": "-0.5kW"}', -500.0),
            ("<html>", None),
            ('{"power": null}', None),
            ('{"power": 3}', 3.0),
        ):
            before = (await meter.read()).grid
            at_s = -1.0 if before is None else before.power_w.at_s
            await send(port, "m", payload)
            sample = await until(meter, lambda s, at_s=at_s: has_come(s) and s.grid.power_w.at_s > at_s)
            assert grid_w(sample) == power_w, payload
        await meter.close()


@BOTH
async def test_a_message_that_is_only_retained_is_named(kind: str, tmp_path: Path) -> None:
    async with broker(kind, tmp_path) as port:
        await send(port, "house/grid", "100", retain=True)
        meter = meter_at(port, GRID)
        sample = await until(meter, lambda s: s.grid is not None and "retained" in s.grid.power_w.why)
        assert sample.grid is not None
        assert "`retained: true` uses it" in sample.grid.power_w.why
        await send(port, "house/grid", "200")
        await until(meter, lambda s: grid_w(s) == 200.0)
        await meter.close()
