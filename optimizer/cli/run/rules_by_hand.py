"""The file that keeps the rules switched by hand, in the state folder. The owner's rule files are never changed."""

from __future__ import annotations

import logging

from optimizer.journal.kept_file import KeptFiles
from optimizer.rules.book.by_hand import FILE_NAME, ByHand, parsed, written
from optimizer.rules.language.errors import RuleErrors
from optimizer.words.text import Text

log = logging.getLogger(__name__)

BY_HAND = Text("Rules switched by hand are not on the disk yet")
MAX_BYTES = 65_536


class KeptByHand:
    """One small file. Without a disk the service goes on."""

    def __init__(self, files: KeptFiles) -> None:
        self._file = files.file(FILE_NAME, MAX_BYTES, "rules switched by hand are not kept over a restart", BY_HAND)

    def load(self) -> ByHand:
        """The rules that were switched when the service ended. Empty if there are none, or if the file is damaged."""
        try:
            return parsed(self._file.read().decode(errors="replace"), str(self._file.path))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.error("rules switched by hand cannot be read and are as their files say: %s", error)
        except RuleErrors as errors:
            log.error("rules switched by hand are as their files say: %s", errors.render())
        return {}

    def save(self, by_hand: ByHand) -> None:
        """Replace the file."""
        self._file.replace(written(by_hand).encode())
