"""One fuzzer a device and way of damage: each takes a seed and a count, and fails on the first breach."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx

from optimizer.devices.fems.channels import ACTIVE, EQUALS
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.fems import Fems
from optimizer.devices.fems.wire import FemsWire
from optimizer.devices.nrgkick.api import Api
from optimizer.devices.nrgkick.charger import Nrgkick
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.nrgkick.json_api import JsonApi
from optimizer.devices.nrgkick.modbus import ModbusApi
from optimizer.devices.port import Sample
from optimizer.model.clock import SystemClock
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V
from tests.devices.fems.fake import AC, CHANNELS, HYBRID
from tests.devices.fuzz import (
    damaged,
    mutated_json,
    mutated_registers,
    numbers_in,
    numbers_of,
    numbers_of_registers,
    only_device_errors,
    raw_http,
)
from tests.devices.fuzz_brands import BRANDS
from tests.devices.hand_clock import HandClock
from tests.devices.modbus_unit import ModbusUnit, modbus_unit
from tests.devices.nrgkick.bodies import CONTROL, INFO, VALUES
from tests.devices.nrgkick.registers_fixture import packed_registers

SHORT_S = 0.03
"""Deadline where a damaged frame may leave us waiting."""
BODIES = {"/info": INFO, "/values": VALUES, "/control": CONTROL}


def backed(sample: Sample, said: set[float]) -> None:
    """Fails when a number of the sample cannot be derived from what the device said."""
    clamped = {0.0} if any(number < 0 for number in said) else set()
    for where, number in numbers_of(sample).items():
        candidates = said | clamped | {-n for n in said} if where.startswith("battery.") else said | clamped
        scaled = {n / NOMINAL_VOLTAGE_V for n in said} if where == "grid.phase_current_a" else set()
        if number in candidates or number in scaled:
            continue
        if where.startswith("battery.") and any(abs(a - b) == abs(number) for a in said for b in said):
            continue
        raise AssertionError(f"{where} is {number}, which the device never said")


async def nrgkick_json(seed: int, count: int) -> None:
    """Damaged bodies of /info, /values and /control, read and written."""
    random_ = random.Random(seed)
    bodies: dict[str, bytes] = {}

    def handle(request: httpx.Request) -> httpx.Response:
        status = 200 if random_.random() < 0.95 else random_.choice((204, 301, 404, 405, 406, 500, 503))
        return httpx.Response(status, content=bodies[request.url.path])

    for _ in range(count):
        bodies = {path: json.dumps(body).encode() for path, body in BODIES.items()}
        for path in random_.sample(sorted(bodies), random_.randint(1, 3)):
            bodies[path] = mutated_json(random_, BODIES[path])
        api = JsonApi(NrgkickConfig("c", "http://kick"), HandClock(), transport=httpx.MockTransport(handle))
        kick = Nrgkick("c", api, HandClock())
        sample = await only_device_errors(kick.read())
        if sample is not None:
            backed(sample, set().union(*(numbers_in(_parsed(body)) for body in bodies.values())))
        await only_device_errors(kick.identify())
        await only_device_errors(kick.set_current(random_.uniform(5, 40)))
        await only_device_errors(kick.set_pause(True))


async def nrgkick_registers(seed: int, count: int) -> None:
    """Registers that hold anything, some of them missing."""
    random_, registers = random.Random(seed), packed_registers()
    async with modbus_unit(ModbusUnit()) as unit:
        for _ in range(count):
            unit.registers = mutated_registers(random_, registers)
            kick = Nrgkick("c", _modbus(unit, 5.0), HandClock())
            sample = await only_device_errors(kick.read())
            if sample is not None:
                backed(sample, numbers_of_registers(unit.registers))
            await only_device_errors(kick.identify())
            await kick.close()


async def nrgkick_frames(seed: int, count: int) -> None:
    """Damaged Modbus frames."""
    random_, quiet = random.Random(seed), _quiet()
    unit = ModbusUnit(packed_registers())
    unit.mutate = lambda frame: damaged(random_, frame) if random_.random() < 0.7 else frame
    async with modbus_unit(unit):
        for _ in range(count):
            kick = Nrgkick("c", _modbus(unit, SHORT_S), SystemClock())
            await only_device_errors(kick.read())
            await only_device_errors(kick.set_energy_limit(5000))
            await kick.close()
    quiet()


async def nrgkick_http(seed: int, count: int) -> None:
    """Damaged HTTP, from the status line on."""
    await _over_http(seed, count, VALUES, _json_kick)


async def fems_json(seed: int, count: int) -> None:
    """Damaged channels, read and written to."""
    random_ = random.Random(seed)
    body, answer, sent = b"", b"{}", list[httpx.Request]()
    tree = [{"address": a, "type": "INTEGER", "value": v} for a, v in CHANNELS.items()]
    orders = [
        BatteryOrder(BatteryAction.POWER, power_w=-1234.5),
        BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0, max_charge_w=777.7),
    ]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200 if random_.random() < 0.95 else 500, content=body)
        sent.append(request)
        return httpx.Response(200 if random_.random() < 0.8 else 500, content=answer)

    for _ in range(count):
        config = random_.choice((AC, HYBRID, replace(AC, ess=(EssConfig("cellar"), EssConfig("shed", "ess1", True)))))
        clock = HandClock()
        fems = Fems(config, FemsWire(config, clock, transport=httpx.MockTransport(handle)), clock)
        body, answer = mutated_json(random_, tree), mutated_json(random_, {})
        sample = await only_device_errors(fems.read())
        if sample is not None:
            backed(sample, numbers_in(_parsed(body)))
        for order in orders:
            await only_device_errors(fems.order("cellar", order))
        await only_device_errors(fems.hand_back("cellar"))
        _only_sound_writes(sent)
        sent.clear()


async def fems_http(seed: int, count: int) -> None:
    """Damaged HTTP, from the status line on."""
    tree = [{"address": a, "value": v} for a, v in CHANNELS.items()]
    await _over_http(seed, count, tree, _fems)


FUZZERS: dict[str, Callable[[int, int], Awaitable[None]]] = {
    "nrgkick_json": nrgkick_json,
    "nrgkick_registers": nrgkick_registers,
    "nrgkick_frames": nrgkick_frames,
    "nrgkick_http": nrgkick_http,
    "fems_json": fems_json,
    "fems_http": fems_http,
    **BRANDS,
}


async def _over_http(seed: int, count: int, tree: Any, make: Callable[[str], Any]) -> None:
    random_ = random.Random(seed)
    body = json.dumps(tree).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    sound = (
        head + b"Content-Length: %d\r\n\r\n" % len(body) + body,
        head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n",
        head + b"Connection: close\r\n\r\n" + body,
    )
    answers = (_damaged_head(random_, random_.choice(sound)) for _ in itertools.count())
    async with raw_http(answers) as url:
        for _ in range(count):
            device = make(url)
            await only_device_errors(device.read())
            await device.close()


def _damaged_head(random_: random.Random, answer: bytes) -> bytes:
    """Mostly the head is damaged, for that is where HTTP can go wrong."""
    cut = answer.index(b"\r\n\r\n") + 4 + (40 if random_.random() < 0.3 else 0)
    return damaged(random_, answer[:cut]) + answer[cut:]


def _json_kick(url: str) -> Nrgkick:
    api: Api = JsonApi(NrgkickConfig("c", url, timeout_s=SHORT_S), SystemClock())
    return Nrgkick("c", api, SystemClock())


def _fems(url: str) -> Fems:
    config = FemsConfig("roof", url, timeout_s=SHORT_S, ess=(EssConfig("cellar"),))
    return Fems(config, FemsWire(config, SystemClock()), SystemClock())


def _modbus(unit: ModbusUnit, timeout_s: float) -> ModbusApi:
    return ModbusApi("127.0.0.1", unit.port, 1, timeout_s, SystemClock())


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _only_sound_writes(sent: list[httpx.Request]) -> None:
    """Integers or null only, and never Equals beside bounds."""
    holding: set[str] = set()
    for request in sent:
        if request.url.path == "/jsonrpc":
            assert json.loads(request.content)["method"] == "getEdgeConfig"
            continue
        channel, value = request.url.path.rpartition("/")[2], json.loads(request.content)["value"]
        assert value is None or type(value) is int
        assert channel in ACTIVE
        if value is None:
            holding.discard(channel)
        else:
            holding.add(channel)
        assert not (EQUALS in holding and len(holding) > 1)


def _quiet() -> Callable[[], None]:
    """Silence asyncio's words on protocols that a damaged frame broke; returns what ends the silence."""
    logger, loop = logging.getLogger("asyncio"), asyncio.get_running_loop()
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    loop.set_exception_handler(lambda loop, context: None)

    def speak() -> None:
        logger.setLevel(level)
        loop.set_exception_handler(None)

    return speak
