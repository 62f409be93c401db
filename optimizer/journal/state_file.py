"""State files: regular files that only their owner can read. They open without waiting. A replacement is atomic."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

PRIVATE = 0o600
"""The mode of state files. Their data show when nobody is at home."""


def open_state_file(path: Path, flags: int) -> int:
    """A descriptor of the regular file `path`, with mode 0600. Raises OSError at once for a FIFO or a folder."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, PRIVATE)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file; move it away", str(path))
        if found.st_mode & 0o077 and found.st_uid == os.geteuid():
            _make_private(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_state_file(path: Path, max_bytes: int) -> bytes:
    """The first `max_bytes` bytes of the file. Raises OSError."""
    with os.fdopen(open_state_file(path, os.O_RDONLY), "rb") as stream:
        return stream.read(max_bytes)


def replace_state_file(path: Path, content: bytes, *, force: bool = True) -> None:
    """Replace the file by one with `content`, through a temporary file and a rename. Raises OSError.

    With `force` the new content survives a power cut from here on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(open_state_file(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as stream:
        stream.write(content)
        stream.flush()
        if force:
            os.fsync(stream.fileno())
    fresh.replace(path)
    if force:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force a new name in `folder` to the disk. Otherwise a power cut may lose the file. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_private(descriptor: int) -> None:
    try:
        os.fchmod(descriptor, PRIVATE)
    except OSError as error:
        # A file system without modes, or a read-only one. Its mount options decide who can read.
        if error.errno not in (errno.EPERM, errno.EROFS, errno.ENOTSUP):
            raise
