"""The Modbus TCP API of an NRGkick: few large reads, single ones where the device refuses those."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.nrgkick.api import Live, Values
from optimizer.devices.nrgkick.registers import BY_PATH, INFO, LIVE, Block, decode, encode
from optimizer.devices.nrgkick.singles import Kept, SingleReads
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text


class ModbusApi:
    """One charger over Modbus TCP."""

    def __init__(self, host: str, port: int, unit: int, timeout_s: float, clock: Clock) -> None:
        """`timeout_s` is the deadline of one request and of a whole poll."""
        self._device = ModbusDevice(host=host, port=port, unit=unit, timeout_s=timeout_s, clock=clock)
        self._timeout_s = timeout_s
        self._clock = clock
        self._singly: set[Block] = set()
        """Blocks that this connection's device refused to give at once."""
        self._singles = SingleReads(self._device, timeout_s, clock)
        self._connection = 0

    async def info(self) -> Values:
        """All `info.…`; cellular and GPS only where the model has them."""
        values, kept = await self._in_time(INFO)
        return {**values, **{path: one.value for path, one in kept.items()}}

    async def live(self) -> Live:
        """Control and values in one request. If the device refuses that, value by value, those that control needs
        in each poll and the others in turn."""
        at_s = self._clock.monotonic_s()
        values, kept = await self._in_time((LIVE,))
        older = {path: one.at_s for path, one in kept.items() if one.at_s < at_s}
        return Live({**values, **{path: one.value for path, one in kept.items()}}, at_s, older)

    async def write(self, path: str, value: float) -> None:
        """Write one of 194–198; the energy limit takes two registers in one request."""
        register = BY_PATH[path]
        await self._device.write(register.address, encode(register, value))

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._device.close()

    async def _in_time(self, blocks: Iterable[Block]) -> tuple[dict[str, object], dict[str, Kept]]:
        """The values read now, and the ones that are read in turn. Raises DeviceError."""
        started_s = self._clock.monotonic_s()
        values: dict[str, object] = {}
        kept: dict[str, Kept] = {}
        try:
            async with self._clock.timeout(self._timeout_s):
                refused = [block for block in blocks if not await self._read_block(block, values)]
                for block in refused:
                    if not block.optional:
                        values.update(await self._singles.needed(block.registers))
                for block in refused:
                    kept.update(await self._singles.optional(block.registers, started_s))
        except TimeoutError:
            raise DeviceError(
                "timeout",
                Text(
                    "reading {name} over Modbus: not done within {timeout} s",
                    name=self._device.name,
                    timeout=self._timeout_s,
                ),
            ) from None
        return values, kept

    async def _read_block(self, block: Block, values: dict[str, object]) -> bool:
        """Add the values of a whole block. False if this device wants to be asked for each value by itself."""
        if self._device.connections != self._connection:
            self._connection = self._device.connections
            self._singly.clear()
            self._singles.forget()
        if block not in self._singly:
            try:
                words = await self._device.read(block.address, block.count)
            except DeviceError as error:
                if error.fault != "refused":
                    raise
            else:
                start = block.address
                values.update(
                    {r.path: decode(r, words[r.address - start : r.address - start + r.count]) for r in block.registers}
                )
                return True
            if block.optional and not self._singly:
                # Blocks are fine for this device; it has no such hardware.
                return True
            self._connection = self._device.connections
            self._singly.add(block)
        return False
