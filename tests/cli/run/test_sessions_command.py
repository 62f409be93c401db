"""`optimizer sessions`: its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.journal.schema import open_to_write
from tests.cli.program import Runner, application
from tests.cli.run.test_import_sessions import SITE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house without a journal."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "state").mkdir()
    return tmp_path


@pytest.mark.parametrize(("words", "code"), [((), 1), (("--month", "May"), 2)], ids=["no journal", "no month"])
def test_a_missing_journal_is_no_mistake_and_a_wrong_month_is_one(
    words: tuple[str, ...], code: int, folder: Path
) -> None:
    result = Runner().invoke(application(), ["sessions", *words])
    assert result.exit_code == code, result.output


def test_a_journal_without_sessions_says_so(folder: Path) -> None:
    open_to_write(folder / "state" / "journal.db").close()
    result = Runner().invoke(application(), ["sessions"])
    assert (result.exit_code, result.output) == (0, "no sessions are recorded\n")
