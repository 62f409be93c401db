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
    """The known fault of the command. Empty if there is none."""
    stays: str = ""
    """Its lasting effects, as sentences without the last period. Empty if nothing stays."""


class Progress(Protocol):
    """Receives what happens during a call, as it happens. No method raises."""

    def waits(self, why: str, most_s: float) -> None:
        """Nothing is sent yet: the call waits at most `most_s` for `why`."""
        ...

    def answered(self, status: int | None, answer: str) -> None:
        """The answer has arrived. None: there was no answer in time."""
        ...

    def watches(self, waited_s: float, most_s: float) -> None:
        """Nothing has changed yet `waited_s` after the command; the device is watched for at most `most_s`."""
        ...


class Unheard:
    """A Progress for callers that need the outcome only."""

    def waits(self, why: str, most_s: float) -> None:
        """Ignored."""

    def answered(self, status: int | None, answer: str) -> None:
        """Ignored."""

    def watches(self, waited_s: float, most_s: float) -> None:
        """Ignored."""


UNHEARD: Progress = Unheard()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command."""

    status: int | None
    """HTTP status of the answer; None where none came."""
    answer: str
    """Its text: not to be believed."""
    changed: Mapping[str, tuple[object, object]]
    """The values that the device shows differently since, by key: (before, after)."""
    waited_s: float
    """How long it was watched."""
    note: str
    """The known fault of this command. Empty if there is none."""
    refused: bool = False
    """Whether the answer has words of refusal; then nothing was watched."""


@runtime_checkable
class RawCommands(Protocol):
    """A device with commands of its own."""

    @property
    def commands(self) -> Mapping[str, RawCommand]:
        """All of them, by name."""
        ...

    async def call(self, name: str, body: Mapping[str, object], progress: Progress = UNHEARD) -> Outcome:
        """Send `name` with `body` as they are, and watch what changes. `progress` hears of each step at once.

        Raises DeviceError for a name that does not exist."""
        ...
