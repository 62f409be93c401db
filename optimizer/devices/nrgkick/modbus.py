"""The Modbus TCP API of an NRGkick: few large reads, single ones where the device refuses those."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.nrgkick.api import Live, Values
from optimizer.devices.nrgkick.decode import NEEDED
from optimizer.devices.nrgkick.registers import BY_PATH, INFO, LIVE, Block, Register, decode, encode
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock


class ModbusApi:
    """One charger over Modbus TCP."""

    def __init__(self, host: str, port: int, unit: int, timeout_s: float, clock: Clock) -> None:
        """`timeout_s` is the deadline of one request and of a whole poll."""
        self._device = ModbusDevice(host=host, port=port, unit=unit, timeout_s=timeout_s, clock=clock)
        self._timeout_s = timeout_s
        self._clock = clock
        self._singly: set[Block] = set()
        """Blocks that this connection's device refused to give at once."""
        self._connection = 0

    async def info(self) -> Values:
        """All `info.…`; cellular and GPS only where the model has them."""
        return await self._in_time(INFO)

    async def live(self) -> Live:
        """Control and values in one request; where that is refused, the values that are needed, one by one."""
        at_s = self._clock.monotonic_s()
        return Live(await self._in_time((LIVE,)), at_s)

    async def write(self, path: str, value: float) -> None:
        """Write one of 194–198; the energy limit takes two registers in one request."""
        register = BY_PATH[path]
        await self._device.write(register.address, encode(register, value))

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._device.close()

    async def _in_time(self, blocks: Iterable[Block]) -> Values:
        try:
            async with self._clock.timeout(self._timeout_s):
                values: dict[str, object] = {}
                for block in blocks:
                    values.update(await self._block(block))
                return values
        except TimeoutError:
            raise DeviceError(
                "timeout", f"reading {self._device.name} over Modbus: not done within {self._timeout_s:g} s"
            ) from None

    async def _block(self, block: Block) -> dict[str, object]:
        if self._device.connections != self._connection:
            self._connection = self._device.connections
            self._singly.clear()
        if block in self._singly:
            return await self._one_by_one(block)
        try:
            words = await self._device.read(block.address, block.count)
        except DeviceError as error:
            if error.fault != "refused":
                raise
            if block.optional:
                return {}
            self._connection = self._device.connections
            self._singly.add(block)
            return await self._one_by_one(block)
        start = block.address
        return {r.path: decode(r, words[r.address - start : r.address - start + r.count]) for r in block.registers}

    async def _one_by_one(self, block: Block) -> dict[str, object]:
        """What is needed of a block, each value whole; refused ones are left out, and all refused is a refusal."""
        values: dict[str, object] = {}
        refusal: DeviceError | None = None
        for register in _needed(block):
            try:
                words = await self._device.read(register.address, register.count)
            except DeviceError as error:
                if error.fault != "refused":
                    raise
                refusal = error
            else:
                values[register.path] = decode(register, words)
        if refusal is not None and not values:
            raise refusal
        return values


def _needed(block: Block) -> tuple[Register, ...]:
    return tuple(register for register in block.registers if register.path in NEEDED)
