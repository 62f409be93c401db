"""KeptPast: the past of the cars on disk, so that a restart goes on with it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from optimizer.journal.kept_file import KeptFile
from optimizer.schedule.car_past import CarPast

FILE_NAME = "schedule-past.json"
MAX_BYTES = 2_000_000
SAVED_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class KeptPast:
    """The file. Without a disk the service goes on."""

    def __init__(self, folder: Path) -> None:
        self._file = KeptFile(folder / FILE_NAME, MAX_BYTES, "the past of the cars is not kept over a restart")
        self._saved_s: float | None = None

    def load(self) -> CarPast:
        """The past of the cars. Empty if there is none, or if the file is damaged."""
        try:
            return CarPast.from_document(json.loads(self._file.read()))
        except FileNotFoundError:
            return CarPast()
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            log.error("the past of the cars in %s cannot be read; a new one begins: %s", self._file.path, error)
            return CarPast()

    def save(self, past: CarPast, mono_s: float) -> None:
        """Replace the file, at most once in SAVED_EVERY_S."""
        if self._saved_s is not None and mono_s - self._saved_s < SAVED_EVERY_S:
            return
        self._saved_s = mono_s
        self._file.replace(json.dumps(past.document(), separators=(",", ":")).encode(), force=False)
