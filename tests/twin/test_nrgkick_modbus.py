"""A bare pymodbus client reads and controls the simulated charger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from optimizer.twin.charger import ChargerSpec
from optimizer.twin.faults import Fault
from optimizer.twin.nrgkick_modbus import TABLE, Register, encode
from tests.twin.scene import Scene, nrgkick_scene

INT32 = AsyncModbusTcpClient.DATATYPE.INT32
UINT32 = AsyncModbusTcpClient.DATATYPE.UINT32
UINT64 = AsyncModbusTcpClient.DATATYPE.UINT64
FLOAT32 = AsyncModbusTcpClient.DATATYPE.FLOAT32


class Bus:
    """A scene with a Modbus client on it."""

    def __init__(self, scene: Scene, client: AsyncModbusTcpClient) -> None:
        self.scene = scene
        self.client = client

    async def read(self, address: int, count: int = 1, unit: int = 1) -> list[int] | int:
        """Registers, or the code of the exception."""
        answer = await self.client.read_holding_registers(address, count=count, device_id=unit)
        return answer.exception_code if answer.isError() else list(answer.registers)

    async def write(self, address: int, *words: int) -> int:
        """0, or the code of the exception."""
        answer = await (
            self.client.write_register(address, words[0], device_id=1)
            if len(words) == 1
            else self.client.write_registers(address, list(words), device_id=1)
        )
        return answer.exception_code if answer.isError() else 0

    def value(self, words: list[int] | int, kind: Any) -> Any:
        assert isinstance(words, list)
        return self.client.convert_from_registers(words, kind, word_order="little")


@asynccontextmanager
async def bus(charger: ChargerSpec | None = None, **spec: Any) -> AsyncIterator[Bus]:
    async with nrgkick_scene(charger, **spec) as scene:
        host, _, port = scene.house.endpoints["carport_modbus"].rpartition(":")
        client = AsyncModbusTcpClient(host, port=int(port), timeout=0.3, retries=0)
        assert await client.connect()
        try:
            yield Bus(scene, client)
        finally:
            client.close()


def test_the_table_is_whole() -> None:
    assert len(TABLE) == 82
    end = 0
    for register in TABLE:
        assert register.address == end
        end += register.size
    assert end == 264


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int32", 6900.0, [0x4920, 0x0069]),
        ("int32", -1.0, [0xFC18, 0xFFFF]),
        ("uint32", 185.0, [0xD2A8, 0x0002]),
    ],
)
def test_low_word_first(kind: Any, value: float, words: list[int]) -> None:
    assert encode(Register(0, 2, kind, 1000, ""), value) == words


async def test_control_and_all_values_in_one_request() -> None:
    async with bus() as b:
        b.scene.pass_s(60.0)
        words = await b.read(194, 70)
        assert isinstance(words, list)
        assert words[0:2] == [160, 0]
        assert words[4] == 3
        assert b.value(words[16:18], INT32) == pytest.approx(11_040_000, rel=0.01)
        assert b.value(words[9:11], UINT32) == int(b.scene.house.physics.chargers[0].session_wh)
        assert b.value(words[5:9], UINT64) == int(b.scene.house.physics.chargers[0].total_wh)
        assert b.value(words[51:53], FLOAT32) == pytest.approx(11_040 / 199.2, rel=0.01)
        assert words[57] == 3
        assert words[26] == pytest.approx(16_070, rel=0.01)


async def test_texts_end_at_the_first_nul() -> None:
    async with bus(serial="T2400000000000000T1W0", device_name="Carport") as b:
        for address, count, text in ((0, 11, "T2400000000000000T1W0"), (27, 8, "Carport"), (122, 8, "4.1.14.241")):
            words = await b.read(address, count)
            assert isinstance(words, list)
            data = b"".join(w.to_bytes(2, "big") for w in words)
            assert data.split(b"\0")[0].decode() == text
            assert not data.endswith(b"\0\0")


@pytest.mark.parametrize(("address", "count"), [(196, 1), (197, 1), (210, 1), (209, 2), (0, 10), (1, 10), (264, 1)])
async def test_parts_of_values_are_refused(address: int, count: int) -> None:
    async with bus() as b:
        assert await b.read(address, count) == 2


async def test_ranges_that_a_model_lacks_do_not_exist() -> None:
    for address, count in ((80, 8), (113, 1), (114, 2), (186, 8), (79, 2), (0, 122), (178, 17)):
        async with bus() as b:
            assert await b.read(address, count) == 2
    async with bus(cellular=True) as b:
        assert isinstance(await b.read(80, 42), list)
        assert b.value(await b.read(114, 2), FLOAT32) == pytest.approx(48.1)
        words = await b.read(186, 78)
        assert isinstance(words, list)
        assert len(words) == 78


async def test_blocks_can_be_switched_off() -> None:
    async with bus(modbus_blocks=False) as b:
        assert await b.read(194, 5) == 2
        assert await b.read(194) == [160]


async def test_writes_control_the_charger() -> None:
    async with bus() as b:
        b.scene.pass_s(30.0)
        assert await b.write(194, 82) == 0
        assert await b.write(198, 1) == 0
        assert await b.write(196, 5000, 0) == 0
        b.scene.pass_s(60.0)
        assert await b.read(194, 5) == [82, 0, 5000, 0, 1]
        assert b.scene.house.physics.ev_w == pytest.approx(8.2 * 230.0, rel=0.01)
        assert await b.write(195, 1) == 0
        b.scene.pass_s(10.0)
        assert b.scene.house.physics.ev_w == 0.0
        assert await b.write(194, 100, 0, 0xD2A8, 2) == 0
        b.scene.pass_s(10.0)
        assert await b.read(194, 4) == [100, 0, 0xD2A8, 2]


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [
        (194, (59,), 3),
        (194, (321,), 3),
        (194, (200,), 3),
        (195, (2,), 3),
        (196, (0x4241, 0xF), 3),
        (198, (0,), 3),
        (198, (4,), 3),
        (196, (5000,), 2),
        (199, (1,), 2),
        (193, (1,), 2),
        (198, (1, 1), 2),
    ],
)
async def test_bad_writes_are_exceptions_and_change_nothing(address: int, words: tuple[int, ...], code: int) -> None:
    async with bus() as b:
        assert await b.write(address, *words) == code
        b.scene.pass_s(10.0)
        assert await b.read(194, 5) == [160, 0, 0, 0, 3]


async def test_other_functions_units_and_counts() -> None:
    async with bus() as b:
        assert (await b.client.read_input_registers(194, count=1, device_id=1)).exception_code == 1
        assert await b.read(194, 1, unit=2) == 11
        b.scene.house.faults.set("carport", Fault("error"))
        assert await b.read(194) == 4


@pytest.mark.parametrize("kind", ["drop", "hang", "garbage"])
async def test_faults_reach_the_bus(kind: Any) -> None:
    async with bus() as b:
        b.scene.house.faults.set("carport", Fault(kind))
        with pytest.raises(ModbusIOException):
            await b.read(194)


async def test_a_disabled_interface_hangs_up() -> None:
    async with bus() as b:
        b.scene.nrgkick.modbus_enabled = False
        await b.read(194)
        with pytest.raises(ModbusIOException):
            await b.read(194)
