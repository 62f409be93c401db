"""Mutated answers for the adapters: damaged text, damaged values, damaged registers, damaged frames.

Two things must hold whatever a device sends: nothing but DeviceError comes out, and every number in a Sample
can be derived from a number that the device sent.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from optimizer.devices.nrgkick.registers import BY_PATH
from optimizer.devices.port import DeviceError, Sample
from optimizer.model.reading import Reading
from tests.devices.http_server import head_of, listening

ODDITIES: tuple[Any, ...] = (
    None, True, False, 0, -0.0, -1, 1e308, -1e308, 10**400, 2**63, 1e-320, "", "7", "1_000", "nan", "Infinity", "0x10",
    "\x00", "\ud800", "ß" * 300, [], [7], {}, {"value": 7}, {"Response": "no"}, [[[[]]]],
)  # fmt: skip
"""Values that a leaf is replaced by."""
RAW = (b"NaN", b"Infinity", b"1e999", b"\xff\xfe", b"\xed\xa0\x80", b'"', b"[" * 2000, b"{", b"\x00", b"9" * 5000)
"""Bytes that are put into a text."""


def damaged(random_: random.Random, data: bytes) -> bytes:
    """One to three damages to some bytes."""
    mutated = bytearray(data)
    for _ in range(random_.randint(1, 3)):
        at = random_.randrange(len(mutated) + 1)
        until = min(len(mutated), at + random_.randint(1, 20))
        match random_.randrange(6):
            case 0 if at < len(mutated):
                mutated[at] ^= 1 << random_.randrange(8)
            case 1:
                del mutated[at:until]
            case 2:
                mutated[at:at] = mutated[at:until]
            case 3:
                del mutated[at:]
            case 4:
                mutated[at:at] = random_.choice(RAW)
            case _:
                mutated[at:at] = random_.randbytes(random_.randint(1, 4))
    return bytes(mutated)


def distorted(random_: random.Random, tree: Any) -> Any:
    """A copy of a JSON tree with one to three nodes replaced, removed, renamed or exchanged."""
    tree = copy.deepcopy(tree)
    for _ in range(random_.randint(1, 3)):
        spots = list(_spots(tree))
        if not spots:
            return random_.choice(ODDITIES)
        parent, key = random_.choice(spots)
        other, other_key = random_.choice(spots)
        match random_.randrange(5):
            case 0 | 1:
                parent[key] = copy.deepcopy(random_.choice(ODDITIES))
            case 2:
                del parent[key]
            case 3 if isinstance(parent, dict):
                parent[f"{key}:"] = parent.pop(key)
            case _ if not _holds(parent[key], other) and not _holds(other[other_key], parent):
                parent[key], other[other_key] = other[other_key], parent[key]
    return tree


def mutated_json(random_: random.Random, tree: Any) -> bytes:
    """A body for `tree`: damaged as text or distorted as a tree."""
    if random_.random() < 0.4:
        return damaged(random_, json.dumps(tree).encode())
    return json.dumps(distorted(random_, tree)).encode()


def mutated_registers(random_: random.Random, registers: dict[int, int]) -> dict[int, int]:
    """Some registers changed to anything, rarely some missing."""
    mutated = dict(registers)
    for _ in range(random_.randint(1, 60)):
        mutated[random_.choice(list(mutated))] = random_.choice((0, 1, 0x7FFF, 0x8000, 0xFFFF, random_.getrandbits(16)))
    if random_.random() < 0.2:
        for _ in range(random_.randint(1, 5)):
            mutated.pop(random_.choice(list(mutated)))
    return mutated


def numbers_in(tree: Any) -> set[float]:
    """All finite numbers of a JSON tree, also those printed as text."""
    if isinstance(tree, bool) or tree is None:
        return set()
    if isinstance(tree, dict):
        return set().union(*(numbers_in(v) for v in tree.values()))
    if isinstance(tree, list):
        return set().union(*(numbers_in(v) for v in tree))
    try:
        return {float(tree)}
    except (ValueError, OverflowError):
        return set()


def numbers_of_registers(registers: dict[int, int]) -> set[float]:
    """All numbers that the registers say, worked out without the adapter's decoding."""
    found = set()
    for row in BY_PATH.values():
        words = [registers.get(row.address + i) for i in range(row.count)]
        if row.kind == "string" or any(word is None for word in words):
            continue
        raw = sum((word or 0) << (16 * i) for i, word in enumerate(words))
        if row.kind == "float32":
            found.add(struct.unpack("<f", raw.to_bytes(4, "little"))[0])
            continue
        bits = 16 * row.count
        if row.kind.startswith("int") and raw >> (bits - 1):
            raw -= 1 << bits
        found.add(raw / row.factor)
    return found


def numbers_of(sample: Sample) -> dict[str, float]:
    """All known numbers of a Sample, by where they stand."""
    found: dict[str, float] = {}
    parts: list[tuple[str, object]] = [("grid", sample.grid), *(("pv", p) for p in sample.pvs)]
    parts += [*(("battery", b) for b in sample.batteries), *(("ev", e) for e in sample.evs)]
    for kind, part in parts:
        for name in getattr(part, "__slots__", ()):
            value = getattr(part, name)
            for reading in value if name == "phase_current_a" else (value,):
                number = reading.value if isinstance(reading, Reading) else None
                if isinstance(number, (int, float)) and not isinstance(number, bool):
                    found[f"{kind}.{name}"] = float(number)
    return found


async def only_device_errors(call: Any) -> Any:
    """The outcome of an awaitable, or None after a DeviceError with something to read."""
    try:
        return await call
    except DeviceError as error:
        if not str(error):
            raise AssertionError("a DeviceError without a message") from error
        str(error).encode()
        return None


@asynccontextmanager
async def raw_http(answers: Iterator[bytes]) -> AsyncIterator[str]:
    """A server that answers each request by the next of some raw bytes and hangs up; yields its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(next(answers))
        await writer.drain()

    async with listening(answer) as url:
        yield url


def _spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield tree, key
        yield from _spots(tree[key])


def _holds(tree: Any, node: Any) -> bool:
    return tree is node or any(parent[key] is node for parent, key in _spots(tree))
