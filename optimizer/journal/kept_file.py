"""KeptFile: a small state file without which the service goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.words.text import Text, message_of

log = logging.getLogger(__name__)


class KeptFile:
    """The file. While it cannot be written, the log says so once for each reason, and `failed` has the reason."""

    def __init__(self, path: Path, max_bytes: int, loss: str) -> None:
        """`loss` is what the log says of a file that cannot be written: "goals are not kept over a restart"."""
        self.path = path
        self.failed = ""
        """The file, and why it cannot be written. Empty if it can."""
        self._max_bytes = max_bytes
        self._loss = loss

    def read(self) -> bytes:
        """The content. Raises OSError, and ValueError if it is larger than `max_bytes`."""
        content = read_state_file(self.path, self._max_bytes + 1)
        if len(content) > self._max_bytes:
            raise ValueError(f"it is larger than {self._max_bytes} bytes")
        return content

    def replace(self, content: bytes, *, force: bool = True) -> None:
        """Replace the content. With `force` it survives a power cut from here on."""
        with self._watched():
            replace_state_file(self.path, content, force=force)

    def remove(self) -> None:
        """Remove the file if there is one."""
        with self._watched():
            self.path.unlink(missing_ok=True)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            failed = Text("{path}: {error}", path=str(self.path), error=message_of(error))
            if failed != self.failed:
                log.error("%s: %s", self._loss, failed)
            self.failed = failed
        else:
            self.failed = ""
