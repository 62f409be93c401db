"""Device: one configured device as the runtime sees it, whatever its brand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optimizer.devices.port import BatteryControl, Charger, Meter

OnExit = Literal["pause", "minimum", "keep"]
"""What a charger is left with: paused (and at 6.0 A, since a pause can be lost), offering 6.0 A, or as it is."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device: how it is read, what it brings, and what of it may be written."""

    name: str
    brand: str
    meter: Meter
    charger: Charger | None = None
    """Set when we may write to its charger; it then brings exactly one of `evs`."""
    battery: BatteryControl | None = None
    """Set when we may write to its `batteries`."""
    grid: bool = False
    """Whether this is the house's grid meter."""
    side_meter: bool = False
    """Whether it measures such a power too, without being the grid meter."""
    pvs: tuple[str, ...] = ()
    batteries: tuple[str, ...] = ()
    evs: tuple[str, ...] = ()
    poll_s: float = 5.0
    deadline_s: float = 5.0
    """A poll that takes longer is cut."""
    write_deadline_s: float = 10.0
    """A write that takes longer is cut; it may have been carried out all the same."""
    hand_back_deadline_s: float = 60.0
    """One attempt at handing back, verification included."""
    max_age_s: float = 15.0
    """A reading older than this is unknown."""
    settle_s: float = 15.0
    """Time after a write until what is observed must agree with it."""
    own_timeout_s: float | None = None
    """After this long without a write the device drops a battery setpoint by itself; None: it never does."""
    lag_s: tuple[float, float] = (2.0, 8.0)
    """After a write: seconds until a read-back may agree, and until it is conclusive."""
    on_exit: OnExit = "pause"

    @property
    def controlled(self) -> tuple[str, ...]:
        """Keys (`ev.carport`, `battery.cellar`) of everything here that may be written."""
        evs = tuple(f"ev.{name}" for name in self.evs) if self.charger else ()
        batteries = tuple(f"battery.{name}" for name in self.batteries) if self.battery else ()
        return evs + batteries
