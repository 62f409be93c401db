"""KeptFiles: the small state files without which the service goes on.

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

ADVICE = Text("The service tries again until the disk takes the change. A restart before that loses it.")


class KeptFile:
    """One file. While it cannot be written, the log says so once for each reason, and `failed` has the reason."""

    def __init__(self, path: Path, max_bytes: int, loss: str, by_hand: str = "") -> None:
        """`loss` is what the log says of a file that cannot be written: "goals are not kept over a restart".

        `by_hand` says the same to a person who changes something by hand. Empty: nobody changes it by hand.
        """
        self.path = path
        self.by_hand = by_hand
        self.failed = ""
        """The file, and why it cannot be written. Empty if it can."""
        self._max_bytes = max_bytes
        self._loss = loss
        self._missing: Callable[[], None] | None = None
        """Makes the change that is not on the disk yet. None: the disk has the newest one."""

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
        else:
            self.failed, self._missing = "", None


class KeptFiles:
    """The files of one service in one folder. A command beside the service has its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, KeptFile] = {}

    def file(self, name: str, max_bytes: int, loss: str, by_hand: str = "") -> KeptFile:
        """The file with this name. Each file has one owner."""
        found = self._files[name] = KeptFile(self._folder / name, max_bytes, loss, by_hand)
        return found

    def not_kept(self) -> tuple[str, ...]:
        """A sentence for each file that lacks a change by hand: a restart now loses it, or brings back what has ended.
        Empty if the disk took all."""
        return tuple(
            Text("{by_hand} ({failed}). {advice}", by_hand=Text.of(file.by_hand), failed=file.failed, advice=ADVICE)
            for file in self._files.values()
            if file.by_hand and file.failed
        )

    def write_again(self) -> None:
        """Make the last change of each file again that the disk did not take."""
        for file in self._files.values():
            file.write_again()
