"""Watching the rule files: reports possible changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from optimizer.rules.book.files import SUFFIXES


async def changes(path: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """One item after each burst of changes to rule files in `path` (a directory or one file), until `stop` is set.

    Editors write in several steps (a temporary file, a rename). Events within a third of a second count as one
    change. A single file is watched through its directory, because a rename replaces it. Raises FileNotFoundError
    if the directory does not exist.
    """
    from watchfiles import Change, awatch  # noqa: PLC0415 - loads a native library, which commands do not need

    directory, only = _watched(path)

    def concerns(_change: Change, name: str) -> bool:
        file = Path(name)
        if only:
            return file.name == only
        return file.suffix in SUFFIXES and not file.name.startswith(".")

    async for _ in awatch(
        directory, watch_filter=concerns, debounce=1600, step=300, stop_event=stop, recursive=False, rust_timeout=1000
    ):
        yield None


def _watched(path: Path) -> tuple[Path, str]:
    """The directory to watch, and the one file in it that counts (empty: all)."""
    return (path, "") if path.is_dir() else (path.parent, path.name)
