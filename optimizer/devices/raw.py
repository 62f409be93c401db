"""Raw commands: what a device offers beyond the port, for a person at the command line. Control never uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class RawCommand:
    """One command as a person may call it."""

    does: str
    example: Mapping[str, object]
    """A body that the real software takes; empty where it needs none."""
    writes: bool
    """Whether it may change something."""
    broken: str = ""
    """What is known to be wrong with it; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command."""

    status: int | None
    """HTTP status of the answer; None where none came."""
    answer: str
    """Its text: not to be believed."""
    changed: Mapping[str, tuple[object, object]]
    """What the device shows differently since, by key: (before, after)."""
    waited_s: float
    """How long it was watched."""
    note: str
    """What is known to be wrong with this command; empty where nothing is."""
    refused: bool = False
    """Whether the answer has words of refusal; then nothing was watched."""


@runtime_checkable
class RawCommands(Protocol):
    """A device with commands of its own."""

    @property
    def commands(self) -> Mapping[str, RawCommand]:
        """All of them, by name."""
        ...

    async def call(self, name: str, body: Mapping[str, object]) -> Outcome:
        """Send `name` with `body` as they are, and watch what changes; DeviceError for a name that there is not."""
        ...
