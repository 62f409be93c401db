"""Messages of the operating system and of the database that the catalogues have."""

from __future__ import annotations

import errno
import os

COMMON = (
    errno.EACCES,
    errno.EADDRINUSE,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EEXIST,
    errno.EHOSTUNREACH,
    errno.EISDIR,
    errno.ENETUNREACH,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
    errno.ETIMEDOUT,
)


DATABASE = (
    "attempt to write a readonly database",
    "database disk image is malformed",
    "database is locked",
    "database or disk is full",
    "disk I/O error",
    "file is not a database",
    "unable to open database file",
)
"""What SQLite says of a file and its disk."""


def messages() -> tuple[str, ...]:
    """The messages as the operating system and the database give them: in English."""
    return (*(os.strerror(code) for code in COMMON), *DATABASE)
