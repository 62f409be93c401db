"""The Modbus server under the twins: frames as they come, well formed or not."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from optimizer.twin.faults import Fault
from optimizer.twin.modbus import ILLEGAL_ADDRESS, ModbusError, ModbusServer, Registers
from tests.twin.hand_clock import HandClock


class Memory(Registers):
    """Ten registers."""

    def __init__(self) -> None:
        self.words = list(range(10))

    def read(self, address: int, count: int) -> list[int]:
        if address + count > len(self.words):
            raise ModbusError(ILLEGAL_ADDRESS)
        return self.words[address : address + count]

    def write(self, address: int, words: list[int]) -> None:
        self.words[address : address + len(words)] = words


class Wire:
    """A server and one raw connection to it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.memory = Memory()
        self.fault: Fault | None = None
        self.server = ModbusServer(self.memory, self.clock, mischief=lambda: self.fault)
        self.port = 0

    async def talk(self, pdu: bytes, unit: int = 1, protocol: int = 0) -> bytes:
        """The answer's PDU; empty when the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(struct.pack(">HHHB", 77, protocol, len(pdu) + 1, unit) + pdu)
        try:
            async with asyncio.timeout(2):
                head = await reader.readexactly(7)
                assert head[:4] == b"\x00\x4d\x00\x00"
                return await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
        except asyncio.IncompleteReadError:
            return b""
        finally:
            writer.close()


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    w = Wire()
    w.port = int((await w.server.start()).rpartition(":")[2])
    try:
        yield w
    finally:
        await w.server.stop()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("03 0002 0002", "03 04 0002 0003"),
        ("06 0001 1234", "06 0001 1234"),
        ("10 0000 0002 04 aaaa bbbb", "10 0000 0002"),
        ("03 0009 0002", "83 02"),
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("03 00", "83 03"),
        ("10 0000 0002 02 aaaa", "90 03"),
        ("10 0000 0002 04 aaaa", "90 03"),
        ("10 0000 0000 00", "90 03"),
        ("04 0000 0001", "84 01"),
        ("16 0000 0001", "96 01"),
    ],
)
async def test_frames(sent: str, answer: str) -> None:
    async with wire() as w:
        assert await w.talk(bytes.fromhex(sent)) == bytes.fromhex(answer)


async def test_what_was_written_is_read() -> None:
    async with wire() as w:
        await w.talk(bytes.fromhex("10 0003 0002 04 0007 0008"))
        assert w.memory.words[:6] == [0, 1, 2, 7, 8, 5]


async def test_another_unit_and_another_protocol() -> None:
    async with wire() as w:
        assert await w.talk(b"\x03\x00\x00\x00\x01", unit=9) == b"\x83\x0b"
        assert await w.talk(b"\x03\x00\x00\x00\x01", protocol=5) == b""


async def test_a_late_answer_is_late_in_house_time() -> None:
    async with wire() as w:
        w.fault = Fault("delay", seconds=4.0)
        before = w.clock.monotonic_s()
        assert await w.talk(b"\x03\x00\x01\x00\x01") == b"\x03\x02\x00\x01"
        assert w.clock.monotonic_s() == before + 4.0
