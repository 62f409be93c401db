"""Changes of rule files are noticed; others are not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.rules.book.watch import Pace, changes

QUICK = Pace(look_s=0.05, quiet_s=0.03, burst_s=0.16)
"""A tenth of the usual one, and less: nothing here depends on how long a look or a burst is."""
LOOKS_S = 3.0 * QUICK.look_s
"""Within this time a change that is there is noticed."""


async def test_a_change_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    await asyncio.to_thread(file.write_text, "version: 1\n")
    stop = asyncio.Event()
    seen = changes(file, stop, QUICK)
    waiting = asyncio.ensure_future(anext(seen))
    async with asyncio.timeout(10.0):
        while not waiting.done():
            fresh = tmp_path / "a.yaml.new"
            await asyncio.to_thread(fresh.write_text, "version: 1\nrules: []\n")
            await asyncio.to_thread(fresh.replace, file)
            await asyncio.wait({waiting}, timeout=0.05)
    assert waiting.result() is None
    stop.set()
    async with asyncio.timeout(10.0):
        async for _ in seen:
            stop.set()


@asynccontextmanager
async def counted(path: Path, pace: Pace = QUICK) -> AsyncIterator[list[int]]:
    """The changes that are noticed inside the block."""
    seen: list[int] = []
    stop = asyncio.Event()

    async def watch() -> None:
        async for _ in changes(path, stop, pace):
            seen.append(len(seen))

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        stop.set()
        async with asyncio.timeout(10.0):
            await task


async def until(good: Callable[[], bool], step: Callable[[], object] = lambda: None) -> None:
    """Wait until it holds, with a step again and again."""
    async with asyncio.timeout(20.0):
        while not good():
            step()
            await asyncio.sleep(0.02)


def write(file: Path, text: str) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text)
    fresh.replace(file)


def overwrite(file: Path, text: bytes) -> None:
    """In place and in one step: a look in between would count an empty file as a change of its own."""
    with file.open("r+b", buffering=0) as stream:
        stream.write(text)


def by_rename(rules: Path) -> None:
    rules.rename(rules.with_name("former"))
    rules.mkdir()


def by_removal(rules: Path) -> None:
    shutil.rmtree(rules)
    rules.mkdir()


def by_another_link(rules: Path) -> None:
    other = rules.with_name("other")
    other.mkdir()
    link = rules.with_name("link")
    link.symlink_to(other)
    if not rules.is_symlink():
        rules.rename(rules.with_name("former"))
    link.replace(rules)


@pytest.mark.parametrize("replaced", [by_rename, by_removal, by_another_link])
async def test_a_folder_that_is_replaced_is_followed(replaced: Callable[[Path], None], tmp_path: Path) -> None:
    """As `git`, `rsync`, and deployments by a link do it."""
    rules = tmp_path / "rules"
    rules.mkdir()
    # Events of the former folder come long before the look that finds another folder there.
    async with counted(rules, replace(QUICK, look_s=1.0)) as seen:
        await until(lambda: bool(seen), lambda: write(rules / "a.yaml", "version: 1\n"))
        replaced(rules)
        (rules / "a.yaml").write_text("version: 1\nrules: []\n")
        await asyncio.sleep(0.3)  # what the former folder still brings
        seen.clear()
        await until(lambda: bool(seen))
        seen.clear()
        await until(lambda: bool(seen), lambda: write(rules / "a.yaml", "version: 1\n"))


async def test_a_folder_that_is_gone_for_a_while_is_followed_when_it_is_back(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    async with counted(rules) as seen:
        await until(lambda: bool(seen), lambda: write(rules / "a.yaml", "version: 1\n"))
        await asyncio.sleep(LOOKS_S)
        seen.clear()
        shutil.rmtree(rules)
        await until(lambda: bool(seen))
        await asyncio.sleep(LOOKS_S)
        seen.clear()
        rules.mkdir()
        (rules / "a.yaml").write_text("version: 1\n")
        await until(lambda: bool(seen))
        seen.clear()
        await until(lambda: bool(seen), lambda: write(rules / "a.yaml", "version: 1\n"))


async def test_a_folder_that_was_never_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await anext(changes(tmp_path / "nowhere" / "a.yaml", asyncio.Event()))


def refusing(error: Exception) -> Callable[..., AsyncIterator[set[object]]]:
    """A watch of the system that fails with `error`."""

    async def awatch(*_: object, **__: object) -> AsyncIterator[set[object]]:
        raise error
        yield set()

    return awatch


async def silent(*_: object, stop_event: asyncio.Event, **__: object) -> AsyncIterator[set[object]]:
    """A watch of the system that reports nothing, as on a network folder."""
    while not stop_event.is_set():
        await asyncio.sleep(QUICK.look_s)
        yield set()


@pytest.mark.parametrize(
    "awatch",
    [
        refusing(OSError(28, "no space left on device")),
        refusing(OSError(24, "too many open files")),
        refusing(RuntimeError("internal error")),
        refusing(ExceptionGroup("while waiting", [RuntimeError("internal error")])),
        silent,
    ],
)
@pytest.mark.parametrize("single", [True, False])
async def test_a_change_is_noticed_without_the_system(
    awatch: object, single: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("watchfiles.awatch", awatch)
    rules = tmp_path / "rules"
    rules.mkdir()
    file = rules / "a.yaml"
    file.write_text("version: 1\n")
    async with counted(file if single else rules) as seen:
        await asyncio.sleep(LOOKS_S)
        assert seen == []
        overwrite(file, b"version: 1\nrules: []\n")
        await until(lambda: len(seen) == 1)
        file.unlink()
        await until(lambda: len(seen) == 2)
        write(file, "version: 1\n")
        (rules / "notes.txt").write_text("nothing")
        await until(lambda: len(seen) == 3)
        await asyncio.sleep(LOOKS_S)
        assert len(seen) == 3
    assert sum("the system cannot watch" in one.message for one in caplog.records) == (awatch is not silent)


async def test_a_folder_that_is_replaced_is_followed_without_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watchfiles.awatch", refusing(OSError(28, "no space left on device")))
    rules = tmp_path / "rules"
    rules.mkdir()
    async with counted(rules) as seen:
        await asyncio.sleep(LOOKS_S)
        by_rename(rules)
        await until(lambda: bool(seen))
        count = len(seen)
        write(rules / "a.yaml", "version: 1\n")
        await until(lambda: len(seen) > count)
