"""Keep: what an adapter must remember across a crash to put a device back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Keep(Protocol):
    """A small store on disk, one entry a device. The runtime's record of ownership stands behind it.

    What an adapter must remember beyond a hand-back has an entry of its own, under the device's name and a word.
    """

    def load(self, device: str) -> Mapping[str, Any] | None:
        """The settings `device` had before we first wrote to it; None when we have not, or have handed it back.

        Empty when we may have and nobody knows them any more: the record was damaged.
        """
        ...

    def save(self, device: str, settings: Mapping[str, Any] | None) -> None:
        """Store JSON-ready settings, on disk before the call returns; None removes the entry, and never raises.

        Raises DeviceError if the settings cannot be stored: the device must then not be changed.
        """
        ...


class MemoryKeep:
    """A Keep without a disk: for reading only, for trying a device, and for tests."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}

    def load(self, device: str) -> Mapping[str, Any] | None:
        return self.entries.get(device)

    def save(self, device: str, settings: Mapping[str, Any] | None) -> None:
        if settings is None:
            self.entries.pop(device, None)
        else:
            self.entries[device] = dict(settings)
