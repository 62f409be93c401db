"""Messages of the operating system that the catalogues have."""

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


def messages() -> tuple[str, ...]:
    """The messages as the operating system gives them: in English."""
    return tuple(os.strerror(code) for code in COMMON)
