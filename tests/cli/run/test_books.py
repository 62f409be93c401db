"""Rule files that change while the house runs."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.run.books import RuleFiles
from optimizer.model.fields import DeviceNames
from optimizer.rules.language.errors import RuleErrors

GOOD = "version: 1\nrules:\n  - id: sun\n    claim:\n      ev.mode: surplus\n"
NAMES = DeviceNames(evs=("carport",))


def load(folder: Path) -> RuleFiles:
    return RuleFiles(folder, NAMES, ZoneInfo("UTC"))


def test_a_changed_file_comes_into_force(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    books = load(tmp_path)
    commanded: list[tuple[str, dict[str, str]]] = []
    books.tell(lambda version, texts: commanded.append((version, texts)))
    before = books.book
    (tmp_path / "a.yaml").write_text(GOOD.replace("surplus", "fast"))
    books.reload()
    assert books.book is not before
    assert books.error == ""
    assert [version for version, _ in commanded] == [before.version, books.version]
    assert "fast" in commanded[1][1][str(tmp_path / "a.yaml")]


def test_a_broken_file_leaves_the_last_good_book_in_force(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    books = load(tmp_path)
    before = books.book
    (tmp_path / "a.yaml").write_text(GOOD.replace("surplus", "sunplus"))
    books.reload()
    books.reload()
    assert books.book is before
    assert books.failures == 1
    assert f"{tmp_path / 'a.yaml'}:5:16" in books.error
    assert "^" in caplog.text
    (tmp_path / "a.yaml").write_text(GOOD)
    books.reload()
    assert books.error == ""


def test_broken_files_at_the_start_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors):
        load(tmp_path)
