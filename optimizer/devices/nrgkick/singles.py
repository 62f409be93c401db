"""Reads registers value by value, for a charger that refuses blocks: first what control needs, then the rest.

The rest gets a share of the deadline of a poll. What does not fit is read in a later poll, in turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.nrgkick.decode import NEEDED
from optimizer.devices.nrgkick.registers import Register, decode
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock

SHARE = 0.5
"""No optional value is asked for after this share of the deadline."""
LONGEST = 0.25
"""An optional value that takes longer than this share of the deadline is given up."""
SILENT_S = 600.0
"""A value that was given up is not asked for again for this time."""


class Kept(NamedTuple):
    """An optional value from this poll or an earlier one."""

    value: object
    at_s: float
    """Monotonic s."""


class SingleReads:
    """Single reads of one charger. `forget` starts anew after a reconnection."""

    def __init__(self, device: ModbusDevice, timeout_s: float, clock: Clock) -> None:
        self._device = device
        self._timeout_s = timeout_s
        self._clock = clock
        self._turns: dict[int, deque[Register]] = {}
        """Optional registers of a block, by its address, in the order in which they are asked for."""
        self._kept: dict[int, dict[str, Kept]] = {}
        self._silent_until_s: dict[str, float] = {}

    def forget(self) -> None:
        """Drop what earlier polls brought and learned, except which values stay silent."""
        self._turns.clear()
        self._kept.clear()

    async def needed(self, registers: Sequence[Register]) -> dict[str, object]:
        """The values of `registers` that control needs. Refused ones are left out; all refused is a refusal."""
        values: dict[str, object] = {}
        refusal: DeviceError | None = None
        for register in registers:
            if register.path not in NEEDED:
                continue
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

    async def optional(self, registers: Sequence[Register], started_s: float) -> dict[str, Kept]:
        """The other values, as far as they were read in this poll (begun at `started_s`) or in an earlier one.

        Never raises. A refused value is not asked for again on this connection.
        """
        block = registers[0].address
        turns = self._turns.setdefault(block, deque(r for r in registers if r.path not in NEEDED))
        kept = self._kept.setdefault(block, {})
        for _ in range(len(turns)):
            now_s = self._clock.monotonic_s()
            if now_s - started_s > SHARE * self._timeout_s:
                break
            register = turns.popleft()
            if now_s < self._silent_until_s.get(register.path, now_s):
                turns.append(register)
                continue
            try:
                async with self._clock.timeout(LONGEST * self._timeout_s):
                    words = await self._device.read(register.address, register.count)
            except DeviceError as error:
                if error.fault == "refused":
                    kept.pop(register.path, None)
                    continue
                turns.append(register)
                break
            except TimeoutError:
                self._silent_until_s[register.path] = now_s + SILENT_S
                turns.append(register)
                break
            turns.append(register)
            kept[register.path] = Kept(decode(register, words), now_s)
        return kept
