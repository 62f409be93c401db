"""The decision stays within the Python that mypyc compiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.compile import Failed, check, copy_to, sources


def test_mypyc_accepts_the_whole_decision(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    assert check(folder) == len(sources(folder)) > 50
    assert list((folder / "generated").rglob("*.c"))
    assert not list(Path("optimizer").rglob("*.so"))


def test_a_folder_of_somebody_else_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(Failed, match="is not of this command"):
        copy_to(tmp_path)
    assert (tmp_path / "photos").is_dir()
