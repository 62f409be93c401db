"""The energy books on disk: written in place at every tick, without forcing the disk.

Two slots with checksums are written in turn, so that a power cut during a write leaves the other one. A killed process
loses nothing. A power cut loses the half minute that the system had not written yet. The file stays at 16 kB.
"""

from __future__ import annotations

import logging
from pathlib import Path

from optimizer.journal.codec import decode, encode
from optimizer.journal.slots import Slots
from optimizer.serve.ledger import Ledger
from optimizer.words.text import Text, message_of

log = logging.getLogger(__name__)

SLOT_BYTES = 8192
"""Enough for the counters of about twenty consumers. A house has five."""


class EnergyStore:
    """One file with two slots. Errors are logged once and do not stop the service."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = ""
        """Why the books cannot be saved, or empty."""
        self._slots = Slots(path, SLOT_BYTES)

    def load(self) -> Ledger:
        """The newest valid books, or empty ones if there are none. A broken file is renamed."""
        try:
            contents = self._slots.read()
        except FileNotFoundError:
            return Ledger()
        except OSError as error:
            self._fail(error)
            return Ledger()
        for document in contents.documents:
            try:
                ledger: Ledger = decode(Ledger, document)
            except (ValueError, TypeError):
                continue
            return ledger
        self._set_aside()
        return Ledger()

    def save(self, ledger: Ledger) -> None:
        """Write the books over the older slot."""
        try:
            if self._slots.is_closed:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._slots.write(encode(Ledger, ledger))
        except (OSError, ValueError) as error:
            self._fail(error)
        else:
            self.failed = ""

    def close(self) -> None:
        """Force the file onto the disk and close it."""
        try:
            self._slots.force()
            self._slots.close()
        except OSError as error:
            self._fail(error)

    def _set_aside(self) -> None:
        aside = self.path.with_suffix(".broken")
        try:
            self.path.replace(aside)
        except OSError as error:
            self._fail(error)
        else:
            log.error("energy books in %s are unreadable; set aside as %s, counting starts at 0", self.path, aside)

    def _fail(self, error: OSError | ValueError) -> None:
        message = Text("{path}: {error}", path=str(self.path), error=message_of(error))
        if message != self.failed:
            log.error("energy books are not saved: %s", message)
        self.failed = message
