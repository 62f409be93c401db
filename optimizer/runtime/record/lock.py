"""One instance: a lock file that the system itself releases when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

from optimizer.journal.state_file import open_state_file

log = logging.getLogger(__name__)

FILE_NAME = "optimizer.lock"


class AlreadyRunning(Exception):
    """Another instance holds the lock."""

    def __init__(self, path: Path, holder: str) -> None:
        who = f"process {holder}" if holder else "another process"
        super().__init__(
            f"{who} is already running this house ({path}). Two at once would write against each other: "
            "stop it first, or give this one a state folder and devices of its own."
        )
        self.holder = holder


class InstanceLock:
    """Held from `acquire` to `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock; raises AlreadyRunning. False where the disk allows no lock: said in the log, not fatal."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = open_state_file(self.path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            log.error("%s cannot be opened (%s): nothing prevents a second instance", self.path, error.strerror)
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise AlreadyRunning(self.path, holder) from None
        self._descriptor = descriptor
        self._sign(descriptor)
        return True

    def problem(self) -> str:
        """Why the lock at its path is not ours, and what to do; empty if it is ours.

        A lock that was moved or removed is taken again, if it is free.
        """
        if self._descriptor is not None:
            try:
                there, here = self.path.stat(), os.fstat(self._descriptor)
                if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                    return ""
            except OSError:
                if not self.path.parent.is_dir():
                    return "the state folder is gone (moved, removed or unmounted); mount it or move it back"
        before = self._descriptor
        try:
            held = self.acquire()
        except AlreadyRunning as error:
            who = f"process {error.holder}" if error.holder else "another process"
            return f"{who} holds the lock of the state folder; stop one of the two"
        if not held:
            return "the lock file beside it cannot be opened; make the state folder writable"
        if before is not None:
            os.close(before)
        return ""

    def _sign(self, descriptor: int) -> None:
        """The process id is for people; the lock does not depend on it."""
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            log.warning("%s is locked but cannot be written: %s", self.path, error.strerror)

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
