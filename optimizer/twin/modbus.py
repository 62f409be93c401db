"""A small Modbus TCP server for twins: frames and faults here, registers with whoever answers."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import Protocol

from optimizer.model.clock import Clock
from optimizer.model.tasks import end_tasks
from optimizer.twin.http import Mischief

READ_HOLDING, WRITE_ONE, WRITE_MANY = 3, 6, 16
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, NO_SUCH_UNIT = 1, 2, 3, 4, 11
MAX_READ, MAX_WRITE = 125, 123
HEADER = struct.Struct(">HHHB")


class ModbusError(Exception):
    """The request is answered by this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class Registers(Protocol):
    """What a device answers. Both raise ModbusError."""

    def read(self, address: int, count: int) -> list[int]:
        """`count` registers from `address` on, each 0–65535."""
        ...

    def write(self, address: int, words: list[int]) -> None:
        """Write registers from `address` on."""
        ...


class ModbusServer:
    """Listens on loopback for one unit."""

    def __init__(
        self,
        registers: Registers,
        clock: Clock,
        *,
        unit: int = 1,
        mischief: Mischief | None = None,
        enabled: Callable[[], bool] = lambda: True,
    ) -> None:
        """`enabled`: while it is false, connections are closed at once."""
        self._registers = registers
        self._clock = clock
        self._unit = unit
        self._mischief = mischief or (lambda: None)
        self._enabled = enabled
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns host:port."""
        self._server = await asyncio.start_server(self._accept, host, port)
        bound = self._server.sockets[0].getsockname()
        return f"{bound[0]}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is not None:
            self._server.close()
        await end_tasks(self._open)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while self._enabled() and await self._serve(reader, writer):
                    pass
        except asyncio.CancelledError:
            # The server stops; the stream's own callback would log the cancellation as an error.
            return
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        transaction, protocol, length, unit = HEADER.unpack(await reader.readexactly(HEADER.size))
        if protocol != 0 or not 2 <= length <= 254:
            return False
        pdu = await reader.readexactly(length - 1)
        fault = self._mischief()
        answer: bytes | None = None
        if fault is not None:
            if fault.kind == "drop":
                return False
            if fault.kind == "hang":
                await reader.read()
                return False
            if fault.kind == "delay":
                await self._clock.sleep(fault.seconds)
            elif fault.kind == "error":
                answer = bytes((pdu[0] | 0x80, DEVICE_FAILURE))
            elif fault.kind == "garbage":
                answer = b"\x03\xff\x00\x13"
        if answer is None:
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
