"""Any meter that speaks Modbus TCP: a table of registers in the configuration."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from optimizer.devices.generic.quantity import Quantity, assemble, checked_together
from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, unknown

NumberType = Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
FORMATS: dict[str, str] = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}


@dataclass(frozen=True, slots=True)
class Register:
    """One quantity in the registers of a meter."""

    quantity: Quantity
    address: int
    """As sent on the wire, 0–65535 (a document's 40001 is often 0)."""
    type: NumberType = "int16"
    words: Literal["high_first", "low_first"] = "high_first"
    """Order of the 16-bit words of a longer number."""
    table: Literal["holding", "input"] = "holding"
    """FC03 or FC04."""
    missing: int | None = None
    """The raw number that means "not available" (32768, 65535), where the meter has one."""

    @property
    def count(self) -> int:
        """How many registers it takes."""
        return struct.calcsize(FORMATS[self.type]) // 2

    def checked(self) -> Register:
        """Itself; ValueError for an address or a type that cannot be."""
        name = self.quantity.quantity
        if self.type not in FORMATS:
            raise ValueError(f"{name}: the type is one of {', '.join(FORMATS)}, not {self.type!r}")
        if not 0 <= self.address <= 65536 - self.count:
            raise ValueError(f"{name}: an address is from 0 to {65536 - self.count}; is {self.address} counted from 1?")
        return self

    def decoded(self, words: Sequence[int]) -> int | float:
        """The number in its registers."""
        ordered = words if self.words == "high_first" else tuple(reversed(words))
        number: int | float = struct.unpack(FORMATS[self.type], struct.pack(f">{len(ordered)}H", *ordered))[0]
        return number


@dataclass(frozen=True, slots=True)
class ModbusTableConfig:
    """How to reach a meter that speaks Modbus TCP."""

    name: str
    host: str
    registers: tuple[Register, ...]
    port: int = 502
    unit: int = 1
    """Unit (slave) number, 0–255."""
    timeout_s: float = 5.0


class ModbusTable:
    """One meter. Implements Meter and Identified."""

    def __init__(self, config: ModbusTableConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for a table that cannot be used."""
        checked_together(register.checked().quantity for register in config.registers)
        self._modbus = ModbusDevice(
            host=config.host, port=config.port, unit=config.unit, timeout_s=config.timeout_s, clock=clock
        )
        self._config = config
        self._clock = clock

    async def read(self) -> Sample:
        """Each register once. One that is refused is unknown; the error, where all are refused or the line fails."""
        readings: dict[str, Reading[float]] = {}
        refusal: DeviceError | None = None
        refused = 0
        for register in self._config.registers:
            at_s = self._clock.monotonic_s()
            try:
                words = await self._modbus.read(register.address, register.count, table=register.table)
            except DeviceError as error:
                if error.fault != "refused":
                    raise
                refusal, refused = error, refused + 1
                readings[register.quantity.quantity] = unknown(str(error), at_s)
                continue
            readings[register.quantity.quantity] = _reading(register, words, at_s)
        if refusal is not None and refused == len(readings):
            raise refusal
        now_s = self._clock.monotonic_s()
        ages = {register.quantity.quantity: register.quantity.max_age_s for register in self._config.registers}
        return assemble(self._config.name, {name: r.fresh(now_s, ages[name]) for name, r in readings.items()})

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._modbus.close()

    async def identify(self) -> Identity:
        """That it answers; such a meter does not say who it is."""
        await self.read()
        return Identity("modbus_table")


def _reading(register: Register, words: Sequence[int], at_s: float) -> Reading[float]:
    number = register.decoded(words)
    if register.missing is not None and number == register.missing:
        return unknown(f"{register.quantity.quantity}: the meter says that it is not available", at_s)
    return register.quantity.reading(number, at_s)
