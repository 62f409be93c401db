"""Defines the record of a tick, and packs ticks into compressed blocks.

A block consists of JSON lines compressed with zlib: the memory before the first tick, then one line for each tick.
Successive ticks differ little, so a tick takes about 200 bytes. Each block can be replayed by itself.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from optimizer.control.memory import Memory
from optimizer.control.report import TickReport
from optimizer.journal.codec import CodecError, codec, decode
from optimizer.model.decision import Decision
from optimizer.model.state import State
from optimizer.rules.book.overrides import Override
from optimizer.rules.book.verdict import Claimed, Limited

MAX_BLOCK_BYTES = 64_000_000
"""Largest size of an unpacked block. A damaged block must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One recorded tick."""

    state: State
    decision: Decision
    claims: Mapping[str, Claimed]
    limits: Mapping[str, Limited]
    overrides: tuple[Override, ...] = ()
    """The overrides in force in this tick. A replay puts them into the memory before it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive ticks under one rule book."""

    book_version: str
    memory: Memory | None
    """The memory before the first tick, or None if it was not known."""
    ticks: tuple[Tick, ...]


class BlockWriter:
    """Packs ticks one by one."""

    def __init__(self, book_version: str, memory: Memory | None) -> None:
        self.book_version = book_version
        self.ticks = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._zlib = zlib.compressobj(6)
        self._parts: list[bytes] = []
        self._add(None if memory is None else codec(Memory).encode(memory))

    def add(self, report: TickReport) -> None:
        """One more tick."""
        overrides = report.memory.overrides if report.memory is not None else ()
        tick = Tick(
            state=report.state,
            decision=report.decision,
            claims=report.verdict.claims,
            limits=report.verdict.limits,
            overrides=overrides,
        )
        self._add(codec(Tick).encode(tick))
        self.ticks += 1
        self.first = self.first or report.state.now
        self.last = report.state.now

    def finish(self) -> bytes:
        """The bytes of the block. The writer cannot be used afterwards."""
        self._parts.append(self._zlib.flush())
        return b"".join(self._parts)

    def _add(self, document: object) -> None:
        self._parts.append(self._zlib.compress(json.dumps(document, separators=(",", ":")).encode() + b"\n"))


def read_block(book_version: str, data: bytes) -> Block:
    """The block for its bytes. Raises CodecError if they are damaged."""
    lines = _lines(data)
    try:
        memory = next(lines)
        ticks = tuple(decode(Tick, line) for line in lines)
        return Block(book_version, None if memory is None else decode(Memory, memory), ticks)
    except (zlib.error, ValueError, TypeError, RecursionError, StopIteration) as error:
        raise CodecError(f"a damaged block ({error})") from error


def _lines(data: bytes) -> Iterator[object]:
    unpack = zlib.decompressobj()
    text = unpack.decompress(data, MAX_BLOCK_BYTES)
    if not unpack.eof:
        raise ValueError("it is cut off")
    for line in text.splitlines():
        yield json.loads(line)
