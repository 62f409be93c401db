"""KeptFile: a small state file without which the service goes on.

A change that could not be written stays in memory, and `write_again` writes it later. Otherwise the file would keep the
value from before the change, and a restart would bring back what the owner has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.words.text import Text, message_of

log = logging.getLogger(__name__)

_unwritten: dict[Path, KeptFile] = {}
"""The files with a change that is not on the disk."""


class KeptFile:
    """The file. While it cannot be written, the log says so once for each reason, and `failed` has the reason."""

    def __init__(self, path: Path, max_bytes: int, loss: str) -> None:
        """`loss` is what the log says of a file that cannot be written: "goals are not kept over a restart"."""
        self.path = path
        self.failed = ""
        """The file, and why it cannot be written. Empty if it can."""
        self._max_bytes = max_bytes
        self._loss = loss
        self._missing: Callable[[], None] | None = None
        """Makes the change that is not on the disk yet. None: the disk has the newest one."""
        _unwritten.pop(path, None)  # a new service reads the disk, and what the one before it could not write is void

    def read(self) -> bytes:
        """The content. Raises OSError, and ValueError if it is larger than `max_bytes`."""
        content = read_state_file(self.path, self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise ValueError(f"it is larger than {self._max_bytes} bytes")
        return content

    def replace(self, content: bytes, *, force: bool = True) -> None:
        """Replace the content. With `force` it survives a power cut from here on."""
        self._change(lambda: replace_state_file(self.path, content, force=force))

    def remove(self) -> None:
        """Remove the file if there is one."""
        self._change(lambda: self.path.unlink(missing_ok=True))

    def write_again(self) -> None:
        """Make the last change again if the disk did not take it."""
        if self._missing is None:
            return
        self._change(self._missing)
        if not self.failed:
            log.warning("%s is written again", self.path)

    def _change(self, change: Callable[[], None]) -> None:
        try:
            change()
        except OSError as error:
            failed = Text("{path}: {error}", path=str(self.path), error=message_of(error))
            if failed != self.failed:
                log.error("%s: %s", self._loss, failed)
            self.failed, self._missing = failed, change
            _unwritten[self.path] = self
        else:
            self.failed, self._missing = "", None
            _unwritten.pop(self.path, None)


def write_again(folder: Path) -> None:
    """Make the last change of each file in `folder` again that the disk did not take."""
    for file in [one for one in _unwritten.values() if one.path.parent == folder]:
        file.write_again()
