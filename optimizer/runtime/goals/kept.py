"""KeptGoals: the goals that were set by hand and the present departures, in a small file."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.goals import Occurrence, OnceGoal, Pause
from optimizer.words.text import Text

FILE_NAME = "goals.json"
BY_HAND = Text("Goals set by hand are not on the disk yet")
MAX_BYTES = 65_536

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptGoal:
    """The goal of one charger as the file has it."""

    once: OnceGoal | None = None
    current: Occurrence | None = None
    base_wh: float = 0.0
    skipped_s: float | None = None
    pause: Pause | None = None


class KeptGoals:
    """The file. Without a disk the service goes on."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "goals are not kept over a restart", BY_HAND)

    @property
    def failed(self) -> str:
        """The reason why the file cannot be written. Empty if it can."""
        return self._file.failed

    def load(self) -> dict[str, KeptGoal]:
        """The goals by the names of the chargers. Empty if there is no file, or if it is damaged."""
        try:
            kept: dict[str, KeptGoal] = decode(Mapping[str, KeptGoal], json.loads(self._file.read()))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("goals in %s cannot be read, so goals set by hand are forgotten: %s", self._file.path, error)
            return {}
        return kept

    def save(self, kept: Mapping[str, KeptGoal]) -> None:
        """Replace the file."""
        self._file.replace(json.dumps(encode(Mapping[str, KeptGoal], kept)).encode())
