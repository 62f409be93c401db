"""Registers of every type and order, over a real socket; refusals, and tables that cannot be."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.generic.modbus_table import FORMATS, NOT_AVAILABLE, ModbusTable, ModbusTableConfig, Register
from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.port import DeviceError, Identified, Meter
from optimizer.model.clock import SystemClock
from optimizer.model.reading import Reading

GRID = Quantity("grid_power")


@asynccontextmanager
async def server(holding: dict[int, int], inputs: dict[int, int]) -> AsyncIterator[int]:
    """A Modbus TCP server of our own; an address that it has not is exception 2."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                number, _, _, unit, code, address, count = struct.unpack(">HHHBBHH", await reader.readexactly(12))
                table = holding if code == 3 else inputs
                words = [table.get(a) for a in range(address, address + count)]
                known = [word for word in words if word is not None]
                data = (
                    struct.pack(f">BB{count}H", code, 2 * count, *known)
                    if len(known) == count
                    else bytes((code | 128, 2))
                )
                writer.write(struct.pack(">HHHB", number, 0, len(data) + 1, unit) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def words_of(fmt: str, number: float) -> list[int]:
    raw = struct.pack(fmt, number)
    return [word for (word,) in struct.iter_unpack(">H", raw)]


@pytest.mark.parametrize("order", ["high_first", "low_first"])
@pytest.mark.parametrize("type_", sorted(FORMATS))
def test_every_type_and_order(type_: str, order: str) -> None:
    number = 1234 if type_.startswith("u") else -1234
    words = words_of(FORMATS[type_], number)
    register = Register(GRID, 0, type_, order)  # type: ignore[arg-type]
    assert register.count == len(words)
    assert register.decoded(words if order == "high_first" else words[::-1]) == number


async def test_reading_a_table() -> None:
    holding = {100 + i: word for i, word in enumerate(words_of(">i", -25000))} | {7: 0x8000}
    inputs = dict(enumerate(words_of(">f", 1.75)))
    async with server(holding, inputs) as port:
        meter = ModbusTable(
            ModbusTableConfig(
                "meter",
                "127.0.0.1",
                (
                    Register(Quantity("grid_power", factor=0.1), 100, "int32"),
                    Register(Quantity("pv_power", "kW"), 0, "float32", table="input"),
                    Register(Quantity("battery_power"), 7, "uint16", missing=0x8000),
                    Register(Quantity("battery_soc"), 999),
                ),
                port,
            ),
            SystemClock(),
        )
        assert isinstance(meter, Meter)
        assert isinstance(meter, Identified)
        sample = await meter.read()
        assert (await meter.identify()).brand == "modbus_table"
        await meter.close()
    assert sample.grid is not None
    assert sample.grid.power_w.value == pytest.approx(-2500.0)
    assert sample.pvs[0].power_w.value == 1750.0
    battery = sample.batteries[0]
    assert battery.power_w.why == "battery_power: the meter says that it is not available (32768 at 7)"
    assert "illegal address" in battery.soc_percent.why


def words_at(start: int, fmt: str, number: float) -> dict[int, int]:
    return {start + i: word for i, word in enumerate(words_of(fmt, number))}


async def grid_of(holding: dict[int, int], register: Register) -> Reading[float]:
    """The reading of a meter that has this register, and another one that is never refused."""
    async with server(holding | {60_000: 1}, {}) as port:
        other = Register(Quantity("pv_power"), 60_000, "uint16")
        meter = ModbusTable(ModbusTableConfig("meter", "127.0.0.1", (register, other), port), SystemClock())
        sample = await meter.read()
        await meter.close()
    assert sample.grid is not None
    return sample.grid.power_w


@pytest.mark.parametrize("scale_at", [29, 31, 45, 500])
@pytest.mark.parametrize(("raw", "scale", "watts"), [(12340, -1, 1234.0), (1234, 0, 1234.0), (-5, 2, -500.0)])
async def test_a_scale_factor_is_read_with_its_value(scale_at: int, raw: int, scale: int, watts: float) -> None:
    holding = words_at(30, ">h", raw) | words_at(scale_at, ">h", scale)
    assert (await grid_of(holding, Register(GRID, 30, scale=scale_at))).value == pytest.approx(watts)


async def test_a_scale_factor_in_a_block_that_is_refused_is_read_alone() -> None:
    """Between 30 and 40 the meter has nothing, so it refuses the block."""
    holding = words_at(30, ">h", 55) | words_at(40, ">h", 1)
    assert (await grid_of(holding, Register(GRID, 30, scale=40))).value == 550.0


@pytest.mark.parametrize("scale", [-32768, -11, 11, 300])
async def test_what_is_no_scale_factor_makes_the_value_unknown(scale: int) -> None:
    holding = words_at(30, ">h", 7) | words_at(31, ">h", scale)
    reading = await grid_of(holding, Register(GRID, 30, scale=31))
    assert reading.why == f"grid_power: {scale} at 31 is no scale factor (-10 to 10)"


async def test_a_scale_factor_that_changes_while_it_is_read_makes_the_value_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scales = iter((0, 65535))

    async def read(_: ModbusDevice, address: int, count: int, **__: object) -> tuple[int, ...]:
        return (next(scales),) if address == 500 else (1234,) * count

    monkeypatch.setattr(ModbusDevice, "read", read)
    meter = ModbusTable(ModbusTableConfig("meter", "127.0.0.1", (Register(GRID, 30, scale=500),)), SystemClock())
    sample = await meter.read()
    assert sample.grid is not None
    assert sample.grid.power_w.why == "grid_power: its scale factor at 500 changed while it was read"


async def test_the_values_of_several_addresses_are_added() -> None:
    holding = words_at(40, ">i", 1000) | words_at(42, ">i", -300) | words_at(50, ">i", 25) | words_at(60, ">h", 1)
    assert (await grid_of(holding, Register(GRID, (40, 42, 50), "int32"))).value == 725.0
    assert (await grid_of(holding, Register(GRID, (40, 42, 50), "int32", scale=60))).value == 7250.0


@pytest.mark.parametrize(
    ("type_", "raw"),
    [(name, number) for name, number in NOT_AVAILABLE.items()] + [("float32", float("nan")), ("float64", float("nan"))],
)
async def test_the_usual_words_for_not_available_are_unknown(type_: str, raw: float) -> None:
    register = Register(GRID, (10, 20), type_)  # type: ignore[arg-type]
    holding = words_at(10, FORMATS[type_], 1) | words_at(20, FORMATS[type_], raw)
    reading = await grid_of(holding, register)
    assert reading.value is None
    assert "the meter says that it is not available" in reading.why


async def test_all_refused_and_nobody_there() -> None:
    async with server({}, {}) as port:
        meter = ModbusTable(ModbusTableConfig("meter", "127.0.0.1", (Register(GRID, 0),), port), SystemClock())
        with pytest.raises(DeviceError, match="illegal address") as caught:
            await meter.read()
        assert caught.value.fault == "refused"
        await meter.close()
    meter = ModbusTable(ModbusTableConfig("meter", "127.0.0.1", (Register(GRID, 0),), port), SystemClock())
    with pytest.raises(DeviceError) as caught:
        await meter.read()
    assert caught.value.fault == "unreachable"


@pytest.mark.parametrize(
    ("register", "words"),
    [
        (Register(GRID, -1), "from 0 to 65535"),
        (Register(GRID, 65535, "int32"), "from 0 to 65534"),
        (Register(GRID, 0, "int8"), "one of int16"),  # type: ignore[arg-type]
        (Register(Quantity("grid_powers"), 0), "did you mean"),
        (Register(GRID, ()), "there is no address"),
        (Register(GRID, (0, 70_000)), "70000 counted from 1"),
        (Register(GRID, 0, scale=65536), "its scale is from 0 to 65535"),
    ],
)
def test_wrong_tables(register: Register, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ModbusTable(ModbusTableConfig("meter", "127.0.0.1", (register,)), SystemClock())


@given(st.sampled_from(sorted(FORMATS)), st.binary(min_size=8, max_size=8))
def test_any_block_of_registers(type_: str, raw: bytes) -> None:
    register = Register(GRID, 0, type_)  # type: ignore[arg-type]
    words = [word for (word,) in struct.iter_unpack(">H", raw)][: register.count]
    number = register.decoded(words)
    reading = GRID.reading(number, 0.0)
    assert reading.value is None or reading.value == number


@given(number=st.integers(-255, 255), type_=st.sampled_from(["float32", "float64"]))
def test_a_float_with_its_words_in_the_wrong_order_is_unknown(number: int, type_: str) -> None:
    """The words of small whole numbers make a float that no meter has, and no 0 W."""
    words = words_of(FORMATS[type_], float(number))
    register = Register(GRID, 0, type_, "low_first")  # type: ignore[arg-type]

    async def main() -> None:
        reading = await grid_of(dict(enumerate(words)), register)
        assert reading.value == (0.0 if number == 0 else None)
        assert number == 0 or "Check `type` and `words`" in reading.why

    asyncio.run(main())
