"""KeptSchedule: the schedule in force on disk, so that a restart goes on with it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.model.schedule import Schedule
from optimizer.schedule.document import schedule_from, to_json
from optimizer.schedule.problem import ProblemError

FILE_NAME = "schedule.json"
MAX_BYTES = 4_000_000

log = logging.getLogger(__name__)


class KeptSchedule:
    """The file. Without a disk the service goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.failed = ""
        """Why the file cannot be written. Empty if it can."""

    def load(self) -> Schedule | None:
        """The last schedule. None if there is none, or if it is damaged."""
        try:
            content = read_state_file(self._path, MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise ProblemError(f"it is larger than {MAX_BYTES} bytes")
            return schedule_from(content.decode())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.error("the schedule in %s cannot be read; a new one is made: %s", self._path, error)
            return None

    def save(self, schedule: Schedule | None) -> None:
        """Replace the file."""
        content = json.dumps(None) if schedule is None else to_json(schedule)
        try:
            if schedule is None:
                self._path.unlink(missing_ok=True)
            else:
                replace_state_file(self._path, content.encode(), force=False)
        except OSError as error:
            if str(error) != self.failed:
                log.error("the schedule is not kept over a restart: %s", error)
            self.failed = str(error)
        else:
            self.failed = ""
