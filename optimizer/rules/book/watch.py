"""Watching the rule files: reports possible changes.

The system reports them at once. Beside that the files are looked at again and again, because the system can refuse to
watch (all watches of the user are taken), and tells nothing of changes that another machine makes in a network folder.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from optimizer.rules.book.files import SUFFIXES

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the watch looks, and how long a burst of changes lasts."""

    look_s: float = 1.0
    """Interval at which the watch looks at the files, and whether the directory is still the same one, s."""
    quiet_s: float = 0.3
    """A burst ends when no further event comes for this long, s."""
    burst_s: float = 1.6
    """Longest duration of a burst, s."""


USUAL = Pace()

Stamps = dict[str, tuple[int, int, int]]
"""By name of a file: time of its change, size, and number on the disk."""


async def changes(path: Path, stop: asyncio.Event, pace: Pace = USUAL) -> AsyncIterator[None]:
    """One item after each burst of changes to rule files in `path` (a directory or one file), until `stop` is set.

    Editors write in several steps (a temporary file, a rename). Events that follow each other within `pace.quiet_s`
    count as one change. A single file is watched through its directory, because a rename replaces it. A directory that
    is replaced or removed is a change too: the system reports events of the former one only, so the watch begins again.
    If the system cannot watch, the files are looked at each `pace.look_s`. Raises FileNotFoundError if the directory
    does not exist at the beginning.
    """
    directory, only = _watched(path)
    begun = gone = False
    while not stop.is_set():
        try:
            with _opened(directory) as descriptor:
                stamps = await asyncio.to_thread(_stamps, directory, only)
                if begun:
                    yield None
                begun, gone = True, False
                async with aclosing(_bursts(directory, only, stop, pace)) as bursts:
                    async for changed in bursts:
                        before, stamps = stamps, await asyncio.to_thread(_stamps, directory, only)
                        if changed or stamps != before:
                            yield None
                        elif not await asyncio.to_thread(_is_at, directory, descriptor):
                            break
        except (FileNotFoundError, NotADirectoryError):
            if not begun:
                raise
            if not gone:
                gone = True
                yield None
            await _pause(stop, pace.look_s)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for some seconds, or until `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _bursts(directory: Path, only: str, stop: asyncio.Event, pace: Pace) -> AsyncGenerator[bool, None]:
    """True after each burst of changes that the system reports, and False after `pace.look_s` without one."""
    try:
        async with aclosing(_reported(directory, only, stop, pace)) as reported:
            async for changed in reported:
                yield changed
    except (FileNotFoundError, NotADirectoryError):
        raise
    except Exception as error:
        # The library wraps an error while it waits in a group. Whatever it is, looking at the files needs no watch.
        text = "the system cannot watch %s (%s): changed rules are looked for each %.0f s"
        log.warning(text, directory, error, pace.look_s)
    while not stop.is_set():
        await _pause(stop, pace.look_s)
        yield False


async def _reported(directory: Path, only: str, stop: asyncio.Event, pace: Pace) -> AsyncGenerator[bool, None]:
    """The same from the system. Raises OSError if it cannot watch."""
    from watchfiles import Change, awatch  # noqa: PLC0415 - loads a native library, which commands do not need

    def concerns(_change: Change, name: str) -> bool:
        return _counts(Path(name), only)

    async for found in awatch(
        directory,
        watch_filter=concerns,
        debounce=round(pace.burst_s * 1000.0),
        step=round(pace.quiet_s * 1000.0),
        stop_event=stop,
        recursive=False,
        rust_timeout=round(pace.look_s * 1000.0),
        yield_on_timeout=True,
    ):
        yield bool(found)


def _stamps(directory: Path, only: str) -> Stamps:
    """The stamps of the rule files in a directory, as far as they can be looked at."""
    found: Stamps = {}
    with suppress(OSError):
        for file in directory.iterdir():
            if _counts(file, only):
                with suppress(OSError):
                    about = file.stat()
                    found[file.name] = (about.st_mtime_ns, about.st_size, about.st_ino)
    return found


def _counts(file: Path, only: str) -> bool:
    """Whether a file can be one of the rule files."""
    if only:
        return file.name == only
    return file.suffix in SUFFIXES and not file.name.startswith(".")


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
