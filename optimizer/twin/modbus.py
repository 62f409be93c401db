"""A small Modbus TCP server for twins. It handles frames and faults. The device provides the registers."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Protocol

from optimizer.model.clock import Clock
from optimizer.twin.listener import Listener, Mischief

READ_HOLDING, WRITE_ONE, WRITE_MANY = 3, 6, 16
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, NO_SUCH_UNIT = 1, 2, 3, 4, 11
MAX_READ, MAX_WRITE = 125, 123
HEADER = struct.Struct(">HHHB")
GARBAGE = b"\x03\xff\x00\x13"


class ModbusError(Exception):
    """The answer to the request is this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class Registers(Protocol):
    """The registers of a device. Both methods raise ModbusError."""

    def read(self, address: int, count: int) -> list[int]:
        """`count` registers from `address` on, each 0–65535."""
        ...

    def write(self, address: int, words: list[int]) -> None:
        """Write registers from `address` on."""
        ...


class ModbusServer(Listener):
    """Answers Modbus requests to one unit."""

    def __init__(
        self,
        registers: Registers,
        clock: Clock,
        *,
        unit: int = 1,
        mischief: Mischief | None = None,
        enabled: Callable[[], bool] = lambda: True,
    ) -> None:
        """`enabled`: while it returns False, connections are closed at once."""
        super().__init__(clock, mischief=mischief)
        self._registers = registers
        self._unit = unit
        self._enabled = enabled

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if not self._enabled():
            return False
        transaction, protocol, length, unit = HEADER.unpack(await reader.readexactly(HEADER.size))
        if protocol != 0 or not 2 <= length <= 254:
            return False
        pdu = await reader.readexactly(length - 1)
        fault = self._mischief()
        if not await self._strike(reader, fault):
            return False
        if fault is not None and fault.kind == "error":
            answer = bytes((pdu[0] | 0x80, DEVICE_FAILURE))
        elif fault is not None and fault.kind == "garbage":
            answer = GARBAGE
        else:
            answer = self._answer(unit, pdu)
        writer.write(HEADER.pack(transaction, 0, len(answer) + 1, unit) + answer)
        await writer.drain()
        return True

    def _answer(self, unit: int, pdu: bytes) -> bytes:
        try:
            if unit != self._unit:
                raise ModbusError(NO_SUCH_UNIT)
            return self._execute(pdu)
        except ModbusError as error:
            return bytes((pdu[0] | 0x80, error.code))
        except struct.error:
            return bytes((pdu[0] | 0x80, ILLEGAL_VALUE))

    def _execute(self, pdu: bytes) -> bytes:
        function = pdu[0]
        if function not in (READ_HOLDING, WRITE_ONE, WRITE_MANY):
            raise ModbusError(ILLEGAL_FUNCTION)
        address, number = struct.unpack_from(">HH", pdu, 1)
        if function == READ_HOLDING:
            if not 1 <= number <= MAX_READ:
                raise ModbusError(ILLEGAL_VALUE)
            words = self._registers.read(address, number)
            return struct.pack(f">BB{number}H", function, 2 * number, *words)
        if function == WRITE_ONE:
            self._registers.write(address, [number])
            return pdu
        if not 1 <= number <= MAX_WRITE or pdu[5:6] != bytes((2 * number,)):
            raise ModbusError(ILLEGAL_VALUE)
        self._registers.write(address, list(struct.unpack_from(f">{number}H", pdu, 6)))
        return pdu[:5]
