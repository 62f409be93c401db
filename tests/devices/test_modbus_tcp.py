"""The Modbus connection: what a cut or closed exchange leaves behind."""

from __future__ import annotations

import asyncio
import socket

import pytest

from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock
from tests.devices.modbus_unit import ModbusUnit, modbus_unit


def device(unit: ModbusUnit, timeout_s: float = 1.0) -> ModbusDevice:
    return ModbusDevice("127.0.0.1", unit.port, 1, timeout_s, SystemClock())


async def test_an_exchange_that_is_cut_at_any_point_leaves_the_next_one_unharmed() -> None:
    async with modbus_unit(ModbusUnit({7: 42})) as unit:
        for steps in range(25):
            line = device(unit)
            cut = asyncio.ensure_future(line.read(7, 1))
            for _ in range(steps):
                await asyncio.sleep(0)
            cut.cancel()
            await asyncio.wait((cut,))
            assert await line.read(7, 1) == (42,)
            await line.close()


async def test_requests_wait_for_each_other_on_one_connection() -> None:
    async with modbus_unit(ModbusUnit({7: 42, 8: 43})) as unit:
        line = device(unit)
        seen = await asyncio.gather(line.read(7, 1), line.read(8, 1), line.read(7, 2))
        assert tuple(seen) == ((42,), (43,), (42, 43))
        assert unit.connections == 1
        await line.close()


async def test_a_connection_that_the_device_closed_is_made_anew() -> None:
    async with modbus_unit(ModbusUnit({7: 42})) as unit:
        line = device(unit)
        await line.read(7, 1)
        unit.hang_up()
        await asyncio.gather(*unit.talks)
        await asyncio.sleep(0.01)
        assert await line.read(7, 1) == (42,)
        assert (unit.connections, line.connections) == (2, 2)
        await line.close()


async def test_a_device_that_hangs_up_instead_of_answering_is_unreachable() -> None:
    unit = ModbusUnit({7: 42})

    def hang_up(frame: bytes) -> bytes:
        unit.hang_up()
        return frame[:3]

    unit.mutate = hang_up
    async with modbus_unit(unit):
        line = device(unit, 0.05)
        with pytest.raises(DeviceError) as raised:
            await line.read(7, 1)
        assert raised.value.fault == "unreachable"
        await line.close()


async def test_a_refusal_keeps_the_connection() -> None:
    async with modbus_unit(ModbusUnit({7: 42})) as unit:
        line = device(unit)
        with pytest.raises(DeviceError, match="exception 2") as raised:
            await line.read(9, 1)
        assert raised.value.fault == "refused"
        assert await line.read(7, 1) == (42,)
        assert unit.connections == 1
        await line.close()


@pytest.mark.parametrize("answered", [0, 2, 0x7777, 0xFFFF])
async def test_an_answer_to_another_request_is_not_believed(answered: int) -> None:
    unit = ModbusUnit({7: 42})
    unit.mutate = lambda frame: answered.to_bytes(2, "big") + frame[2:]
    async with modbus_unit(unit):
        line = device(unit, 0.05)
        with pytest.raises(DeviceError) as raised:
            await line.read(7, 1)
        assert raised.value.fault == ("garbled" if answered == 0 else "timeout")
        unit.mutate = lambda frame: frame
        assert await line.read(7, 1) == (42,)
        assert unit.connections == 2
        await line.close()


def unknown_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


async def test_a_failed_connection_names_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ModbusDevice("127.0.0.1", 9, 1, 5.0, SystemClock())
    with pytest.raises(DeviceError, match="nothing listens there: the connection is refused") as caught:
        await line.read(7, 1)
    assert caught.value.fault == "unreachable"
    monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    line = ModbusDevice("inverter", 502, 1, 5.0, SystemClock())
    with pytest.raises(DeviceError, match="no device of this name is known in the network"):
        await line.read(7, 1)
    await line.close()


async def test_a_gateway_that_closes_after_each_answer_is_read() -> None:
    unit = ModbusUnit({7: 42})

    def hang_up_after(frame: bytes) -> bytes:
        asyncio.get_running_loop().call_soon(unit.hang_up)
        return frame

    unit.mutate = hang_up_after
    async with modbus_unit(unit):
        line = device(unit)
        for pause_s in (0.0, 0.0, 0.001, 0.02, 0.0):
            assert await line.read(7, 1) == (42,)
            await asyncio.sleep(pause_s)
        await line.close()


async def test_a_write_is_not_repeated() -> None:
    unit = ModbusUnit({7: 42})
    async with modbus_unit(unit):
        line = device(unit)
        await line.read(7, 1)

        def hang_up(frame: bytes) -> bytes:
            unit.hang_up()
            return frame[:3]

        unit.mutate = hang_up
        with pytest.raises(DeviceError) as raised:
            await line.write(7, [5])
        assert raised.value.fault == "unreachable"
        assert [pdu[0] for pdu in unit.requests] == [3, 6]
        await line.close()


async def test_a_device_that_hangs_up_is_told_at_once() -> None:
    unit = ModbusUnit({7: 42})

    def hang_up(frame: bytes) -> bytes:
        unit.hang_up()
        return b""

    unit.mutate = hang_up
    async with modbus_unit(unit):
        line = device(unit, 30.0)
        async with asyncio.timeout(5.0):
            with pytest.raises(DeviceError, match="closed the connection"):
                await line.read(7, 1)
        assert len(unit.requests) == 1
        await line.close()
