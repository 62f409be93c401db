"""The charger over Modbus: over a socket, against registers packed as the contract says."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import pytest

from optimizer.devices.nrgkick.charger import Nrgkick
from optimizer.devices.nrgkick.modbus import ModbusApi
from optimizer.devices.nrgkick.registers import TABLE
from optimizer.devices.port import DeviceError
from optimizer.model.clock import SystemClock
from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import Reading
from optimizer.model.state import Ev
from tests.devices.hand_clock import HandClock
from tests.devices.modbus_unit import ModbusUnit, modbus_unit
from tests.devices.nrgkick.bodies import CODES, everything
from tests.devices.nrgkick.fake import FakeKick
from tests.devices.nrgkick.registers_fixture import packed_registers


def api(unit: ModbusUnit, timeout_s: float = 2.0) -> ModbusApi:
    return ModbusApi("127.0.0.1", unit.port, 1, timeout_s, SystemClock())


def charger(unit: ModbusUnit, timeout_s: float = 2.0) -> Nrgkick:
    return Nrgkick("carport", api(unit, timeout_s), SystemClock())


def timeless(part: Ev | ChargerCondition) -> list[object]:
    """All values, without their times."""
    flat: list[object] = []
    for name in part.__slots__:
        value = getattr(part, name)
        if isinstance(value, ChargerCondition):
            flat.append(timeless(value))
        elif isinstance(value, tuple) and not isinstance(value, Reading):
            flat.append([reading.value for reading in value])
        else:
            flat.append(getattr(value, "value", value))
    return flat


def reads(unit: ModbusUnit) -> list[tuple[int, int]]:
    return [struct.unpack(">HH", pdu[1:5]) for pdu in unit.requests if pdu[0] == 3]


async def test_all_82_values_are_those_of_the_json_api() -> None:
    async with modbus_unit(ModbusUnit(packed_registers())) as unit:
        kick = charger(unit)
        assert await kick.values() == everything() | CODES
        await kick.close()
    assert reads(unit) == [(0, 80), (80, 34), (114, 8), (122, 64), (186, 8), (194, 70)]


async def test_both_protocols_decode_to_the_same_state() -> None:
    async with modbus_unit(ModbusUnit(packed_registers())) as unit:
        kick = charger(unit)
        (over_modbus,) = (await kick.read()).evs
        (over_json,) = (await FakeKick().charger().read()).evs
        assert timeless(over_modbus) == timeless(over_json)
        unit.requests.clear()
        await kick.read()
        assert reads(unit) == [(194, 70)]
        assert unit.connections == 1
        await kick.close()


async def test_without_cellular_and_gps_nothing_is_missing_but_they() -> None:
    registers = packed_registers()
    for address in (*range(80, 122), *range(186, 194)):
        del registers[address]
    async with modbus_unit(ModbusUnit(registers)) as unit:
        kick = charger(unit)
        values = await kick.values()
        absent = {path for path in everything() if path.startswith(("info.cellular", "info.gps"))}
        assert set(values) == set(everything()) - absent - {"info.versions.sw_cm"}
        await kick.close()


async def test_a_device_that_refuses_blocks_is_read_value_by_value() -> None:
    unit = ModbusUnit(packed_registers(), refuse=lambda pdu: pdu[0] == 3 and pdu[3:5] > b"\x00\x10")
    async with modbus_unit(unit):
        kick = charger(unit)
        (ev,) = (await kick.read()).evs
        (over_json,) = (await FakeKick().charger().read()).evs
        assert timeless(ev) == timeless(over_json)
        unit.requests.clear()
        await kick.read()
        assert (194, 70) not in reads(unit)
        assert (199, 4) in reads(unit)
        unit.hang_up()
        await asyncio.sleep(0.01)
        unit.refuse = lambda pdu: False
        unit.requests.clear()
        await kick.read()
        await kick.read()
        assert reads(unit)[-1] == (194, 70)
        await kick.close()


async def test_a_device_that_refuses_blocks_still_gives_all_82_values() -> None:
    sizes = {register.address: register.count for register in TABLE}
    unit = ModbusUnit(packed_registers(), refuse=lambda pdu: sizes.get(pdu[1] << 8 | pdu[2]) != pdu[4])
    async with modbus_unit(unit):
        kick = charger(unit)
        assert await kick.values() == everything() | CODES
        await kick.close()


async def test_one_optional_value_without_an_answer_costs_only_itself() -> None:
    housing = struct.pack(">BHH", 3, 258, 1)
    unit = ModbusUnit(
        packed_registers(),
        refuse=lambda pdu: pdu == struct.pack(">BHH", 3, 194, 70),
        mutate=lambda frame: b"" if unit.requests[-1] == housing else frame,
    )
    async with modbus_unit(unit):
        kick = charger(unit, timeout_s=1.0)
        (first,) = (await kick.read()).evs
        (second,) = (await kick.read()).evs
        assert first.power_w.value == second.power_w.value == 6512.125
        assert second.condition.housing_temp_c.value is None
        assert [reading.value for reading in second.condition.connector_temp_c] == [36.5, 25.25, -5.5]
        assert unit.requests.count(housing) == 1
        await kick.close()


async def test_optional_values_take_turns_where_the_time_of_a_poll_is_short() -> None:
    clock = HandClock()
    sizes = {register.address: register.count for register in TABLE}

    def slow(pdu: bytes) -> bool:
        clock.pass_s(0.1)
        return sizes.get(pdu[1] << 8 | pdu[2]) != pdu[4]

    unit = ModbusUnit(packed_registers(), refuse=slow)
    async with modbus_unit(unit):
        modbus = ModbusApi("127.0.0.1", unit.port, 1, 4.0, clock)
        first = await modbus.live()
        assert "control.current_set" in first.values
        assert "values.temperatures.housing" not in first.values
        polls = [await modbus.live() for _ in range(8)]
        assert "values.temperatures.housing" in polls[-1].values
        assert all(len(live.values) < len(polls[-1].values) for live in polls[:2])
        assert all(at_s < polls[-1].at_s for at_s in polls[-1].older.values())
        await modbus.close()


async def test_a_single_refused_value_is_unknown_and_all_refused_is_a_refusal() -> None:
    single = struct.pack(">BHH", 3, 210, 2)
    unit = ModbusUnit(packed_registers(), refuse=lambda pdu: pdu == single or pdu[3:5] == b"\x00\x46")
    async with modbus_unit(unit):
        kick = charger(unit)
        (ev,) = (await kick.read()).evs
        assert ev.power_w.value is None
        assert "total_active_power" in ev.power_w.why
        assert ev.offered_a.value == 9.7
        unit.refuse = lambda pdu: True
        with pytest.raises(DeviceError) as raised:
            await kick.read()
        assert raised.value.fault == "refused"
        await kick.close()


WRITES = [
    ("set_current", 6.7, bytes.fromhex("06 00C2 0043")),
    ("set_current", 32.0, bytes.fromhex("06 00C2 00A0")),
    ("set_pause", True, bytes.fromhex("06 00C3 0001")),
    ("set_pause", False, bytes.fromhex("06 00C3 0000")),
    ("set_energy_limit", 185000, bytes.fromhex("10 00C4 0002 04 D2A8 0002")),
    ("set_energy_limit", 0, bytes.fromhex("10 00C4 0002 04 0000 0000")),
    ("set_phases", 1, bytes.fromhex("06 00C6 0001")),
]


@pytest.mark.parametrize(("method", "value", "sent"), WRITES)
async def test_every_write_sends_exactly_these_bytes(method: str, value: Any, sent: bytes) -> None:
    async with modbus_unit(ModbusUnit(packed_registers())) as unit:
        kick = charger(unit)
        await getattr(kick, method)(value)
        assert [pdu for pdu in unit.requests if pdu[0] != 3] == [sent]
        await kick.close()


async def test_any_exception_to_a_write_is_a_refusal() -> None:
    async with modbus_unit(ModbusUnit(packed_registers(), refuse=lambda pdu: pdu[0] != 3)) as unit:
        kick = charger(unit)
        with pytest.raises(DeviceError, match="illegal address") as raised:
            await kick.set_pause(True)
        assert raised.value.fault == "refused"
        assert unit.connections == 1
        await kick.close()


async def test_nobody_there() -> None:
    kick = Nrgkick("carport", ModbusApi("127.0.0.1", 1, 1, 0.5, SystemClock()), SystemClock())
    with pytest.raises(DeviceError) as raised:
        await kick.read()
    assert raised.value.fault == "unreachable"
    await kick.close()


async def test_silence_is_a_timeout_and_the_next_poll_connects_anew() -> None:
    async with modbus_unit(ModbusUnit(packed_registers(), mutate=lambda frame: b"")) as unit:
        kick = charger(unit, 0.05)
        with pytest.raises(DeviceError) as raised:
            await kick.read()
        assert raised.value.fault == "timeout"
        unit.mutate = lambda frame: frame
        kick_again = await kick.read()
        assert kick_again.evs[0].power_w.known
        assert unit.connections == 2
        await kick.close()


async def test_too_few_registers_are_garbled() -> None:
    def cut(frame: bytes) -> bytes:
        pdu = bytes((3, 4)) + frame[9:13]
        return struct.pack(">HHHB", *struct.unpack(">HH", frame[:4]), len(pdu) + 1, 1) + pdu

    async with modbus_unit(ModbusUnit(packed_registers(), mutate=cut)) as unit:
        kick = charger(unit)
        with pytest.raises(DeviceError) as raised:
            await kick.read()
        assert raised.value.fault == "garbled"
        await kick.close()
