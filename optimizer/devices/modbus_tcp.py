"""Modbus TCP: one connection to a host and port, one request at a time, each with a deadline.

Many gateways and inverters accept one connection only. So the units behind one host and port share a connection if they
are made inside `shared_lines`. Whatever goes wrong comes out as a DeviceError; a Modbus exception is a refusal.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from optimizer.devices.lines import line_to
from optimizer.devices.port import DeviceError
from optimizer.devices.words import plain
from optimizer.model.clock import Clock
from optimizer.words.text import Text, message_of

EXCEPTIONS = {
    1: Text("illegal function"),
    2: Text("illegal address"),
    3: Text("illegal value"),
    4: Text("device failure"),
    5: Text("acknowledged, not done"),
    6: Text("busy"),
    7: Text("negative acknowledge"),
    8: Text("memory parity error"),
    10: Text("gateway path unavailable"),
    11: Text("no answer behind the gateway"),
}
LIBRARY_S = 65.0
"""The library's own deadline. It is behind all of ours (60 s at most), so that ours always speaks first."""


class _ClosedError(Exception):
    """The device closed the connection instead of answering."""


# The library logs each failed connection at length; the DeviceError says the same once.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusDevice:
    """One unit behind one host and port."""

    def __init__(self, host: str, port: int, unit: int, timeout_s: float, clock: Clock) -> None:
        """`timeout_s` covers connecting, asking and answering; not the wait for the requests of other units."""
        self.name = f"{host}:{port}"
        self._unit = unit
        self._timeout_s = timeout_s
        self._line = line_to(host, port, lambda: ModbusLine(host, port, clock))
        self._line.users += 1
        self._closed = False

    @property
    def connections(self) -> int:
        """The number of connections made so far. It grows after a lost one."""
        return self._line.connections

    async def read(
        self, address: int, count: int, *, table: Literal["holding", "input"] = "holding"
    ) -> tuple[int, ...]:
        """`count` (1–125) holding (FC03) or input registers (FC04) from `address`."""
        last = address + count - 1
        where = Text("reading registers {first} to {last} of {name}", first=address, last=last, name=self.name)

        def ask(client: AsyncModbusTcpClient) -> Awaitable[ModbusPDU]:
            read = client.read_holding_registers if table == "holding" else client.read_input_registers
            return read(address, count=count, device_id=self._unit)

        answer = await self._line.exchange(where, self._timeout_s, ask, repeats=True)
        if answer.function_code != (3 if table == "holding" else 4) or len(answer.registers) != count:
            raise DeviceError(
                "garbled", Text("{where}: the answer holds {count} registers", where=where, count=len(answer.registers))
            )
        return tuple(answer.registers)

    async def read_bits(self, address: int, count: int, *, table: Literal["coil", "discrete"]) -> tuple[int, ...]:
        """`count` (1–2000) coils (FC01) or discrete inputs (FC02) from `address`, each 0 or 1."""
        where = Text(
            "reading {table} {first} to {last} of {name}",
            table=table,
            first=address,
            last=address + count - 1,
            name=self.name,
        )

        def ask(client: AsyncModbusTcpClient) -> Awaitable[ModbusPDU]:
            read = client.read_coils if table == "coil" else client.read_discrete_inputs
            return read(address, count=count, device_id=self._unit)

        answer = await self._line.exchange(where, self._timeout_s, ask, repeats=True)
        if answer.function_code != (1 if table == "coil" else 2) or len(answer.bits) < count:
            raise DeviceError(
                "garbled", Text("{where}: the answer holds {count} bits", where=where, count=len(answer.bits))
            )
        return tuple(int(bit) for bit in answer.bits[:count])

    async def write(self, address: int, words: Sequence[int]) -> None:
        """One register by FC06, several by FC16; returns when the device has confirmed it."""
        where = Text("writing register {address} of {name}", address=address, name=self.name)
        if len(words) == 1:
            answer = await self._line.exchange(
                where, self._timeout_s, lambda client: client.write_register(address, words[0], device_id=self._unit)
            )
        else:
            answer = await self._line.exchange(
                where,
                self._timeout_s,
                lambda client: client.write_registers(address, list(words), device_id=self._unit),
            )
        if answer.function_code != (6 if len(words) == 1 else 16) or answer.address != address:
            raise DeviceError("garbled", Text("{where}: the answer confirms something else", where=where))

    async def close(self) -> None:
        """Release the connection, if no other unit uses it; never raises."""
        if not self._closed:
            self._closed = True
            self._line.users -= 1
        if self._line.users <= 0:
            self._line.drop()


class ModbusLine:
    """The connection to one host and port; made when first needed, and anew after any failure."""

    def __init__(self, host: str, port: int, clock: Clock) -> None:
        """Opens nothing yet."""
        self._host = host
        self._port = port
        self._clock = clock
        self._client: AsyncModbusTcpClient | None = None
        self._lost = asyncio.Event()
        """Set when the present connection has ended."""
        self._turn = asyncio.Lock()
        self.users = 0
        """Units that are read over it."""
        self.connections = 0
        """How many connections were made so far."""

    async def exchange(
        self,
        where: str,
        timeout_s: float,
        ask: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]],
        *,
        repeats: bool = False,
    ) -> ModbusPDU:
        """One request and its answer, within `timeout_s` from when the line is free. Raises DeviceError.

        `repeats` asks again over a new connection if the device closed one that was used before. Some gateways close it
        after each answer.
        """
        async with self._turn:
            completed = False
            try:
                async with self._clock.timeout(timeout_s):
                    answer = await self._asked(where, ask, repeats=repeats)
                if answer.transaction_id == 0:
                    # Requests count from 1. pymodbus takes 0 for any of them, so it may answer another request.
                    raise ModbusException("the answer has transaction id 0, so it belongs to no request")
                completed = True
            except _ClosedError:
                raise DeviceError(
                    "unreachable", Text("{where}: the device closed the connection", where=where)
                ) from None
            except TimeoutError:
                raise DeviceError(
                    "timeout", Text("{where}: no answer within {timeout} s", where=where, timeout=timeout_s)
                ) from None
            except (ConnectionException, OSError) as error:
                raise DeviceError(
                    "unreachable", Text("{where}: {error}", where=where, error=message_of(error))
                ) from None
            except (ModbusException, ValueError, struct.error) as error:
                raise DeviceError("garbled", Text("{where}: {error}", where=where, error=message_of(error))) from None
            finally:
                # Also when canceled from outside: an answer that comes late must find nobody.
                if not completed:
                    self.drop()
        if answer.isError():
            code = answer.exception_code
            raise DeviceError(
                "refused",
                Text(
                    "{where}: Modbus exception {code} ({meaning})",
                    where=where,
                    code=code,
                    meaning=EXCEPTIONS.get(code, Text("unknown")),
                ),
            )
        return answer

    async def _asked(
        self, where: str, ask: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]], *, repeats: bool
    ) -> ModbusPDU:
        used = self._client is not None and self._client.connected
        try:
            return await self._answered(await self._connected(where), ask)
        except (_ClosedError, ConnectionException, OSError):
            if not (used and repeats):
                raise
        self.drop()
        return await self._answered(await self._connected(where), ask)

    async def _answered(
        self, client: AsyncModbusTcpClient, ask: Callable[[AsyncModbusTcpClient], Awaitable[ModbusPDU]]
    ) -> ModbusPDU:
        """The answer. Raises _ClosedError as soon as the connection has ended: the library would wait for it."""
        answer, lost = asyncio.ensure_future(ask(client)), asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait((answer, lost), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise _ClosedError
            return answer.result()
        finally:
            answer.cancel()
            lost.cancel()

    async def _connected(self, where: str) -> AsyncModbusTcpClient:
        client = self._client
        if client is not None and client.connected:
            return client
        self.drop()
        self._lost = lost = asyncio.Event()
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=LIBRARY_S,
            retries=0,
            reconnect_delay=0,
            trace_connect=lambda up: None if up else lost.set(),
        )
        self._client = client
        if not await client.connect():
            raise DeviceError(
                "unreachable", Text("{where}: {value}", where=where, value=await self._why_no_connection())
            )
        self.connections += 1
        return client

    async def _why_no_connection(self) -> str:
        """The cause in the owner's words. The library only tells that it failed, so this asks the system again."""
        try:
            _, writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            return plain(error)
        writer.close()
        return Text("no connection; the device may allow no further one")

    def drop(self) -> None:
        """Close the connection, if there is one; the next exchange makes another."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
