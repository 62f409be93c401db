"""The energy books on disk: written in place at every tick, without forcing the disk.

Two slots are written in turn, each with a checksum, so that a power cut in the middle of a write leaves the
other one. A killed process loses nothing, a power cut the half minute that the system had not written yet. The
file stays at 16 kB, whatever the years.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from pathlib import Path

from optimizer.journal.codec import decode, encode
from optimizer.serve.energy import Ledger

log = logging.getLogger(__name__)

SLOT_BYTES = 8192
"""Room for the counters of some twenty consumers; a house has five."""


class EnergyStore:
    """One file of two slots. Errors are said once, and do not stop the service."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = ""
        """Why the books cannot be saved, or empty."""
        self._fd: int | None = None
        self._turn = 0

    def load(self) -> Ledger:
        """The newest books that are whole; empty ones if there are none (a broken file is set aside)."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return Ledger()
        except OSError as error:
            self._fail(error)
            return Ledger()
        slots = [decoded for at in (0, SLOT_BYTES) if (decoded := _decode(data[at : at + SLOT_BYTES])) is not None]
        if not slots:
            self._set_aside()
            return Ledger()
        self._turn, ledger = max(slots, key=lambda slot: slot[0])
        return ledger

    def save(self, ledger: Ledger) -> None:
        """Write the books over the older slot."""
        try:
            if self._fd is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._turn += 1
            os.pwrite(self._fd, _encode(self._turn, ledger), SLOT_BYTES * (self._turn % 2))
        except (OSError, ValueError) as error:
            self._fail(error)
        else:
            self.failed = ""

    def close(self) -> None:
        """Force what was written onto the disk and close."""
        if self._fd is None:
            return
        try:
            os.fsync(self._fd)
        except OSError as error:
            self._fail(error)
        os.close(self._fd)
        self._fd = None

    def _set_aside(self) -> None:
        aside = self.path.with_suffix(".broken")
        try:
            self.path.replace(aside)
        except OSError as error:
            self._fail(error)
        else:
            log.error("energy books in %s are unreadable; set aside as %s, counting starts at 0", self.path, aside)

    def _fail(self, error: OSError | ValueError) -> None:
        message = f"{self.path}: {error}"
        if message != self.failed:
            log.error("energy books are not saved: %s", message)
        self.failed = message


def _encode(turn: int, ledger: Ledger) -> bytes:
    body = json.dumps([turn, encode(Ledger, ledger)], separators=(",", ":")).encode()
    slot = f"{zlib.crc32(body):08x} ".encode() + body
    if len(slot) > SLOT_BYTES:
        raise ValueError(f"{len(slot)} bytes of counters, room for {SLOT_BYTES}")
    return slot.ljust(SLOT_BYTES)


def _decode(slot: bytes) -> tuple[int, Ledger] | None:
    checksum, _, body = slot.partition(b" ")
    body = body.rstrip()
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        turn, document = json.loads(body)
        return int(turn), decode(Ledger, document)
    except (ValueError, TypeError, RecursionError):
        return None
