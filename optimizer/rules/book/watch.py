"""Watching the rule files: reports possible changes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

from optimizer.rules.book.files import SUFFIXES

LOOK_S = 1.0
"""Interval at which the watch looks whether the directory is still the same one, s."""


async def changes(path: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """One item after each burst of changes to rule files in `path` (a directory or one file), until `stop` is set.

    Editors write in several steps (a temporary file, a rename). Events within a third of a second count as one
    change. A single file is watched through its directory, because a rename replaces it. A directory that is replaced
    or removed is a change too: the system reports events of the former one only, so the watch begins again. Raises
    FileNotFoundError if the directory does not exist at the beginning, and OSError if the system cannot watch it.
    """
    directory, only = _watched(path)
    begun = gone = False
    while not stop.is_set():
        try:
            with _opened(directory) as descriptor:
                if begun:
                    yield None
                begun, gone = True, False
                async with aclosing(_bursts(directory, only, stop)) as bursts:
                    async for changed in bursts:
                        if changed:
                            yield None
                        elif not _is_at(directory, descriptor):
                            break
        except (FileNotFoundError, NotADirectoryError):
            if not begun:
                raise
            if not gone:
                gone = True
                yield None
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()


async def _bursts(directory: Path, only: str, stop: asyncio.Event) -> AsyncGenerator[bool, None]:
    """True after each burst of changes, and False after LOOK_S without one."""
    from watchfiles import Change, awatch  # noqa: PLC0415 - loads a native library, which commands do not need

    def concerns(_change: Change, name: str) -> bool:
        file = Path(name)
        if only:
            return file.name == only
        return file.suffix in SUFFIXES and not file.name.startswith(".")

    async for found in awatch(
        directory,
        watch_filter=concerns,
        debounce=1600,
        step=300,
        stop_event=stop,
        recursive=False,
        rust_timeout=round(LOOK_S * 1000.0),
        yield_on_timeout=True,
    ):
        yield bool(found)


def _watched(path: Path) -> tuple[Path, str]:
    """The directory to watch, and the one file in it that counts (empty: all)."""
    return (path, "") if path.is_dir() else (path.parent, path.name)


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    """A descriptor of the directory. While it is open, no other directory gets its number. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_at(directory: Path, descriptor: int) -> bool:
    """Whether the open directory is the one at its path."""
    try:
        there, here = directory.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
