"""One instance."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from optimizer.runtime.record.lock import AlreadyRunning, InstanceLock


def test_the_second_instance_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first, second = InstanceLock(tmp_path), InstanceLock(tmp_path)
    assert first.acquire()
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()} already controls this house"):
        second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        InstanceLock(tmp_path).acquire()
        os._exit(0)
    os.waitpid(child, 0)
    lock = InstanceLock(tmp_path)
    assert lock.acquire()
    lock.release()


def test_without_a_disk_it_says_so_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    assert not InstanceLock(tmp_path / "state").acquire()
    assert "nothing prevents a second instance" in caplog.text


def test_a_lock_that_cannot_be_opened_is_logged_once_however_often_it_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    lock = InstanceLock(tmp_path / "state")
    assert not lock.acquire()
    said = len(caplog.records)
    problems = {lock.problem() for _ in range(100)}  # once in each tick
    assert problems == {"the lock file beside it cannot be opened; make the state folder writable"}
    assert len(caplog.records) == said == 1
    (tmp_path / "state").unlink()
    assert not lock.problem()
    with pytest.raises(AlreadyRunning):
        InstanceLock(tmp_path / "state").acquire()
    lock.release()


def test_a_lock_that_is_ours_is_no_problem_and_a_removed_one_is_taken_again(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path)
    lock.acquire()
    assert not lock.problem()
    lock.path.unlink()
    assert not lock.problem()
    with pytest.raises(AlreadyRunning):
        InstanceLock(tmp_path).acquire()
    lock.release()


def test_it_says_whether_the_folder_is_gone_or_somebody_else_holds_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    lock, other = InstanceLock(folder), InstanceLock(folder)
    lock.acquire()
    folder.rename(tmp_path / "elsewhere")
    assert lock.problem() == "the state folder is gone (moved, removed, or unmounted); mount it or move it back"
    other.acquire()
    assert lock.problem() == f"process {os.getpid()} holds the lock of the state folder; stop one of the two"
    other.release()
    assert not lock.problem()
    lock.release()
