"""The port: the calls of the service to a device, in protocols of one or two methods.

An adapter implements those that its device can do. Every call may raise DeviceError and nothing
else; every call has a deadline of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from optimizer.model.decision import BatteryOrder
from optimizer.model.state import Battery, Ev, Grid, Pv, Switch

Fault = Literal["unreachable", "timeout", "refused", "unauthorized", "garbled"]
"""unreachable: no connection · timeout: no answer in time · refused: the device said no ·
unauthorized: credentials missing or wrong · garbled: an answer that is not of the contract."""


LATE_S = 12.0
"""An abandoned write may be carried out up to this time later, s: it may wait in a buffer of the network or device."""


class DeviceError(Exception):
    """The failure of an exchange with a device: its kind (a metric label), and a sentence for the owner."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault: Fault = fault
        self.message = message
        """The sentence. It stays a Text, and `str` of the error does not."""

    @property
    def said_no(self) -> bool:
        """Whether the device itself reports that it has done nothing. Otherwise a write may still take effect."""
        return self.fault in ("refused", "unauthorized")


@dataclass(frozen=True, slots=True)
class Sample:
    """The readings of one poll of one device. Its parts have the name of the device."""

    grid: Grid | None = None
    pvs: tuple[Pv, ...] = ()
    batteries: tuple[Battery, ...] = ()
    evs: tuple[Ev, ...] = ()
    switches: tuple[Switch, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity that a device reports. Empty for each part that it does not report."""

    brand: str
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One value for people, as the device's own document names it, in the device's own unit and sign."""

    name: str
    value: object
    """None if the device reports that there is none."""
    unit: str
    """Empty for texts and codes."""
    meaning: str
    """Empty if the name is enough."""
    at_s: float
    """Monotonic s of the measurement, as far as the device reports it."""


@runtime_checkable
class Meter(Protocol):
    """A device that can be read."""

    async def read(self) -> Sample:
        """One poll: all readings, each with the monotonic time it was measured."""
        ...

    async def close(self) -> None:
        """Release the connection; never raises."""
        ...


@runtime_checkable
class Pushed(Protocol):
    """A meter that sends its values by itself."""

    async def heard(self, within_s: float) -> None:
        """Connect, and wait for each value, at most `within_s`. Raises DeviceError without a connection."""
        ...


@runtime_checkable
class Charger(Protocol):
    """A charger that accepts commands. Each call returns when the device has taken it."""

    async def set_current(self, current_a: float) -> None:
        """Current per phase in A, 6.0–32.0 in steps of the charger."""
        ...

    async def set_pause(self, paused: bool) -> None:
        """Pause or release."""
        ...


@runtime_checkable
class PhaseSwitch(Protocol):
    """A charger that can change its number of phases."""

    async def set_phases(self, phases: int) -> None:
        """1–3; sent alone, never with another value."""
        ...


@runtime_checkable
class EnergyLimit(Protocol):
    """A charger that can end a session at an energy."""

    async def set_energy_limit(self, energy_wh: int) -> None:
        """Wh of the whole session, 0 = none."""
        ...


@runtime_checkable
class OwnersSettings(Protocol):
    """A charger with settings that outlast a hand-back, such as an energy limit for all sessions to come."""

    async def restore(self) -> None:
        """Restore the owner's values. Return when that is verified. It writes nothing if nothing was changed."""
        ...


@runtime_checkable
class BatteryControl(Protocol):
    """A battery that accepts orders. The adapter translates the order for its brand."""

    @property
    def refresh_s(self) -> float:
        """Interval at which an order in force is repeated, s (a third of the device's own timeout)."""
        ...

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write or repeat the order. It takes the device over first if that is necessary."""
        ...

    async def hand_back(self, battery: str) -> None:
        """Hand the battery back to its own control. Return only when that is verified."""
        ...


@runtime_checkable
class SwitchControl(Protocol):
    """A relay that can be switched. Where it has a timer of its own, each call starts the timer again."""

    @property
    def timer_s(self) -> float | None:
        """Time after the last `on` at which it switches off by itself, s. None: it has no timer and keeps its state."""
        ...

    async def switch(self, on: bool) -> None:
        """Write the state. It returns when the relay has taken it. Repeating it does no harm."""
        ...

    async def rest(self) -> None:
        """Write the state of rest, which is off. Return only when that is verified, as far as it can be."""
        ...


@runtime_checkable
class FollowsReadings(Protocol):
    """A battery whose setpoints contain its own readings. They must be written again when a reading changes."""

    def is_outdated(self, battery: str) -> bool:
        """Whether to repeat the order in force at once, by the last readings. It sends no request."""
        ...


@runtime_checkable
class SelfCheck(Protocol):
    """A device that can report settings that do not fit it."""

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Contradictions of the last complete reading to the settings, as sentences that say what to change."""
        ...


@runtime_checkable
class Identified(Protocol):
    """A device that can report its identity."""

    async def identify(self) -> Identity:
        """Brand, model, serial, firmware."""
        ...


@runtime_checkable
class Documented(Protocol):
    """A device that can show all values of its document."""

    async def documented(self) -> tuple[Value, ...]:
        """All values that its document names, as the device reports them now."""
        ...


@runtime_checkable
class Permission(Protocol):
    """A device that can report, without a write, whether it would take one."""

    async def may_write(self) -> str:
        """The reason why it would refuse all writes. Empty if it would take them. It changes nothing."""
        ...
