"""Registers that say the same as the bodies; each block spelled out as the contract packs it."""

from __future__ import annotations

import struct

from optimizer.devices.nrgkick.registers import TABLE
from tests.devices.nrgkick.bodies import CODES, everything


def text(value: str, count: int) -> list[int]:
    """First character in the high byte; after the NUL there is garbage."""
    raw = (value.encode() + b"\0" + b"\xff\x7e" * count)[: 2 * count]
    return list(struct.unpack(f">{count}H", raw))


def low_word_first(packed: bytes) -> list[int]:
    return list(reversed(struct.unpack(f">{len(packed) // 2}H", packed)))


def packed_registers() -> dict[int, int]:
    """All 264 registers for the values of the bodies."""
    values = everything() | CODES
    registers: dict[int, int] = {}
    formats = {"uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "uint64": ">Q", "float32": ">f"}
    for row in TABLE:
        value = values[row.path]
        if row.kind == "string":
            words = text(value, row.count)
        elif row.kind == "float32":
            words = low_word_first(struct.pack(">f", value))
        else:
            words = low_word_first(struct.pack(formats[row.kind], round(value * row.factor)))
        registers.update(zip(range(row.address, row.address + row.count), words, strict=True))
    return registers
