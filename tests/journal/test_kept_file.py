"""A small state file without which the service goes on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.journal import kept_file
from optimizer.journal.kept_file import KeptFile, KeptFiles
from optimizer.journal.state_file import replace_state_file
from optimizer.words.language import language_of
from optimizer.words.text import Text, in_language

LOSS = "goals are not kept over a restart"
CODES = [None, errno.ENOSPC, errno.EROFS, errno.EIO]


def test_what_is_replaced_is_read_and_what_is_removed_is_gone(tmp_path: Path) -> None:
    file = KeptFile(tmp_path / "below" / "goals.json", 10, LOSS)
    with pytest.raises(FileNotFoundError):
        file.read()
    file.remove()
    file.replace(b"x" * 10)
    assert file.read() == b"x" * 10
    file.remove()
    assert not file.failed
    with pytest.raises(FileNotFoundError):
        file.read()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = KeptFile(tmp_path / "goals.json", 10, LOSS)
    file.replace(b"x" * 11)
    with pytest.raises(ValueError, match="it is larger than 10 bytes"):
        file.read()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(codes=st.lists(st.sampled_from(CODES), max_size=12))
def test_each_failure_is_logged_once_until_it_changes_or_ends(
    codes: list[int | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    path = tmp_path / "goals.json"
    file = KeptFile(path, 10, LOSS)
    expected = []
    before: int | None = None
    for code in codes:

        def replace(*_: object, code: int | None = code, force: bool) -> None:
            if code is not None:
                raise OSError(code, os.strerror(code), "a temporary file")

        monkeypatch.setattr(kept_file, "replace_state_file", replace)
        file.replace(b"x")
        assert file.failed == ("" if code is None else f"{path}: {os.strerror(code)}")
        if code is not None and code != before:
            expected.append(f"{LOSS}: {path}: {os.strerror(code)}")
        before = code
    assert [record.message for record in caplog.records] == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from([None, b"a", b"b", b"c"]), st.booleans()), max_size=12))
def test_once_the_disk_takes_writes_again_it_gets_the_last_change_of_each_file(
    changes: list[tuple[bytes | None, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a removal: the file from before it would bring back what has ended."""
    full = False

    def replace(path: Path, content: bytes, *, force: bool) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        replace_state_file(path, content, force=force)

    def unlink(path: Path, *, missing_ok: bool, plainly: Callable[..., None] = Path.unlink) -> None:
        if full:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        plainly(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(kept_file, "replace_state_file", replace)
        patched.setattr(Path, "unlink", unlink)
        full = False
        files = KeptFiles(tmp_path)
        file, other = files.file("goals.json", 10, LOSS), files.file("inputs.json", 10, LOSS)
        file.remove()
        other.remove()
        for content, failing in changes:
            full = failing
            for one in (file, other):
                one.remove() if content is None else one.replace(content)
        full = False
        files.write_again()
        files.write_again()
        for one in (file, other):
            assert (one.path.read_bytes() if one.path.exists() else None) == (changes[-1][0] if changes else None)
            assert not one.failed


def test_a_new_service_does_not_write_what_the_one_before_could_not(tmp_path: Path) -> None:
    path = tmp_path / "goals.json"
    path.mkdir()
    KeptFiles(tmp_path).file("goals.json", 10, LOSS).replace(b"before")
    path.rmdir()
    after = KeptFiles(tmp_path)
    after.file("goals.json", 10, LOSS)
    after.write_again()
    assert not path.exists()


def test_what_a_person_changed_and_the_disk_lacks_is_said_until_it_is_there(tmp_path: Path) -> None:
    in_the_way = tmp_path / "goals.new"
    in_the_way.mkdir()
    files = KeptFiles(tmp_path)
    goals = files.file("goals.json", 10, LOSS, Text("Goals set by hand are not on the disk yet"))
    inputs = files.file("inputs.json", 10, LOSS, Text("Inputs set by hand are not on the disk yet"))
    cache = files.file("prices.json", 10, "a restart loses the prices")
    for file in (goals, inputs, cache):
        file.path.with_suffix(".new").mkdir(exist_ok=True)
        file.replace(b"new")
    inputs.path.with_suffix(".new").rmdir()
    inputs.write_again()
    (said,) = files.not_kept()
    assert said.startswith(f"Goals set by hand are not on the disk yet ({goals.path}: ")
    assert "tries again" in said
    german = language_of("de")
    assert german is not None
    assert in_language(said, german).startswith("Von Hand gesetzte Ziele sind")
    in_the_way.rmdir()
    files.write_again()
    assert files.not_kept() == ()
