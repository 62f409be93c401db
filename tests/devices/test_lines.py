"""Devices behind one host and port share one connection."""

from __future__ import annotations

import asyncio

import pytest

from optimizer.devices.lines import shared_lines
from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock
from tests.devices.modbus_unit import ModbusUnit, modbus_unit


def device(unit: ModbusUnit, number: int, timeout_s: float = 5.0) -> ModbusDevice:
    return ModbusDevice("127.0.0.1", unit.port, number, timeout_s, SystemClock())


async def test_units_of_one_gateway_share_a_connection() -> None:
    async with modbus_unit(ModbusUnit({7: 42, 8: 43})) as unit:
        with shared_lines():
            first, second = device(unit, 1), device(unit, 2)
        assert await asyncio.gather(first.read(7, 1), second.read(8, 1), first.read(8, 1)) == [(42,), (43,), (43,)]
        assert unit.connections == 1
        await first.close()
        await first.close()
        assert await second.read(7, 1) == (42,)
        assert unit.connections == 1, "the other one still uses it"
        await second.close()


async def test_devices_that_are_made_apart_have_connections_of_their_own() -> None:
    async with modbus_unit(ModbusUnit({7: 42})) as unit:
        first = device(unit, 1)
        with shared_lines():
            second = device(unit, 2)
        with shared_lines():
            third = device(unit, 3)
        for one in (first, second, third):
            await one.read(7, 1)
        assert unit.connections == 3
        for one in (first, second, third):
            await one.close()


async def test_a_unit_that_does_not_answer_delays_the_others_by_its_own_deadline_only() -> None:
    unit = ModbusUnit({7: 42})
    async with modbus_unit(unit):
        with shared_lines():
            silent, other = device(unit, 1, timeout_s=0.05), device(unit, 2)
        await other.read(7, 1)
        unit.mutate = lambda _: b""
        waiting = asyncio.ensure_future(silent.read(7, 1))
        await asyncio.sleep(0)
        after = asyncio.ensure_future(other.read(7, 1))
        with pytest.raises(DeviceError, match=r"no answer within 0\.05 s"):
            await waiting
        unit.mutate = lambda frame: frame
        assert await after == (42,)
        await silent.close()
        await other.close()
