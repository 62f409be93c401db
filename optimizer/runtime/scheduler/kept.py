"""KeptSchedule: the schedule in force on disk, so that a restart goes on with it."""

from __future__ import annotations

import logging

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.schedule import Schedule
from optimizer.schedule.document import schedule_from, to_json

FILE_NAME = "schedule.json"
MAX_BYTES = 4_000_000

log = logging.getLogger(__name__)


class KeptSchedule:
    """The file. Without a disk the service goes on."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "the schedule is not kept over a restart")

    def load(self) -> Schedule | None:
        """The last schedule. None if there is none, or if it is damaged."""
        try:
            return schedule_from(self._file.read().decode())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.error("the schedule in %s cannot be read; a new one is made: %s", self._file.path, error)
            return None

    def save(self, schedule: Schedule | None) -> None:
        """Replace the file. Without a schedule there is none."""
        if schedule is None:
            self._file.remove()
        else:
            self._file.replace(to_json(schedule).encode(), force=False)
