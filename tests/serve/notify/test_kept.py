"""Sent messages are known after a restart, and a damaged file stops nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.notify.kept import FILE_NAME, KeptNotices
from optimizer.serve.notify.policy import Followed, Open
from optimizer.words.text import Text

TEXT = Text("{name} does not answer: {why}", name="fems", why="no route")
SENT = Open("silent", TEXT, since_s=1000.0, told_s=1300.0)
SHORT = Open("silent", "yard does not answer", since_s=1000.0)


def test_what_was_sent_survives_a_restart_with_its_words(tmp_path: Path) -> None:
    KeptNotices(KeptFiles(tmp_path)).save(Followed("2026-11-28", 3, {"silent.fems": SENT, "silent.yard": SHORT}))
    found = KeptNotices(KeptFiles(tmp_path)).load()
    assert found == Followed("2026-11-28", 3, {"silent.fems": SENT})
    text = found.open["silent.fems"].text
    assert isinstance(text, Text)
    assert text.template == TEXT.template
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_figures_and_short_troubles_are_not_written(tmp_path: Path) -> None:
    kept = KeptNotices(KeptFiles(tmp_path))
    kept.save(Followed("2026-11-28", 3, {"silent.fems": SENT}))
    (tmp_path / FILE_NAME).unlink()
    kept.save(Followed("2026-11-28", 3, {"silent.fems": Open("silent", "other", 1000.0, 1300.0), "silent.yard": SHORT}))
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"day": 1, "sent": "x", "open": {}}', '{"open": {"a": 1}}', "[" * 9000]
)
def test_a_damaged_file_is_as_none(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert KeptNotices(KeptFiles(tmp_path)).load() == Followed()


def test_a_kind_of_an_other_version_is_left_out(tmp_path: Path) -> None:
    one = '{"kind": "gone", "text": "x", "words": null, "since_s": 1, "told_s": 1}'
    (tmp_path / FILE_NAME).write_text(f'{{"day": "2026-11-28", "sent": 1, "open": {{"gone.a": {one}}}}}')
    assert KeptNotices(KeptFiles(tmp_path)).load() == Followed("2026-11-28", 1, {})


def test_a_full_disk_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    kept = KeptNotices(KeptFiles(tmp_path / "file"))
    for sent in range(3):
        kept.save(Followed("2026-11-28", sent, {}))
    assert caplog.text.count("notifications may come twice") == 1
