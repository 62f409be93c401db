"""The warnings of `optimizer check` about a state folder that the service cannot use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.cli.rules.state_folder import LEAST_MB, state_folder_warnings
from optimizer.journal.retention import MB

SIZES_MB = st.integers(0, 5000)


def warnings(folder: Path, journal_mb: float = 0.0) -> list[str]:
    return list(state_folder_warnings(folder, folder / "journal.db", journal_mb))


def test_a_folder_that_the_service_can_make_is_fine(tmp_path: Path) -> None:
    assert warnings(tmp_path) == []
    assert warnings(tmp_path / "new" / "state") == []
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_the_folder_or_of_a_parent_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "state"):
        (warning,) = warnings(folder)
        assert f"the state folder {folder} cannot be written: {tmp_path / 'file'} is not a folder" in warning


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_the_right_to_write_is_named(
    exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state"
    if exists:
        folder.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    (warning,) = warnings(folder)
    assert f"{folder if exists else tmp_path} is read-only, or belongs to another user" in warning
    assert "state_dir" in warning


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(free_mb=SIZES_MB, journal_mb=SIZES_MB, used_mb=st.integers(0, 3))
def test_a_disk_warns_exactly_while_the_journal_could_fill_it(
    free_mb: int, journal_mb: int, used_mb: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "journal.db").write_bytes(b"")
    os.truncate(tmp_path / "journal.db", used_mb * MB)  # sparse
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free_mb * MB))
    grows_mb = max(0, journal_mb - used_mb)
    fills = free_mb - grows_mb < LEAST_MB
    found = warnings(tmp_path, float(journal_mb))
    assert len(found) == fills
    if fills:
        assert f"has {free_mb} MB free" in found[0]
        assert f"needs up to {grows_mb + LEAST_MB:.0f} MB" in found[0]
