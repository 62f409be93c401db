"""Fuzzers of sonnen, GivTCP, its charger and the generic meters: nothing escapes, no number is made up."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import httpx

from optimizer.devices.generic.http_json import HttpJson, HttpJsonConfig, HttpQuantity
from optimizer.devices.generic.modbus_table import FORMATS, Register
from optimizer.devices.generic.mqtt import Mqtt, MqttConfig, MqttQuantity
from optimizer.devices.generic.mqtt_broker import Broker
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.givtcp import battery as givtcp_module
from optimizer.devices.givtcp.battery import GivTcp
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.givtcp.evc import GivEvc
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.port import Sample
from optimizer.devices.sonnen.battery import Sonnen
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.model.decision import BatteryAction, BatteryOrder
from tests.devices.fuzz import damaged, mutated_json, numbers_in, numbers_of, only_device_errors
from tests.devices.givtcp.test_cache import THREE, version_2
from tests.devices.givtcp.test_evc import BODY as EVC
from tests.devices.hand_clock import START, HandClock
from tests.devices.sonnen.test_status import DOCUMENT, MODERN

ORDERS = (
    BatteryOrder(BatteryAction.POWER, power_w=-1234.5),
    BatteryOrder(BatteryAction.POWER, power_w=900.0),
    BatteryOrder(BatteryAction.POWER),
    BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0, max_charge_w=777.7),
)
CONFIGURATIONS = {
    "CM_MarketingModuleCapacity": "5000",
    "DE_Software": "1.2",
    "EM_OperatingMode": "2",
    "IC_BatteryModules": "2",
    "IC_InverterMaxPower_w": "4600",
}


async def sonnen_json(seed: int, count: int) -> None:
    """Damaged status, configuration and answers of both APIs, read and written to."""
    random_ = random.Random(seed)
    said: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        tree: Any = {"EM_OperatingMode": str(random_.choice((1, 2)))}
        if request.url.path.endswith("/status"):
            tree = random_.choice((DOCUMENT, MODERN))
        elif request.url.path.endswith("/configurations"):
            tree = CONFIGURATIONS
        elif "setpoint" in request.url.path:
            watts = request.url.path.rpartition("/")[2]
            assert watts.isdecimal()
            assert int(watts) <= 5000
            tree = random_.choice((True, False, {"ReturnCode": "0"}, {"ReturnCode": 13}))
        content = mutated_json(random_, tree) if random_.random() < 0.6 else json.dumps(tree).encode()
        said.append(_parsed(content))
        status = 200 if random_.random() < 0.9 else random_.choice((201, 204, 401, 403, 404, 500))
        return httpx.Response(status, content=content)

    for _ in range(count):
        said.clear()
        api = random_.choice(("v1", "v2"))
        config = SonnenConfig("c", "http://sonnen", api, "token", manual_by_hand=random_.random() < 0.5)  # type: ignore[arg-type]
        sonnen = Sonnen(config, HandClock(), MemoryKeep(), transport=httpx.MockTransport(handle))
        sample = await only_device_errors(sonnen.read())
        if sample is not None:
            _derived(sample, said)
        await only_device_errors(sonnen.identify())
        await only_device_errors(sonnen.order("c", random_.choice(ORDERS)))
        await only_device_errors(sonnen.hand_back("c"))


async def givtcp_json(seed: int, count: int) -> None:
    """Damaged caches, read, and planned and written on."""
    random_, clock = random.Random(seed), HandClock()
    said: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            body = json.loads(request.content)
            assert all(not isinstance(value, float) for value in body.values())
            return httpx.Response(random_.choice((200, 200, 404, 500)), content=mutated_json(random_, {"result": "ok"}))
        tree = random_.choice(bodies)
        updated = clock.now().isoformat()
        (tree.get("Stats") or tree)["Last_Updated_Time"] = updated
        content = mutated_json(random_, tree) if random_.random() < 0.5 else json.dumps(tree).encode()
        said.append(_parsed(content))
        return httpx.Response(200 if random_.random() < 0.95 else 500, content=content)

    bodies = [json.loads(json.dumps(body)) for body in (THREE, version_2())]
    for _ in range(count):
        said.clear()
        clock.pass_s(60.0)
        giv = GivTcp(GivTcpConfig("c", "http://giv"), clock, MemoryKeep(), transport=httpx.MockTransport(handle))
        sample = await only_device_errors(giv.read())
        if sample is not None:
            _derived(sample, said)
        await only_device_errors(giv.identify())
        if random_.random() < 0.1:
            with patch.object(givtcp_module, "MOST_WRITES", 3):
                await only_device_errors(giv.order("c", random_.choice(ORDERS)))
                await only_device_errors(giv.hand_back("c"))


async def givtcp_evc_json(seed: int, count: int) -> None:
    """Damaged caches of the charger, read and written to."""
    random_, said = random.Random(seed), list[Any]()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            body = json.loads(request.content)
            assert body in ({"current": 9}, {"mode": "Stop"}, {"mode": "Start"})
            return httpx.Response(500)
        content = mutated_json(random_, {"Charger": EVC}) if random_.random() < 0.8 else json.dumps({"Charger": EVC})
        said.append(_parsed(content))
        return httpx.Response(200, content=content)

    for _ in range(count):
        said.clear()
        evc = GivEvc(GivEvcConfig("c", "http://giv"), HandClock(), MemoryKeep(), transport=httpx.MockTransport(handle))
        sample = await only_device_errors(evc.read())
        if sample is not None:
            _derived(sample, said)
        await only_device_errors(evc.identify())
        if random_.random() < 0.2:
            await only_device_errors(evc.set_current(9.7))
            await only_device_errors(evc.set_pause(random_.random() < 0.5))


async def http_json_bodies(seed: int, count: int) -> None:
    """Damaged bodies of a meter, over paths of several kinds."""
    random_, content = random.Random(seed), b""
    tree = {"p": [{"w": 410.5, "ok": True}, {"w": -20.25}, {"w": "9.5"}], "t": START.timestamp(), "soc": {"v": 57}}
    quantities = (
        HttpQuantity(Quantity("grid_power"), "sum([p[0].w, p[1].w])"),
        HttpQuantity(Quantity("pv_power"), "p[?ok].w | [0]", time="t"),
        HttpQuantity(Quantity("battery_soc"), "soc.v"),
        HttpQuantity(Quantity("battery_power"), "p[2].w"),
    )
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    for _ in range(count):
        content = mutated_json(random_, tree)
        meter = HttpJson(HttpJsonConfig("m", "http://meter", quantities), HandClock(), transport=transport)
        sample = await only_device_errors(meter.read())
        if sample is not None:
            _derived(sample, [_parsed(content)])


async def mqtt_payloads(seed: int, count: int) -> None:
    """Damaged payloads, plain and JSON."""
    random_ = random.Random(seed)
    plain = MqttQuantity(Quantity("grid_power"), "a")
    inside = MqttQuantity(Quantity("pv_power"), "b", "sum([x, y.z])")
    meter = Mqtt(MqttConfig("m", Broker("nowhere"), (plain, inside)), HandClock())
    for _ in range(count):
        payload = damaged(random_, b"-420.5")
        reading = meter._reading(plain, payload, 1.0)
        assert reading.value is None or reading.value == float(payload.strip(b"\0"))
        payload = mutated_json(random_, {"x": 1000, "y": {"z": 250.5}})
        reading = meter._reading(inside, payload, 1.0)
        if reading.value is not None:
            said = numbers_in(_parsed(payload.strip(b" \t\r\n\0")))
            assert reading.value == 0.0 or any(reading.value == a + b for a in said for b in said)


async def modbus_numbers(seed: int, count: int) -> None:
    """Registers that hold anything, in every type and order."""
    random_ = random.Random(seed)
    for _ in range(count):
        kind = random_.choice(sorted(FORMATS))
        order = random_.choice(("high_first", "low_first"))
        register = Register(Quantity("grid_power"), 0, kind, order)  # type: ignore[arg-type]
        words = [random_.choice((0, 0x7FFF, 0x8000, 0xFFFF, random_.getrandbits(16))) for _ in range(register.count)]
        reading = register.quantity.reading(register.decoded(words), 1.0)
        raw = b"".join(struct.pack(">H", word) for word in (words if order == "high_first" else reversed(words)))
        assert reading.value is None or reading.value == struct.unpack(FORMATS[kind], raw)[0]


BRANDS: dict[str, Callable[[int, int], Awaitable[None]]] = {
    "sonnen_json": sonnen_json,
    "givtcp_json": givtcp_json,
    "givtcp_evc_json": givtcp_evc_json,
    "http_json_bodies": http_json_bodies,
    "mqtt_payloads": mqtt_payloads,
    "modbus_numbers": modbus_numbers,
}


def _derived(sample: Sample, said: list[Any]) -> None:
    """Fails when a number of the sample is none that was said, nor made of said ones as the contract has it."""
    plain = set().union(*(numbers_in(tree) for tree in said)) | {0.0}
    plain |= {-number for number in plain}
    for where, number in numbers_of(sample).items():
        # kWh and kW, and the phases of a charger, which are counted.
        if number in plain or any(number == n * 1000.0 for n in plain) or where == "ev.phases":
            continue
        sums = {a + b for a in plain for b in plain}
        # Grid = consumption − production − Pac; capacity = modules × their size; power = the sum of three phases.
        if number in sums or any(abs(number - s - n) < 1e-6 for s in sums for n in plain):
            continue
        if any(number in (a * b, a * b * 1000.0) for a in plain for b in plain):
            continue
        raise AssertionError(f"{where} is {number}, which the device never said")


def _parsed(content: bytes | str) -> Any:
    try:
        return json.loads(content if isinstance(content, str) else content.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
