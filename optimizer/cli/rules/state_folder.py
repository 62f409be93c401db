"""The check of the state folder by `optimizer check`: whether record and journal can be kept there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from optimizer.journal.retention import MB
from optimizer.words.text import Text

LEAST_MB = 20.0
"""Space for everything in the folder except the journal: the record, the memory, prices, and their copies while they
are written."""


def state_folder_warnings(folder: Path, journal: Path, journal_mb: float) -> Iterator[str]:
    """A warning if the service cannot write to `folder`, or if its journal cannot grow to `journal_mb` MB there.

    The folder need not exist: the service makes it. Then its nearest existing parent counts.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        yield _unwritable(folder, Text("{path} is not a folder", path=str(there)))
        return
    if not os.access(there, os.W_OK | os.X_OK):
        yield _unwritable(folder, Text("{path} is read-only, or belongs to another user", path=str(there)))
        return
    used_mb = journal.stat().st_size / MB if journal.is_file() else 0.0
    free_mb = shutil.disk_usage(there).free / MB
    need_mb = max(0.0, journal_mb - used_mb) + LEAST_MB
    if free_mb < need_mb:
        yield Text(
            "the disk of the state folder {folder} has {free} MB free, and the service needs up to {need} MB there; "
            "free space, or set journal.max_mb to a smaller size",
            folder=str(folder), free=f"{free_mb:.0f}", need=f"{need_mb:.0f}",
        )  # fmt: skip


def _unwritable(folder: Path, why: str) -> str:
    return Text(
        "the state folder {folder} cannot be written: {why}. Without it the service raises no current and no power; "
        "make it writable for the user of the service, or set state_dir",
        folder=str(folder),
        why=why,
    )
