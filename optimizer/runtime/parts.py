"""Device: one configured device of any brand, as the runtime uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optimizer.devices.port import BatteryControl, Charger, Meter, SwitchControl

OnExit = Literal["pause", "minimum", "keep"]
"""The setting of a charger after the end: paused (at 6.0 A, because a pause can be lost), 6.0 A, or unchanged."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device: its reader, its parts, and its writable parts."""

    name: str
    brand: str
    meter: Meter
    charger: Charger | None = None
    """Set if the service may write to its charger. `evs` then has exactly one name."""
    battery: BatteryControl | None = None
    """Set if the service may write to its `batteries`."""
    switch: SwitchControl | None = None
    """Set if it is a switchable load. `switches` then has exactly one name."""
    grid: bool = False
    """Whether this is the grid meter of the house."""
    side_meter: bool = False
    """Whether it measures such a power without being the grid meter."""
    pvs: tuple[str, ...] = ()
    batteries: tuple[str, ...] = ()
    evs: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    poll_s: float = 5.0
    deadline_s: float = 5.0
    """A poll that takes longer is canceled."""
    write_deadline_s: float = 10.0
    """A write that takes longer is canceled. The device may still have carried it out."""
    hand_back_deadline_s: float = 60.0
    """Longest time of one attempt to hand back, with its verification."""
    max_age_s: float = 15.0
    """A reading older than this is unknown."""
    settle_s: float = 15.0
    """Time after a write until the readings must agree with it."""
    own_timeout_s: float | None = None
    """Time without a write after which the device itself drops a battery setpoint. None: never."""
    lag_s: tuple[float, float] = (2.0, 8.0)
    """Seconds after a write until a read-back may agree, and until it is conclusive."""
    on_exit: OnExit = "pause"

    @property
    def controlled(self) -> tuple[str, ...]:
        """Keys (`ev.carport`, `battery.cellar`, `switch.boiler`) of the writable parts."""
        evs = tuple(f"ev.{name}" for name in self.evs) if self.charger else ()
        batteries = tuple(f"battery.{name}" for name in self.batteries) if self.battery else ()
        switches = tuple(f"switch.{name}" for name in self.switches) if self.switch else ()
        return evs + batteries + switches
