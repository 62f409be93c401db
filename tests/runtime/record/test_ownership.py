"""The record on disk, whatever the disk does."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from optimizer.journal.slots import Slots
from optimizer.runtime.record.ownership import FILE_NAME, FORMER_NAME, Ownership
from tests.examples import one_in

NOW = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)


def test_what_is_taken_is_there_after_a_restart_until_it_is_cleared(tmp_path: Path) -> None:
    record = Ownership(tmp_path)
    record.take("ev.carport", "nrgkick", NOW)
    record.take("battery.cellar", "fems", NOW)
    record.clear("ev.carport")
    again = Ownership(tmp_path)
    assert list(again.held) == ["battery.cellar"]
    assert (again.held["battery.cellar"].since, again.held["battery.cellar"].brand) == (NOW, "fems")


def test_what_an_adapter_saves_is_there_after_a_restart_until_it_strikes_it_off(tmp_path: Path) -> None:
    record = Ownership(tmp_path)
    record.take("battery.cellar", "sonnen", NOW)
    record.save("cellar", {"mode": "10"})
    again = Ownership(tmp_path)
    assert again.load("cellar") == {"mode": "10"}
    again.save("cellar", None)
    assert Ownership(tmp_path).load("cellar") is None
    assert list(again.held) == ["battery.cellar"]


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"version": 1}', '{"version": 9, "devices": {}}', "[]", '"\\ud800"', "\x00" * 99, "[" * 100_000],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("name", [FILE_NAME, FORMER_NAME])
def test_a_damaged_record_may_hold_everything_until_each_device_is_named(
    tmp_path: Path, text: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / name).write_text(text)
    assert Ownership(tmp_path).damaged
    assert Ownership(tmp_path).damaged
    assert "any device may be held" in caplog.text
    Ownership(tmp_path).suspect({}, NOW)
    assert not Ownership(tmp_path).damaged


def test_a_write_before_the_damage_is_resolved_keeps_it_on_record(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    assert Ownership(tmp_path).take("ev.carport", "nrgkick", NOW)
    again = Ownership(tmp_path)
    assert (list(again.held), again.damaged) == (["ev.carport"], True)


def test_after_damage_what_may_be_held_is_on_record_until_it_is_handed_back(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    Ownership(tmp_path).suspect({"battery.cellar": "sonnen", "ev.carport": "nrgkick"}, NOW)
    again = Ownership(tmp_path)
    assert {key: held.brand for key, held in again.held.items()} == {
        "battery.cellar": "sonnen",
        "ev.carport": "nrgkick",
    }
    assert (again.load("cellar"), again.load("carport"), again.load("attic")) == ({}, {}, None)
    again.clear("ev.carport")
    again.save("cellar", {"mode": 2})
    again.clear("battery.cellar")
    assert (again.load("carport"), again.load("cellar")) == (None, {"mode": 2})  # an adapter strikes off its own
    assert (again.held, Ownership(tmp_path).load("carport")) == ({}, None)


def test_a_left_temporary_file_means_that_any_device_may_be_held(tmp_path: Path) -> None:
    record = Ownership(tmp_path)
    record.take("ev.carport", "nrgkick", NOW)
    (tmp_path / "ownership.new").write_text("")
    again = Ownership(tmp_path)
    assert (list(again.held), again.damaged) == (["ev.carport"], True)
    again.suspect({"battery.cellar": "fems"}, NOW)
    assert not (tmp_path / "ownership.new").exists()
    assert not Ownership(tmp_path).damaged


def test_the_record_of_a_former_version_is_read_and_replaced(tmp_path: Path) -> None:
    devices = {"ev.carport": {"since": NOW.isoformat(), "brand": "nrgkick"}}
    text = json.dumps({"version": 1, "devices": devices, "settings": {"cellar": {"mode": "10"}}})
    (tmp_path / FORMER_NAME).write_text(text)
    record = Ownership(tmp_path)
    assert (list(record.held), record.load("cellar"), record.damaged) == (["ev.carport"], {"mode": "10"}, False)
    record.prepare()
    again = Ownership(tmp_path)
    assert (list(again.held), again.load("cellar")) == (["ev.carport"], {"mode": "10"})
    assert not (tmp_path / FORMER_NAME).exists()


def test_without_a_disk_nothing_is_on_record_until_it_is_there_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = tmp_path / "state"
    monkeypatch.setattr(os, "posix_fallocate", full)
    record = Ownership(folder)
    assert not record.take("ev.carport", "nrgkick", NOW)
    assert "cannot be written" in record.problem
    with pytest.raises(DeviceError, match="settings cannot be saved"):
        record.save("cellar", {"mode": 2})
    monkeypatch.undo()
    record.retry()
    assert record.problem == ""
    assert "is written again" in caplog.text
    assert record.take("ev.carport", "nrgkick", NOW)
    assert list(Ownership(folder).held) == ["ev.carport"]


def test_a_folder_that_is_moved_away_during_a_write_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, away = tmp_path / "state", tmp_path / "away"
    record = Ownership(folder)
    record.prepare()
    write = Slots.write_twice

    def moved(slots: Slots, document: object) -> None:
        write(slots, document)
        folder.rename(away)

    with monkeypatch.context() as patch:
        patch.setattr(Slots, "write_twice", moved)
        assert not record.take("ev.carport", "nrgkick", NOW)
    assert "has been moved" in record.problem
    away.rename(folder)
    assert record.take("ev.carport", "nrgkick", NOW)


def test_a_folder_that_was_moved_away_is_noticed_at_the_next_write(tmp_path: Path) -> None:
    folder, away = tmp_path / "state", tmp_path / "away"
    record = Ownership(folder)
    assert record.take("ev.carport", "nrgkick", NOW)
    folder.rename(away)
    assert not record.take("ev.carport", "nrgkick", NOW)
    assert record.problem
    assert not folder.exists()
    away.rename(folder)
    record.retry()
    assert record.take("ev.carport", "nrgkick", NOW)


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    problem = ""
    record = Ownership(tmp_path, lambda: problem)
    record.take("ev.carport", "nrgkick", NOW)
    (tmp_path / FILE_NAME).unlink()
    Ownership(tmp_path).take("battery.cellar", "fems", NOW)
    problem = "another process holds the lock"
    assert not record.take("ev.carport", "nrgkick", NOW)
    assert list(Ownership(tmp_path).held) == ["battery.cellar"]


@pytest.mark.parametrize("name", [FILE_NAME, FORMER_NAME])
def test_a_fifo_or_a_folder_in_its_place_is_told_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert Ownership(tmp_path).damaged
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    assert Ownership(tmp_path).damaged


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    Ownership(tmp_path).prepare()
    path = tmp_path / FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= path.stat().st_size


def test_a_steady_command_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Ownership(tmp_path)
    record.take("ev.carport", "nrgkick", NOW)
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("the disk is forced"))
    for _ in range(10):
        assert record.take("ev.carport", "nrgkick", NOW)
        record.retry()


def test_no_folder_means_memory_only() -> None:
    record = Ownership(None)
    record.take("ev.carport", "nrgkick", NOW)
    assert (list(record.held), record.problem) == (["ev.carport"], "")


def test_a_record_whose_lock_is_lost_says_what_the_lock_says(tmp_path: Path) -> None:
    record = Ownership(tmp_path, lambda: "process 7 holds the lock of the state folder; stop one of the two")
    assert not record.take("ev.carport", "nrgkick", NOW)
    assert record.problem == (
        f"{tmp_path / FILE_NAME} is not written: process 7 holds the lock of the state folder; stop one of the two"
    )


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open descriptors are read from /proc")
def test_a_closed_record_holds_no_file_open_and_can_go_on(tmp_path: Path) -> None:
    def is_open() -> bool:
        links = []
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # the descriptor of this very folder
                links.append(entry.readlink())
        return tmp_path / FILE_NAME in links

    record = Ownership(tmp_path)
    assert record.take("ev.carport", "nrgkick", NOW)
    assert is_open()
    record.close()
    assert not is_open()
    assert record.take("battery.cellar", "fems", NOW)
    assert set(Ownership(tmp_path).held) == {"ev.carport", "battery.cellar"}
    record.close()


ADDRESS = st.sampled_from(["", "nrgkick http://192.0.2.1", "nrgkick http://192.0.2.2", "sonnen http://192.0.2.1"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=one_in(2), deadline=None)
@given(addresses=st.lists(ADDRESS, min_size=1, max_size=6), known=st.booleans())
def test_a_device_has_moved_if_its_address_is_another_than_when_it_was_written_to(
    addresses: list[str], known: bool, tmp_path: Path
) -> None:
    """Whatever the settings name in between: the address counts at which it was first written to."""
    (tmp_path / FILE_NAME).unlink(missing_ok=True)
    key = "ev.carport"
    first = addresses[0] if known else ""
    Ownership(tmp_path, addresses={key: first}).take(key, "nrgkick", NOW)
    for address in addresses:
        record = Ownership(tmp_path, addresses={key: address} if address else {})
        record.take(key, "nrgkick", NOW)
        assert record.moved_from(key) == (first if address and address != first else "")
        record.close()
    record = Ownership(tmp_path, addresses={key: addresses[-1]})
    record.clear(key)
    record.take(key, "nrgkick", NOW)
    assert record.moved_from(key) == ""
    record.close()
