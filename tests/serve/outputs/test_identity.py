"""The id of an installation: made once, kept, and made anew only if the file is damaged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.outputs.identity import FILE_NAME, Identity


def test_it_stays_the_same_over_restarts(tmp_path: Path) -> None:
    first = Identity(KeptFiles(tmp_path))
    first.remember({"a/config": {"mode": "select"}})
    again = Identity(KeptFiles(tmp_path))
    assert (again.id, again.published) == (first.id, {"a/config": {"mode": "select"}})
    assert len(first.id) == 12
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"id": 5, "published": {}}', '{"id": "a/b", "published": {}}', '{"id": "a", "published": 5}'],
)
def test_a_damaged_file_makes_a_new_one_and_is_said(
    content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert len(Identity(KeptFiles(tmp_path)).id) == 12
    assert "Home Assistant gets new entities" in caplog.text


def test_a_full_disk_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    identity = Identity(KeptFiles(tmp_path / "file"))
    identity.remember({})
    assert "a restart makes new entities" in caplog.text
