"""A lock file for a single instance. The operating system releases it at any end of the process."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

from optimizer.journal.state_file import open_state_file
from optimizer.words.text import Text

log = logging.getLogger(__name__)

FILE_NAME = "optimizer.lock"


def _process(holder: str) -> str:
    return Text("process {holder}", holder=holder) if holder else Text("another process")


class AlreadyRunning(Exception):
    """Another instance holds the lock."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            Text(
                "{who} already controls this house ({path}). Two instances would overwrite each other's commands. "
                "Stop the other one, or give this one its own state folder and devices.",
                who=_process(holder),
                path=str(path),
            )
        )
        self.holder = holder


class InstanceLock:
    """The lock, held from `acquire` to `release` or to the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock. Raises AlreadyRunning. False, with a log message, if the disk allows no lock."""
        try:
            self._take()
        except OSError as error:
            log.error("%s cannot be opened (%s): nothing prevents a second instance", self.path, error.strerror)
            return False
        return True

    def _take(self) -> None:
        """Take the lock, and sign it. Raises OSError and AlreadyRunning."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_state_file(self.path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(self.path, holder) from None
        self._descriptor = descriptor
        self._sign(descriptor)

    def problem(self) -> str:
        """The reason why this process does not hold the lock, and advice. Empty if it holds the lock.

        A lock that was moved or removed is taken again, if it is free. It is asked in each tick, so it writes no log
        message of its own.
        """
        if self._descriptor is not None:
            try:
                there, here = self.path.stat(), os.fstat(self._descriptor)
                if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                    return ""
            except OSError:
                if not self.path.parent.is_dir():
                    return Text("the state folder is gone (moved, removed, or unmounted); mount it or move it back")
        before = self._descriptor
        try:
            self._take()
        except AlreadyRunning as error:
            return Text("{who} holds the lock of the state folder; stop one of the two", who=_process(error.holder))
        except OSError:
            return Text("the lock file beside it cannot be opened; make the state folder writable")
        if before is not None:
            os.close(before)
        return ""

    def _sign(self, descriptor: int) -> None:
        """Write the process id for the user. The lock does not depend on it."""
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            log.warning("%s is locked but cannot be written: %s", self.path, error.strerror)

    def release(self) -> None:
        """Release the lock. The file stays, because its removal would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
