"""Faults of the disk at any write of any sequence: what may hold a loosened setpoint is on the record."""

from __future__ import annotations

import errno
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from optimizer.runtime.record.ownership import Ownership

NOW = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)
KEYS = ("ev.carport", "ev.yard", "battery.cellar")
ACTIONS = st.tuples(
    st.sampled_from(["take", "clear", "save", "retry", "restart", "away", "back", "lose"]), st.sampled_from(KEYS)
)
FAULTS = st.lists(
    st.one_of(
        st.none(),
        st.sampled_from([errno.ENOSPC, errno.EROFS, errno.EIO]),
        st.integers(min_value=-40_000, max_value=-1),
    ),
    max_size=60,
)
"""One for each write, fsync, or allocation: success, an errno, or (negative) a write torn after so many bytes."""


class Disk:
    """The system's calls, of which each meets the next of the faults."""

    def __init__(self, faults: list[int | None]) -> None:
        self._faults = list(faults)
        self._pwrite, self._fsync, self._allocate = os.pwrite, os.fsync, os.posix_fallocate

    def _next(self) -> int | None:
        return self._faults.pop(0) if self._faults else None

    def pwrite(self, descriptor: int, data: bytes, place: int) -> int:
        fault = self._next()
        if fault is None:
            return self._pwrite(descriptor, data, place)
        if fault < 0:
            self._pwrite(descriptor, data[:-fault], place)
        raise OSError(fault if fault > 0 else errno.EIO, "the disk")

    def fsync(self, descriptor: int) -> None:
        if (fault := self._next()) is not None:
            raise OSError(abs(fault), "the disk")
        self._fsync(descriptor)

    def posix_fallocate(self, descriptor: int, start: int, size: int) -> None:
        if (fault := self._next()) is not None:
            raise OSError(abs(fault), "the disk")
        self._allocate(descriptor, start, size)


@given(st.lists(ACTIONS, max_size=30), FAULTS)
@example([("take", KEYS[2]), ("save", KEYS[2]), ("save", KEYS[2])], [None] * 5 + [errno.EIO] * 9)
def test_what_may_be_loosened_is_on_the_record_or_the_record_may_hold_everything(
    actions: list[tuple[str, str]], faults: list[int | None]
) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder, away = Path(name) / "state", Path(name) / "away"
        folder.mkdir()
        disk = Disk(faults)
        for call in ("pwrite", "fsync", "posix_fallocate"):
            patch.setattr(os, call, getattr(disk, call))
        record = Ownership(folder)
        loosened: set[str] = set()
        settings_needed: set[str] = set()
        for action, key in actions:
            device = key.partition(".")[2]
            match action:
                case "take":
                    if record.take(key, "fake", NOW):
                        loosened.add(key)
                case "clear":
                    loosened.discard(key)
                    settings_needed.discard(device)
                    record.save(device, None)
                    record.clear(key)
                case "save" if key in loosened:
                    # As adapters do: what the record has is not saved again before the device is changed.
                    try:
                        if not record.load(device):
                            record.save(device, {"mode": 1})
                    except DeviceError:
                        continue
                    settings_needed.add(device)
                case "retry":
                    record.retry()
                case "restart" if folder.exists():
                    record = Ownership(folder)
                    if record.damaged:
                        record.suspect(dict.fromkeys(KEYS, "fake"), NOW)
                    else:
                        record.prepare()
                case "away" if folder.exists() and not away.exists():
                    folder.rename(away)
                case "back" if away.exists() and not folder.exists():
                    away.rename(folder)
                case "lose" if folder.exists():
                    for file in folder.iterdir():
                        file.unlink()
                    record.retry()
                    if record.problem:
                        return  # the only record was deleted by somebody else, and the disk takes no other
        where = folder if folder.exists() else away
        fresh = Ownership(where)
        assert fresh.damaged or loosened <= set(fresh.held)
        assert fresh.damaged or all(fresh.load(device) is not None for device in settings_needed)
