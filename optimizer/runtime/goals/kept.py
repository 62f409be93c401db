"""KeptGoals: the goals that were set by hand and the present departures, in a small file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.model.goals import Occurrence, OnceGoal

FILE_NAME = "goals.json"
MAX_BYTES = 65_536

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptGoal:
    """The goal of one charger as the file has it."""

    once: OnceGoal | None = None
    current: Occurrence | None = None
    base_wh: float = 0.0
    skipped_s: float | None = None


class KeptGoals:
    """The file. Without a disk the service goes on, and `failed` has the reason."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.failed = ""
        """Why the file cannot be written. Empty if it can."""

    def load(self) -> dict[str, KeptGoal]:
        """The goals by the names of the chargers. Empty if there is no file, or if it is damaged."""
        try:
            content = read_state_file(self._path, MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                raise CodecError(f"it is larger than {MAX_BYTES} bytes")
            kept: dict[str, KeptGoal] = decode(Mapping[str, KeptGoal], json.loads(content))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("goals in %s cannot be read, so goals set by hand are forgotten: %s", self._path, error)
            return {}
        return kept

    def save(self, kept: Mapping[str, KeptGoal]) -> None:
        """Replace the file."""
        document = encode(Mapping[str, KeptGoal], kept)
        try:
            replace_state_file(self._path, json.dumps(document).encode())
        except OSError as error:
            if str(error) != self.failed:
                log.error("goals are not kept over a restart: %s", error)
            self.failed = str(error)
        else:
            self.failed = ""
