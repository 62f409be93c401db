"""Two slots in one file: a write that is cut anywhere leaves a whole document."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.slots import Slots

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
