"""State files and a power cut: it leaves only what was forced to the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.journal.state_file import replace_state_file


class Disk:
    """What a power cut leaves: the names of each forced folder, with the contents that were forced before."""

    def __init__(self) -> None:
        self.left: dict[str, bytes] = {}
        self._contents: dict[int, bytes] = {}

    def force(self, descriptor: int) -> None:
        """In place of `os.fsync`."""
        found, path = os.fstat(descriptor), Path(f"/proc/self/fd/{descriptor}").readlink()
        if stat.S_ISDIR(found.st_mode):
            self.left = {one.name: self._contents.get(one.stat().st_ino, b"") for one in path.iterdir()}
        else:
            self._contents[found.st_ino] = path.read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=20), min_size=1, max_size=4))
def test_a_forced_replacement_survives_a_power_cut(
    contents: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    monkeypatch.setattr(os, "fsync", disk.force)
    for content in contents:
        replace_state_file(tmp_path / "goals.json", content)
        assert disk.left == {"goals.json": content}


def test_a_replacement_that_is_not_forced_waits_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("the disk is forced"))
    replace_state_file(tmp_path / "prices.json", b"1", force=False)
    assert (tmp_path / "prices.json").read_bytes() == b"1"
