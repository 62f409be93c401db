"""Two slots in one file: a write that is cut anywhere leaves a whole document."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal import slots as module
from optimizer.journal.slots import Slots, decode_slot, encode_slot

SLOT_BYTES = 256


@given(before=st.text(max_size=20), after=st.text(max_size=20), cut=st.integers(0, SLOT_BYTES), slot=st.integers(0, 1))
def test_damage_in_one_slot_leaves_the_document_of_the_other(before: str, after: str, cut: int, slot: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "two.slots"
        slots = Slots(path, SLOT_BYTES)
        slots.write_twice(before)
        slots.write_twice(after)
        slots.close()
        data = bytearray(path.read_bytes())
        assert len(data) == 2 * SLOT_BYTES
        start = slot * SLOT_BYTES
        data[start : start + cut] = b"\xff" * cut
        path.write_bytes(data)
        assert Slots(path, SLOT_BYTES).read().documents[0] == after


def test_the_file_keeps_its_size_and_what_is_too_large_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "two.slots"
    slots = Slots(path, SLOT_BYTES)
    slots.write_twice(1)
    try:
        slots.write_twice("x" * SLOT_BYTES)
    except ValueError as error:
        assert "room for 256" in str(error)
    slots.write(2)
    assert path.stat().st_size == 2 * SLOT_BYTES
    assert Slots(path, SLOT_BYTES).read().documents == (2, 1)


@given(
    turn=st.integers(0, 10**6),
    document=st.text(max_size=20) | st.integers(),
    at=st.integers(0),
    byte=st.binary(min_size=1, max_size=1),
)
def test_a_slot_in_which_any_byte_has_changed_is_no_document(turn: int, document: object, at: int, byte: bytes) -> None:
    whole = encode_slot(turn, document, SLOT_BYTES)
    assert decode_slot(whole) == (turn, document)
    at %= SLOT_BYTES
    assert decode_slot(whole[:at] + byte + whole[at + 1 :]) in (None, (turn, document))


def test_a_digit_that_has_changed_is_damage_and_no_other_document() -> None:
    whole = encode_slot(1, {"limit": 16}, SLOT_BYTES)
    assert decode_slot(whole.replace(b"16", b"96")) is None


def test_one_slot_is_on_the_disk_before_the_other_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def noted(name: str, call: Any) -> Any:
        def instead(*arguments: Any) -> Any:
            calls.append(name)
            return call(*arguments)

        return instead

    monkeypatch.setattr(module.os, "pwrite", noted("write", os.pwrite))
    monkeypatch.setattr(module.os, "fsync", noted("disk", os.fsync))
    monkeypatch.setattr(module, "sync_folder", noted("folder", module.sync_folder))
    slots = Slots(tmp_path / "two.slots", SLOT_BYTES)
    slots.write_twice("first")
    assert [one for one in calls if one != "disk"] == ["write", "write", "folder"]
    assert calls[2] == "disk", "the new file is on the disk before it gets its name"
    calls.clear()
    slots.write_twice("second")
    assert calls == ["write", "disk", "write", "disk"]
