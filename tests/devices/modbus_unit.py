"""A Modbus TCP unit for tests: bare sockets and a dict of registers, so that it can also misbehave."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class ModbusUnit:
    """Holding registers, what was asked of them, and switches to misbehave."""

    registers: dict[int, int] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    """PDUs, from the function code on."""
    refuse: Callable[[bytes], bool] = lambda pdu: False
    """Requests to answer with exception 2."""
    mutate: Callable[[bytes], bytes] = lambda frame: frame
    """Changes each answer on its way out (whole frames)."""
    port: int = 0
    connections: int = 0
    talks: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def fill(self, addresses: Iterable[int]) -> None:
        self.registers.update(dict.fromkeys(addresses, 0))

    def answer(self, pdu: bytes) -> bytes:
        self.requests.append(pdu)
        function, address, value = struct.unpack(">BHH", pdu[:5])
        if self.refuse(pdu):
            return bytes((function | 0x80, 2))
        if function == 3:
            wanted = range(address, address + value)
            if any(a not in self.registers for a in wanted):
                return bytes((3 | 0x80, 2))
            return bytes((3, 2 * value)) + b"".join(struct.pack(">H", self.registers[a]) for a in wanted)
        if function == 6:
            self.registers[address] = value
            return pdu
        if function == 16:
            words = struct.unpack(f">{value}H", pdu[6:])
            self.registers.update(zip(range(address, address + value), words, strict=True))
            return pdu[:5]
        return bytes((function | 0x80, 1))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.current_task()
        assert talk is not None
        self.talks.add(talk)
        talk.add_done_callback(self.talks.discard)
        self._writers.append(writer)
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                pdu = self.answer(await reader.readexactly(length - 1))
                writer.write(self.mutate(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@asynccontextmanager
async def modbus_unit(unit: ModbusUnit) -> AsyncIterator[ModbusUnit]:
    """The unit, listening on loopback."""
    server = await asyncio.start_server(unit.serve, "127.0.0.1", 0)
    unit.port = server.sockets[0].getsockname()[1]
    try:
        yield unit
    finally:
        server.close()
        unit.hang_up()
        await asyncio.gather(*unit.talks)
