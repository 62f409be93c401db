"""Values of any device that speaks Modbus TCP, from a table of registers: a meter, or the source of inputs."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from optimizer.devices.generic.quantity import assemble, checked_together
from optimizer.devices.generic.wanted import Wanted, by_name
from optimizer.devices.modbus_tcp import ModbusDevice
from optimizer.devices.port import DeviceError, Identity, Sample
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading, unknown
from optimizer.words.text import Text

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


NOT_AVAILABLE: dict[str, int] = {
    "int16": -(2**15),
    "uint16": 2**16 - 1,
    "int32": -(2**31),
    "uint32": 2**32 - 1,
    "int64": -(2**63),
    "uint64": 2**64 - 1,
}
"""The numbers of a value that a meter does not have (SunSpec Information Model Specification, "unimplemented")."""
TINY = 1e-9
"""No meter has so small a value. Words in the wrong order have: 230.0 becomes 2.4e-41."""
MOST_SCALE = 10
"""SunSpec: scale factors are from -10 to 10."""
BLOCK = 32
"""A value and its scale factor are read in one request if they take no more registers than this together."""


@dataclass(frozen=True, slots=True)
class Register:
    """One quantity in the registers of a meter."""

    quantity: Wanted
    address: int | tuple[int, ...]
    """As sent on the wire, 0–65535 (a document's 40001 is often 0). Several are added: the power of L1, L2, and L3."""
    type: NumberType = "int16"
    words: Literal["high_first", "low_first"] = "high_first"
    """Order of the 16-bit words of a longer number."""
    table: Literal["holding", "input", "coil", "discrete"] = "holding"
    """FC03, FC04, FC01, or FC02. A coil or a discrete input is one bit."""
    missing: int | None = None
    """The raw number that means "not available", if it is another one than NOT_AVAILABLE."""
    scale: int | None = None
    """The address of a signed power of ten for the value (SunSpec: its `_SF` point), in the same table."""

    @property
    def addresses(self) -> tuple[int, ...]:
        """The addresses of the values that are added."""
        return self.address if isinstance(self.address, tuple) else (self.address,)

    @property
    def count(self) -> int:
        """The number of registers that it takes."""
        return 1 if self.is_bit else struct.calcsize(FORMATS[self.type]) // 2

    @property
    def is_bit(self) -> bool:
        """Whether it is one bit."""
        return self.table in ("coil", "discrete")

    def checked(self) -> Register:
        """Itself. Raises ValueError for an address or a type that is not possible."""
        name = self.quantity.quantity
        if self.type not in FORMATS:
            raise ValueError(f"{name}: the type is one of {', '.join(FORMATS)}, not {self.type!r}")
        if not self.addresses:
            raise ValueError(Text("{name}: there is no address", name=name))
        for address in self.addresses:
            if not 0 <= address <= 65536 - self.count:
                what = "{name}: an address is from 0 to {last}; is {address} counted from 1?"
                raise ValueError(Text(what, name=name, last=65536 - self.count, address=address))
        if self.scale is not None and self.is_bit:
            raise ValueError(Text("{name}: one bit has no scale factor", name=name))
        if self.scale is not None and not 0 <= self.scale <= 65535:
            what = "{name}: the address of its scale is from 0 to 65535; is {scale} counted from 1?"
            raise ValueError(Text(what, name=name, scale=self.scale))
        return self

    def decoded(self, words: Sequence[int]) -> int | float:
        """The number in its registers."""
        if self.is_bit:
            return words[0]
        ordered = words if self.words == "high_first" else tuple(reversed(words))
        number: int | float = struct.unpack(FORMATS[self.type], struct.pack(f">{len(ordered)}H", *ordered))[0]
        return number


@dataclass(frozen=True, slots=True)
class ModbusTableConfig:
    """The settings for a meter that speaks Modbus TCP."""

    name: str
    host: str
    registers: tuple[Register, ...]
    port: int = 502
    unit: int = 1
    """Unit (slave) number, 0–255."""
    timeout_s: float = 5.0


class ModbusReader:
    """Reads the values of one device."""

    def __init__(self, config: ModbusTableConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for a table that cannot be used."""
        for register in config.registers:
            register.checked()
        self._modbus = ModbusDevice(
            host=config.host, port=config.port, unit=config.unit, timeout_s=config.timeout_s, clock=clock
        )
        self._config = config
        self._clock = clock

    async def readings(self) -> dict[str, Reading[Any]]:
        """Each value once. One that is refused is unknown. Raises DeviceError if all are refused or the line fails."""
        readings: list[tuple[Wanted, Reading[Any]]] = []
        refusal: DeviceError | None = None
        refused = 0
        for register in self._config.registers:
            at_s = self._clock.monotonic_s()
            try:
                reading = await self._reading(register, at_s)
            except DeviceError as error:
                if error.fault != "refused":
                    raise
                refusal, refused = error, refused + 1
                reading = unknown(error.message, at_s)
            readings.append((register.quantity, reading))
        if refusal is not None and refused == len(readings):
            raise refusal
        return by_name(readings, self._clock.monotonic_s())

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._modbus.close()

    async def _reading(self, register: Register, at_s: float) -> Reading[Any]:
        name, total = register.quantity.quantity, 0.0
        exact: int | float = 0
        for address in register.addresses:
            words, scale = await self._words(register, address)
            number = register.decoded(words)
            if _is_missing(register, number):
                return unknown(
                    Text(
                        "{name}: the meter says that it is not available ({number} at {address})",
                        name=name,
                        number=number,
                        address=address,
                    ),
                    at_s,
                )
            if 0.0 < abs(number) < TINY:
                return unknown(
                    Text(
                        "{name}: {number} at {address} is too small for a reading. Check `type` and `words`",
                        name=name,
                        number=f"{number:.1e}",
                        address=address,
                    ),
                    at_s,
                )
            if register.scale is None:
                exact += number
                continue
            if scale is None:
                return unknown(
                    Text(
                        "{name}: its scale factor at {scale} changed while it was read", name=name, scale=register.scale
                    ),
                    at_s,
                )
            if not -MOST_SCALE <= scale <= MOST_SCALE:
                return unknown(
                    Text(
                        "{name}: {scale} at {address} is no scale factor (-10 to 10)",
                        name=name,
                        scale=scale,
                        address=register.scale,
                    ),
                    at_s,
                )
            total += number * 10.0**scale
        return register.quantity.reading(exact if register.scale is None else total, at_s)

    async def _words(self, register: Register, address: int) -> tuple[Sequence[int], int | None]:
        """The registers of a value, and its scale factor; None where that changed in between.

        Both come from one request where they are near each other. Otherwise the scale factor is read before and after
        the value: it may change at any time, and then the value is wrong by a factor of ten.
        """
        scale, count, table = register.scale, register.count, register.table
        match table:
            case "coil" | "discrete":
                return await self._modbus.read_bits(address, count, table=table), 0
        if scale is None:
            return await self._modbus.read(address, count, table=table), 0
        first, end = min(address, scale), max(address + count, scale + 1)
        if end - first <= BLOCK:
            try:
                words = await self._modbus.read(first, end - first, table=table)
                return words[address - first : address - first + count], _signed(words[scale - first])
            except DeviceError as error:
                if error.fault != "refused":
                    raise
        (before,) = await self._modbus.read(scale, 1, table=table)
        words = await self._modbus.read(address, count, table=table)
        (after,) = await self._modbus.read(scale, 1, table=table)
        return words, _signed(after) if before == after else None


class ModbusTable(ModbusReader):
    """One meter. Implements Meter and Identified."""

    def __init__(self, config: ModbusTableConfig, clock: Clock) -> None:
        """Opens nothing yet. Raises ValueError for a table that cannot be used."""
        checked_together(register.quantity for register in config.registers)
        super().__init__(config, clock)

    async def read(self) -> Sample:
        """All quantities, as a sample of the meter."""
        return assemble(self._config.name, await self.readings())

    async def identify(self) -> Identity:
        """That it answers; such a meter does not say who it is."""
        await self.read()
        return Identity("modbus_table")


def _is_missing(register: Register, number: float) -> bool:
    if register.missing is not None and number == register.missing:
        return True
    return number == NOT_AVAILABLE.get(register.type) or math.isnan(number)


def _signed(word: int) -> int:
    return word - 65536 if word > 32767 else word
