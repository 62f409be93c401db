"""Journals of another version of the program: they are renamed, and come back with the version that reads them."""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger(__name__)

BESIDE = ("-wal", "-shm")
"""The ends of the names of SQLite's other files. A journal without open connection needs none of them."""


def exchange(path: Path, found: int, ours: int) -> None:
    """Rename the journal at `path`, of format `found`, and take back one of format `ours`. Raises OSError.

    `<name>.format-<found>` is never deleted: it may hold years, and the next version may read it.
    """
    aside = _named(path, found)
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{_named(path, found).name}-{number}")
    path.replace(aside)
    for end in BESIDE:
        path.with_name(path.name + end).unlink(missing_ok=True)
    own = _named(path, ours)
    what = "a new one starts"
    if own.exists():
        own.replace(path)
        what = f"{own.name} goes on"
    log.warning("the journal %s is of another version (format %d); renamed to %s, %s", path, found, aside.name, what)


def _named(path: Path, version: int) -> Path:
    return path.with_name(f"{path.name}.format-{version}")
