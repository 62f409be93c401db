"""The record on disk of every device that we have written to and not yet verifiably handed back.

It is written before the first write to a device and cleared after a verified hand-back, so that whoever comes
next (the next start, the supervisor's `optimizer release`) knows what a killed process left behind. The service
goes on without a disk: the record is then kept in memory, and `problem` says so.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

VERSION = 1
FILE_NAME = "ownership.json"
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """One device that we have written to."""

    since: datetime
    """Aware UTC."""
    brand: str


Contents = tuple[dict[str, Held], dict[str, Mapping[str, Any]]]
"""What is held, and the settings from before that adapters have saved, by device."""


class Ownership:
    """The record. Every change is on disk (fsync, atomic rename) before the call returns, or `problem` says why not."""

    def __init__(self, folder: Path | None) -> None:
        """Loads what is there; None keeps the record in memory only. A file that cannot be read is set aside."""
        self.path = folder / FILE_NAME if folder is not None else None
        self.problem = ""
        """Why the disk does not take the record; empty while it does."""
        self.damaged = False
        """True when there was a record and it could not be read: any device may have been written to."""
        self._held: dict[str, Held]
        self._settings: dict[str, Mapping[str, Any]]
        self._held, self._settings = self._read()

    @property
    def held(self) -> Mapping[str, Held]:
        """By device key (`ev.carport`, `battery.cellar`)."""
        return self._held

    def take(self, key: str, brand: str, now: datetime) -> None:
        """Note that `key` is about to be written to. Nothing happens when it is on the record already."""
        if key not in self._held:
            self._held[key] = Held(now.astimezone(UTC), brand)
            self._save()
        elif self.problem:
            self._save()

    def suspect(self, devices: Mapping[str, str], now: datetime) -> None:
        """After damage: any of `devices` (key to brand) may be held, and what it was set to before is lost.

        That outlives a restart, and ends for each when it is cleared.
        """
        for key, brand in devices.items():
            self._held.setdefault(key, Held(now.astimezone(UTC), brand))
            self._settings.setdefault(_device(key), {})
        self._save()

    def load(self, device: str) -> Mapping[str, Any] | None:
        """The settings that an adapter has saved for `device`, or None (devices.keep.Keep); empty: they are lost."""
        return self._settings.get(device)

    def save(self, device: str, settings: Mapping[str, Any] | None) -> None:
        """Keep what an adapter needs to put a device back as it was; None strikes it off (devices.keep.Keep)."""
        if settings is None:
            self._settings.pop(device, None)
        else:
            self._settings[device] = settings
        self._save()

    def clear(self, key: str) -> None:
        """Strike `key` off after a verified hand-back."""
        if self._held.pop(key, None) is not None:
            if self._settings.get(_device(key)) == {}:
                del self._settings[_device(key)]
            self._save()

    def _read(self) -> Contents:
        if self.path is None:
            return {}, {}
        try:
            with self.path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return {}, {}
        except OSError as error:
            self._complain(f"{self.path} cannot be read: {error.strerror}")
            self.damaged = True
            return {}, {}
        try:
            return _parsed(text)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            self._set_aside(error)
            return {}, {}

    def _set_aside(self, error: Exception) -> None:
        self.damaged = True
        assert self.path is not None  # only a file that was read can be broken
        aside = self.path.with_suffix(".broken")
        try:
            self.path.replace(aside)
            log.error("%s is damaged (%s); set aside as %s, starting with an empty record", self.path, error, aside)
        except OSError as why:
            log.error("%s is damaged (%s) and cannot be set aside: %s", self.path, error, why.strerror)

    def _save(self) -> None:
        if self.path is None:
            return
        temporary = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(_printed(self._held, self._settings))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            self._complain(f"{self.path} cannot be written: {error.strerror}; the record is kept in memory only")
            return
        if self.problem:
            log.info("%s is written again", self.path)
        self.problem = ""

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            log.error("%s", problem)
        self.problem = problem


def _device(key: str) -> str:
    """The name under which an adapter keeps its settings."""
    return key.partition(".")[2]


def _parsed(text: bytes) -> Contents:
    if len(text) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    body = json.loads(text)
    if body["version"] != VERSION:
        raise ValueError(f"version {body['version']}, this program knows {VERSION}")
    held = {
        str(key): Held(since=datetime.fromisoformat(entry["since"]), brand=str(entry["brand"]))
        for key, entry in body["devices"].items()
    }
    return held, {str(device): dict(settings) for device, settings in body["settings"].items()}


def _printed(held: Mapping[str, Held], settings: Mapping[str, Mapping[str, Any]]) -> bytes:
    devices = {key: {"since": entry.since.isoformat(), "brand": entry.brand} for key, entry in held.items()}
    return json.dumps({"version": VERSION, "devices": devices, "settings": dict(settings)}, indent=1).encode()


def _sync_folder(folder: Path) -> None:
    """Without this the rename itself may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
