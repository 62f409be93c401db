"""Two slots with checksums in a file of fixed size. The document survives a write that stops at any byte.

Each write replaces the older slot. An incomplete write leaves the other slot with the previous document. The file gets
its full size when it is created, so that a full disk does not prevent a later write.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any, NamedTuple

from optimizer.journal.state_file import open_state_file, sync_folder


class Contents(NamedTuple):
    """The contents of a file of slots."""

    documents: tuple[Any, ...]
    """The documents of the valid slots, the newest first."""
    turn: int
    """The number of the newest write. 0 before the first."""


class Slots:
    """One file of two slots. All methods raise OSError. `write` raises ValueError for a document that is too large."""

    def __init__(self, path: Path, slot_bytes: int) -> None:
        self.path = path
        self._slot_bytes = slot_bytes
        self._descriptor: int | None = None
        self._turn = 0

    def read(self) -> Contents:
        """The valid documents in the file. Raises FileNotFoundError if there is no file."""
        descriptor = open_state_file(self.path, os.O_RDONLY)
        try:
            data = os.pread(descriptor, 2 * self._slot_bytes, 0)
        finally:
            os.close(descriptor)
        slots = [decode_slot(data[at : at + self._slot_bytes]) for at in (0, self._slot_bytes)]
        valid = sorted((slot for slot in slots if slot is not None), key=lambda slot: slot[0], reverse=True)
        self._turn = max(self._turn, valid[0][0] if valid else 0)
        return Contents(tuple(document for _, document in valid), self._turn)

    def write(self, document: Any) -> None:
        """Write `document` to the older slot, without forcing it to the disk."""
        slot = encode_slot(self._turn + 1, document, self._slot_bytes)
        self._put(slot)
        self._turn += 1

    def write_twice(self, document: Any) -> None:
        """Write `document` to both slots. The first is forced to the disk before the second is written.

        One slot always holds this document or the previous one, also if the other slot becomes unreadable later.
        """
        if self._descriptor is None and not self.path.exists():
            self._create(document)
            return
        for _ in range(2):
            slot = encode_slot(self._turn + 1, document, self._slot_bytes)
            self._put(slot)
            os.fsync(self._open())
            self._turn += 1

    @property
    def is_closed(self) -> bool:
        """Whether the next write opens the file."""
        return self._descriptor is None

    def is_ours(self) -> bool:
        """Whether the open file is still the one at `path`. False before the first write."""
        if self._descriptor is None:
            return False
        try:
            there, here = self.path.stat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def force(self) -> None:
        """Force the written data to the disk."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file. The next write opens the one at `path`."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _create(self, document: Any) -> None:
        """Create the whole file under another name first, so that the file at `path` always has a valid slot."""
        fresh = self.path.with_suffix(".new")
        descriptor = open_state_file(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        try:
            os.posix_fallocate(descriptor, 0, 2 * self._slot_bytes)
            for turn in (self._turn + 1, self._turn + 2):
                _write_all(descriptor, encode_slot(turn, document, self._slot_bytes), self._place(turn))
            os.fsync(descriptor)
            fresh.replace(self.path)
            sync_folder(self.path.parent)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._turn += 2

    def _put(self, slot: bytes) -> None:
        _write_all(self._open(), slot, self._place(self._turn + 1))

    def _place(self, turn: int) -> int:
        return self._slot_bytes * (turn % 2)

    def _open(self) -> int:
        if self._descriptor is None:
            descriptor = open_state_file(self.path, os.O_RDWR | os.O_CREAT)
            try:
                os.posix_fallocate(descriptor, 0, 2 * self._slot_bytes)
            except OSError:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
        return self._descriptor


def encode_slot(turn: int, document: Any, slot_bytes: int) -> bytes:
    """The bytes of one slot. Raises ValueError if the document does not fit."""
    body = json.dumps([turn, document], separators=(",", ":")).encode()
    slot = f"{zlib.crc32(body):08x} ".encode() + body
    if len(slot) > slot_bytes:
        raise ValueError(f"the document has {len(slot)} bytes, room for {slot_bytes}")
    return slot.ljust(slot_bytes)


def decode_slot(slot: bytes) -> tuple[int, Any] | None:
    """The turn and the document of one slot. None if the slot is blank or damaged."""
    checksum, _, body = slot.partition(b" ")
    body = body.rstrip()
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        turn, document = json.loads(body)
        return int(turn), document
    except (ValueError, TypeError, RecursionError):
        return None


def _write_all(descriptor: int, data: bytes, place: int) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], place + written)
