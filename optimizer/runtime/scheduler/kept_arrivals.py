"""KeptArrivals: the last visits of the cars on disk, so that a restart goes on with them."""

from __future__ import annotations

import json
import logging

from optimizer.journal.kept_file import KeptFiles
from optimizer.schedule.arrivals import Arrivals

FILE_NAME = "arrivals.json"
MAX_BYTES = 200_000
SAVED_EVERY_S = 3600.0

log = logging.getLogger(__name__)


class KeptArrivals:
    """The file. Without a disk the service goes on."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "the last visits of the cars are not kept over a restart")
        self._saved_s: float | None = None

    def load_into(self, arrivals: Arrivals) -> None:
        """Give the visits of before to `arrivals`. None if there is no file, or if it is damaged."""
        try:
            arrivals.restore(json.loads(self._file.read()))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            log.error("the visits of the cars in %s cannot be read; new ones begin: %s", self._file.path, error)

    def save(self, arrivals: Arrivals, mono_s: float) -> None:
        """Replace the file, at most once in SAVED_EVERY_S."""
        if self._saved_s is not None and mono_s - self._saved_s < SAVED_EVERY_S:
            return
        self._saved_s = mono_s
        self._file.replace(json.dumps(arrivals.document(), separators=(",", ":")).encode(), force=False)
