"""Small state files are written again in ticks and at the end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from optimizer.journal.kept_file import KeptFile, KeptFiles
from optimizer.runtime.record.unwritten import EVERY_S, Unwritten


def tick(mono_s: float) -> Any:
    return cast(Any, SimpleNamespace(state=SimpleNamespace(mono_s=mono_s)))


def refused(files: KeptFiles, folder: Path) -> tuple[KeptFile, Path]:
    """A file whose change the disk has not taken, and what stands in its way."""
    in_the_way = folder / "goals.new"
    in_the_way.mkdir()
    file = files.file("goals.json", 10, "goals are not kept over a restart")
    file.replace(b"new")
    assert file.failed
    return file, in_the_way


def test_it_tries_again_at_its_pace(tmp_path: Path) -> None:
    files = KeptFiles(tmp_path)
    file, in_the_way = refused(files, tmp_path)
    again = Unwritten(files)
    again.on_tick(tick(100.0))
    in_the_way.rmdir()
    again.on_tick(tick(100.0 + EVERY_S - 1.0))
    assert file.failed
    again.on_tick(tick(100.0 + EVERY_S))
    assert not file.failed
    assert file.read() == b"new"


def test_it_tries_a_last_time_at_the_end(tmp_path: Path) -> None:
    files = KeptFiles(tmp_path)
    file, in_the_way = refused(files, tmp_path)
    in_the_way.rmdir()
    Unwritten(files).close()
    assert file.read() == b"new"
