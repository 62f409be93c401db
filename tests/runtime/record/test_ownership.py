"""The record on disk, whatever the disk does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from optimizer.runtime.record.ownership import FILE_NAME, Ownership

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
def test_a_damaged_record_is_set_aside_and_said(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    record = Ownership(tmp_path)
    assert record.damaged
    assert not record.held
    assert (tmp_path / "ownership.broken").exists()
    assert "damaged" in caplog.text
    assert not Ownership(tmp_path).damaged


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


def test_a_torn_write_leaves_the_record_before_it(tmp_path: Path) -> None:
    Ownership(tmp_path).take("ev.carport", "nrgkick", NOW)
    (tmp_path / "ownership.new").write_text('{"version": 1, "dev')
    assert list(Ownership(tmp_path).held) == ["ev.carport"]


def test_without_a_disk_the_record_goes_on_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "state"
    folder.write_text("a file where the folder should be")
    record = Ownership(folder)
    record.take("ev.carport", "nrgkick", NOW)
    assert list(record.held) == ["ev.carport"]
    assert "kept in memory only" in record.problem
    folder.unlink()
    record.take("ev.carport", "nrgkick", NOW)
    assert record.problem == ""
    assert "is written again" in caplog.text or not record.problem
    assert json.loads((folder / FILE_NAME).read_text())["devices"].keys() == {"ev.carport"}


def test_no_folder_means_memory_only() -> None:
    record = Ownership(None)
    record.take("ev.carport", "nrgkick", NOW)
    assert (list(record.held), record.problem) == (["ev.carport"], "")
