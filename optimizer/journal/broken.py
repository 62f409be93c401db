"""Broken journals: a file that SQLite cannot read is renamed, so that you can still examine it."""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger(__name__)


def set_aside(path: Path, error: Exception, most_bytes: float) -> None:
    """Rename the journal at `path` to `<name>.broken-<n>`. Raises OSError.

    All broken files together take at most `most_bytes`. The smallest ones are deleted first.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.error("the journal %s is broken (%s); renamed to %s, and a new one starts", path, error, aside.name)
    _limit(path, most_bytes)


def _limit(path: Path, most_bytes: float) -> None:
    sizes = {file: file.stat().st_size for file in path.parent.glob(f"{path.name}.broken-*")}
    for file, size in sorted(sizes.items(), key=lambda item: item[1])[:-1]:
        if sum(sizes.values()) <= most_bytes:
            return
        file.unlink(missing_ok=True)
        del sizes[file]
        log.warning("deleted %s (%d bytes): broken journals may take %.0f MB", file, size, most_bytes / 1e6)
