"""The record on disk of every device that the service has written to and not yet handed back with verification.

A device is on the record before the first write to it, and leaves it after a verified hand-back. So the next start
and `optimizer release` know the devices that a killed process still held. While the record cannot be written to the
disk, `problem` says why, and `take` returns False. The caller then writes only orders that ease.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.devices.port import DeviceError
from optimizer.journal.slots import Slots
from optimizer.journal.state_file import read_state_file
from optimizer.words.text import Text

log = logging.getLogger(__name__)

VERSION = 2
FILE_NAME = "ownership.record"
SLOT_BYTES = 32_768
"""Room for about two hundred devices with their settings."""
FORMER_NAME = "ownership.json"
"""The record of earlier versions, in format 1. It is read, and removed after the new record is on disk."""
FORMER_VERSION = 1
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """One device that the service has written to."""

    since: datetime
    """Aware UTC."""
    brand: str
    address: str = ""
    """Where it was when it was written to. Empty: it has no address of its own, or an earlier version wrote to it."""


Settings = dict[str, Mapping[str, Any]]
Contents = tuple[dict[str, Held], Settings, bool]
"""The held devices, the original settings that adapters have saved (by device), and whether more may be held."""
NOTHING: Contents = ({}, {}, False)
NO_ADDRESSES: Mapping[str, str] = {}


class _NotOurs(Exception):
    """The folder, or its lock, is no longer this process's."""


class Ownership:
    """The record. Every change is forced to the disk before the call returns, or `problem` says why not."""

    def __init__(
        self,
        folder: Path | None,
        lock_problem: Callable[[], str] = lambda: "",
        addresses: Mapping[str, str] = NO_ADDRESSES,
    ) -> None:
        """Read the record in `folder`. None keeps it in memory only, for tests and for reading.

        `lock_problem` returns why this process no longer holds the lock of the folder. The record is written only while
        it returns an empty text. `addresses` are those of the settings, by device key.
        """
        self._addresses = addresses
        self.path = folder / FILE_NAME if folder is not None else None
        self.problem = ""
        """Why the record is not written to the disk. Empty while it is."""
        self.found = False
        """Whether a record, or a part of one, existed at the start."""
        self.damaged = False
        """True if the record was unreadable or incomplete: any device may have been written to."""
        self._lock_problem = lock_problem
        self._slots = Slots(self.path, SLOT_BYTES) if self.path is not None else None
        self._recorded: frozenset[str] = frozenset()
        """The keys in the file, if the file belongs to this process."""
        self._dirty = False
        """Whether the disk does not have the newest record."""
        self._former = False
        self._held: dict[str, Held] = {}
        self._settings: Settings = {}
        if self.path is not None:
            self._held, self._settings, self.damaged = self._read(self.path)

    @property
    def held(self) -> Mapping[str, Held]:
        """By device key (`ev.carport`, `battery.cellar`)."""
        return self._held

    def moved_from(self, key: str) -> str:
        """The address at which `key` was written to, if the settings now name another one. Otherwise empty."""
        former, now = self.address_then(key), self.address_now(key)
        return former if now and former != now else ""

    def address_then(self, key: str) -> str:
        """The address at which `key` was written to. Empty if it is not held, or has none."""
        return self._held[key].address if key in self._held else ""

    def address_now(self, key: str) -> str:
        """The address of `key` in the settings. Empty if they name none."""
        return self._addresses.get(key, "")

    def named(self) -> str:
        """The held devices with the addresses at which they were written to, for messages."""
        return ", ".join(f"{key} ({held.address})" if held.address else key for key, held in self._held.items())

    def prepare(self) -> None:
        """Make the file, so that its space is allocated before the first device is written to."""
        self._dirty = True
        self.retry()

    def take(self, key: str, brand: str, now: datetime) -> bool:
        """Record `key` before a write to it. True if the record on disk names it now."""
        if key not in self._held:
            self._held[key] = Held(now.astimezone(UTC), brand, self._addresses.get(key, ""))
            self._dirty = True
        if key not in self._recorded or self._lost():
            self._save()
        return key in self._recorded

    def require(self, key: str, brand: str, now: datetime) -> None:
        """Record `key` before a write by hand. Raises DeviceError if the record on disk does not name `key`."""
        if not self.take(key, brand, now):
            raise DeviceError("refused", Text("nothing was written: {problem}", problem=self.problem))

    def retry(self) -> None:
        """Write the record again if the last write failed or the file was replaced. Called in each tick."""
        if self._dirty or self._lost():
            self._save()

    def close(self) -> None:
        """Close the file. The record on disk stays, and the next change opens it again."""
        if self._slots is not None:
            self._slots.close()

    def suspect(self, devices: Mapping[str, str], now: datetime) -> None:
        """Record all `devices` (key to brand) as possibly held, after damage of the record. Their original settings are
        lost, unless they could be read.

        The entries stay over a restart. `clear` removes them one by one.
        """
        for key, brand in devices.items():
            self._held.setdefault(key, Held(now.astimezone(UTC), brand))
            self._settings.setdefault(_device(key), {})
        self.damaged = False
        self._save()

    def load(self, device: str) -> Mapping[str, Any] | None:
        """The settings that an adapter has saved for `device`, or None (devices.keep.Keep). Empty: they are lost."""
        return self._settings.get(device)

    def save(self, device: str, settings: Mapping[str, Any] | None) -> None:
        """Save the settings that an adapter needs to restore a device. None removes them (devices.keep.Keep).

        Raises DeviceError if they cannot be written to the disk, because a device must not be changed without them.
        `load` then has what it had before, so that the adapter saves them again before it changes the device.
        """
        before = self._settings.get(device)
        if settings is None:
            self._settings.pop(device, None)
        else:
            self._settings[device] = settings
        self._save()
        if settings is not None and self._dirty:
            if before is None:
                del self._settings[device]
            else:
                self._settings[device] = before
            raise DeviceError(
                "refused",
                Text("nothing was written, because its settings cannot be saved: {problem}", problem=self.problem),
            )

    def clear(self, key: str) -> None:
        """Remove `key` after a verified hand-back."""
        if self._held.pop(key, None) is not None:
            if self._settings.get(_device(key)) == {}:
                del self._settings[_device(key)]
            self._save()

    def _lost(self) -> bool:
        """Whether the file that holds the record is no longer the one at its path."""
        return self._slots is not None and bool(self._recorded) and not self._slots.is_ours()

    def _save(self) -> None:
        if self._slots is None or self.path is None:
            self._recorded, self._dirty = frozenset(self._held), False
            return
        self._dirty = True
        if not self._slots.is_ours():
            self._recorded = frozenset()
        try:
            self._write(self._slots, self.path)
        except _NotOurs as error:
            self._complain(f"{self.path} is not written: {error}")
            return
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            self._complain(f"{self.path} cannot be written: {reason}; free or mount the disk of the state folder")
            return
        self._recorded, self._dirty = frozenset(self._held), False
        if self.problem:
            log.warning("%s is written again", self.path)
        self.problem = ""

    def _write(self, slots: Slots, path: Path) -> None:
        if not slots.is_ours():
            slots.close()
            if not self.found:
                path.parent.mkdir(parents=True, exist_ok=True)
            if problem := self._lock_problem():
                raise _NotOurs(problem)
            if path.exists():
                slots.read()
        slots.write_twice(_document(self._held, self._settings, self.damaged))
        if not slots.is_ours():
            raise OSError("the state folder has been moved or unmounted")
        self.found = True
        path.with_suffix(".new").unlink(missing_ok=True)
        if self._former:
            path.with_name(FORMER_NAME).unlink(missing_ok=True)
            self._former = False

    def _read(self, path: Path) -> Contents:
        held, settings, damaged = self._read_slots(path)
        former_held, former_settings, former_damaged = self._read_former(path.with_name(FORMER_NAME))
        left_over = path.with_suffix(".new")
        if left_over.exists():
            log.error("%s belongs to a record that could not be written: any device may be held", left_over)
            self.found = damaged = True
        return {**former_held, **held}, {**former_settings, **settings}, damaged or former_damaged

    def _read_slots(self, path: Path) -> Contents:
        assert self._slots is not None
        try:
            contents = self._slots.read()
        except FileNotFoundError:
            return NOTHING
        except OSError as error:
            return self._unreadable(path, error)
        self.found = True
        if not contents.documents:
            return self._unreadable(path, "no valid checksum")
        try:
            return _parsed(contents.documents[0], VERSION)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return self._unreadable(path, error)

    def _read_former(self, path: Path) -> Contents:
        try:
            text = read_state_file(path, MAX_BYTES + 1)
        except FileNotFoundError:
            return NOTHING
        except OSError as error:
            return self._unreadable(path, error)
        self.found = self._former = True
        try:
            if len(text) > MAX_BYTES:
                raise ValueError(f"larger than {MAX_BYTES} bytes")
            return _parsed(json.loads(text), FORMER_VERSION)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return self._unreadable(path, error)

    def _unreadable(self, path: Path, error: Exception | str) -> Contents:
        self.found = True
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        log.error("%s is damaged or cannot be read (%s): any device may be held", path, reason)
        return {}, {}, True

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s; until then the service writes nothing that raises a current or a power", problem)
        self.problem = problem


def _device(key: str) -> str:
    """The name under which an adapter keeps its settings."""
    return key.partition(".")[2]


def _parsed(body: Any, version: int) -> Contents:
    if body["version"] != version:
        raise ValueError(f"its version is {body['version']}, this program reads {version}")
    held = {
        str(key): Held(datetime.fromisoformat(entry["since"]), str(entry["brand"]), str(entry.get("address", "")))
        for key, entry in body["devices"].items()
    }
    settings: Settings = {str(device): dict(settings) for device, settings in body["settings"].items()}
    return held, settings, bool(body.get("damaged", False))


def _document(held: Mapping[str, Held], settings: Mapping[str, Mapping[str, Any]], damaged: bool) -> dict[str, object]:
    devices = {
        key: {"since": entry.since.isoformat(), "brand": entry.brand, "address": entry.address}
        for key, entry in held.items()
    }
    return {"version": VERSION, "devices": devices, "settings": dict(settings), "damaged": damaged}
