"""From site.yaml to values in a tick: HTTP, Modbus, MQTT, and Home Assistant over real sockets."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.cli.run.inputs import build_inputs
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import SystemClock
from optimizer.runtime.inputs.completion import Completion
from optimizer.settings import Settings, load_settings
from optimizer.settings.vehicle_mapping import to_wiring
from optimizer.twin.http import HttpServer, Request, Response
from tests.devices.generic.broker import BROKERS, PASSWORD, USER, broker
from tests.devices.generic.test_mqtt import send
from tests.serve.house import state

TOKEN = "a-token-of-home-assistant"
INPUTS = """\
connections:
  shelly: {{type: http_json, url: "http://127.0.0.1:{http}"}}
  relays: {{type: modbus, host: 127.0.0.1, port: {modbus}}}
  ha: {{type: home_assistant, url: "http://127.0.0.1:{http}", token: {token}}}
inputs:
  heat_w: {{type: number, unit: W, http: {{connection: shelly, request: "/rpc/Switch.GetStatus?id=0", path: apower}}}}
  contact: {{type: switch, http: {{connection: shelly, request: "/rpc/Input.GetStatus?id=0", path: state}}}}
  dimmed: {{type: switch, modbus: {{connection: relays, address: 3, table: discrete}}}}
  lamp: {{type: switch, modbus: {{connection: relays, address: 2, table: coil, inverted: true}}}}
  holiday: {{type: switch, entity: {{connection: ha, entity: input_boolean.holiday}}}}
  boiler_w: {{type: number, unit: W, max: 5000, entity: {{connection: ha, entity: sensor.boiler, time: last_reported}}}}
  gone: {{type: number, entity: {{connection: ha, entity: sensor.gone}}}}
"""
BODIES = {
    "/rpc/Switch.GetStatus": b'{"id": 0, "apower": 812.5}',
    "/rpc/Input.GetStatus": b'{"id": 0, "state": true}',
    "/api/states/input_boolean.holiday": b'{"state": "on", "attributes": {}}',
    "/api/states/sensor.gone": b'{"state": "unavailable", "attributes": {}}',
}


def settings_of(folder: Path, text: str) -> Settings:
    (folder / "rules").mkdir()
    (folder / "site.yaml").write_text(text)
    (folder / "site.yaml").chmod(0o600)
    return load_settings(folder / "site.yaml", {})


async def answer(request: Request) -> Response:
    if request.path.startswith("/api/") and request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response(401, b"{}")
    if request.path == "/api/states/sensor.boiler":
        said = SystemClock().now().isoformat()
        body = '{"state": "1.75", "attributes": {"unit_of_measurement": "kW"}, "last_reported": "' + said + '"}'
        return Response(200, body.encode())
    body_of = BODIES.get(request.path)
    return Response(404, b"{}") if body_of is None else Response(200, body_of)


@asynccontextmanager
async def bits() -> AsyncIterator[int]:
    """A Modbus server whose coils and discrete inputs are on at odd addresses."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                number, _, _, unit, code, address, count = struct.unpack(">HHHBBHH", await reader.readexactly(12))
                assert (code, count) in ((1, 1), (2, 1))
                data = bytes((code, 1, address % 2))
                writer.write(struct.pack(">HHHB", number, 0, len(data) + 1, unit) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def test_values_come_from_http_modbus_and_home_assistant(tmp_path: Path) -> None:
    clock = SystemClock()
    server = HttpServer(answer, clock)
    http = (await server.start()).rpartition(":")[2]
    try:
        async with bits() as modbus:
            settings = settings_of(tmp_path, INPUTS.format(http=http, modbus=modbus, token=TOKEN))
            board, pollers = build_inputs(settings, clock, KeptFiles(tmp_path / "state"))
            await asyncio.gather(*(poller.read() for poller in pollers))
            values = board(clock.monotonic_s())
            await asyncio.gather(*(poller.close() for poller in pollers))
    finally:
        await server.stop()
    assert {name: reading.value for name, reading in values.items()} == {
        "heat_w": 812.5,
        "contact": True,
        "dimmed": True,
        "lamp": True,
        "holiday": True,
        "boiler_w": 1750.0,
        "gone": None,
    }
    assert values["gone"].why == "the source says “unavailable”"


@pytest.mark.parametrize("kind", BROKERS)
async def test_values_come_from_a_broker(kind: str, tmp_path: Path) -> None:
    clock = SystemClock()
    text = (
        "connections: {broker: {type: mqtt, host: 127.0.0.1, port: %d, user: %s, password: %s}}\n"
        "inputs:\n"
        "  soc: {type: number, unit: '%%', mqtt: {connection: broker, topic: car/soc, retained: true}}\n"
        "  dimmed: {type: switch, mqtt: {connection: broker, topic: relay, path: state}}\n"
    )
    async with broker(kind, tmp_path) as port:
        await send(port, "car/soc", "64", retain=True)
        settings = settings_of(tmp_path, text % (port, USER, PASSWORD))
        board, (poller,) = build_inputs(settings, clock, KeptFiles(tmp_path / "state"))
        await poller.read()
        assert board(clock.monotonic_s())["soc"].value == 64.0
        assert "nothing has come on relay yet" in board(clock.monotonic_s())["dimmed"].why
        await send(port, "relay", '{"state": "ON"}')
        async with asyncio.timeout(5.0):
            while not board(clock.monotonic_s())["dimmed"].value:
                await asyncio.sleep(0.02)
                await poller.read()
        await poller.close()


@pytest.mark.parametrize("kind", BROKERS[-1:])
async def test_the_car_of_teslamate_is_known_at_its_charger(kind: str, tmp_path: Path) -> None:
    clock = SystemClock()
    text = (
        "devices: {carport: {type: nrgkick, url: 'http://192.0.2.1'}}\n"
        "connections: {broker: {type: mqtt, host: 127.0.0.1, port: %d, user: %s, password: %s}}\n"
        "vehicles: {model3: {charger: carport, teslamate: {connection: broker}}}\n"
    )
    async with broker(kind, tmp_path) as port:
        await send(port, "teslamate/cars/1/usable_battery_level", "64", retain=True)
        await send(port, "teslamate/cars/1/charge_limit_soc", "80", retain=True)
        await send(port, "teslamate/cars/1/rated_battery_range_km", "251.3", retain=True)
        settings = settings_of(tmp_path, text % (port, USER, PASSWORD))
        board, (poller,) = build_inputs(settings, clock, KeptFiles(tmp_path / "state"))
        await poller.read()
        before = replace(state(clock.monotonic_s()), inputs=board(clock.monotonic_s()))
        car = Completion(to_wiring(settings))(before).evs["carport"]
        await poller.close()
    assert (car.vehicle, car.soc_percent.value, car.limit_soc_percent.value) == ("model3", 64.0, 80.0)
    assert car.range_km.value == 251.3
