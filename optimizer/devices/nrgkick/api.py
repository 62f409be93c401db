"""Api: what the charger offers whichever way it is spoken to; values go by their path in the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from optimizer.words.text import Text

Values = Mapping[str, object]
"""Values by JSON path (`values.powerflow.l1.voltage`), in the units of the JSON API; as the device gave them."""

CURRENT_SET = "control.current_set"
CHARGE_PAUSE = "control.charge_pause"
ENERGY_LIMIT = "control.energy_limit"
PHASE_COUNT = "control.phase_count"

SAYS = Text("the charger says: ")
"""Goes before the charger's own words in the message of a refusal."""
DISABLED = "must be enabled"
"""In its words while the API is switched off in the app."""
BLOCKED = "is blocked by"
"""In its words while a PV-led profile is active in the app; the API cannot end that."""


NOTHING_OLDER: Mapping[str, float] = {}


class Live(NamedTuple):
    """The values that change: the paths `values.…` and `control.…`."""

    values: Values
    at_s: float
    """Monotonic s; none of the values is older, except those in `older`."""
    older: Mapping[str, float] = NOTHING_OLDER
    """Monotonic s of the values that were read in an earlier poll, by path."""

    def time_of(self, path: str) -> float:
        """Monotonic s at which the value of `path` was read."""
        return self.older.get(path, self.at_s)


class Api(Protocol):
    """One way to speak to an NRGkick. Every call may raise DeviceError and nothing else."""

    async def info(self) -> Values:
        """The paths `info.…`: who it is, what it is connected to, its versions."""
        ...

    async def live(self) -> Live:
        """The present `values.…` and `control.…`."""
        ...

    async def write(self, path: str, value: float) -> None:
        """Set one of the four `control.…` values, alone; returns when the device has taken it."""
        ...

    async def close(self) -> None:
        """Release the connection; never raises."""
        ...
