"""The port: what the service asks of a device, in protocols of one or two methods.

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
"""A write that was given up may be carried out so much later: it may lie in a buffer of the network or the device."""


class DeviceError(Exception):
    """What went wrong with a device: the kind (a metric label) and a sentence for the owner."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault: Fault = fault
        self.message = message
        """The sentence. A Text stays one, which `str` of the error does not."""

    @property
    def said_no(self) -> bool:
        """Whether the device itself says that it has done nothing; otherwise a write may still take effect."""
        return self.fault in ("refused", "unauthorized")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one poll of one device brought; its parts are named after the device."""

    grid: Grid | None = None
    pvs: tuple[Pv, ...] = ()
    batteries: tuple[Battery, ...] = ()
    evs: tuple[Ev, ...] = ()
    switches: tuple[Switch, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device says it is; empty where it does not say."""

    brand: str
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One value as the device's own document names it, in the device's own unit and sign: for people to read."""

    name: str
    value: object
    """None where the device says that there is none."""
    unit: str
    """Empty for texts and codes."""
    meaning: str
    """Empty where the name says it all."""
    at_s: float
    """Monotonic s at which it was measured, as far as the device tells."""


@runtime_checkable
class Meter(Protocol):
    """Anything that can be read."""

    async def read(self) -> Sample:
        """One poll: all readings, each with the monotonic time it was measured."""
        ...

    async def close(self) -> None:
        """Release the connection; never raises."""
        ...


@runtime_checkable
class Pushed(Protocol):
    """A meter whose values come by themselves, at a pace of their own."""

    async def heard(self, within_s: float) -> None:
        """Connect, and return once each value has come, or after `within_s`. DeviceError without a connection."""
        ...


@runtime_checkable
class Charger(Protocol):
    """A charger that can be told what to offer. Each call returns when the device has taken it."""

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
        """Put back the owner's values and return once that is verified. Writes nothing if nothing was changed."""
        ...


@runtime_checkable
class BatteryControl(Protocol):
    """A battery that can be told what to do. The adapter translates the order for its brand."""

    @property
    def refresh_s(self) -> float:
        """How often a standing order is to be repeated, in s (a third of the device's own timeout)."""
        ...

    async def order(self, battery: str, order: BatteryOrder) -> None:
        """Write (or repeat) the order; taking the device over first where that is needed."""
        ...

    async def hand_back(self, battery: str) -> None:
        """Give the battery back to its own controller, and return only once that is verified."""
        ...


@runtime_checkable
class SwitchControl(Protocol):
    """A relay that can be switched. Where it has a timer of its own, each call starts the timer again."""

    @property
    def timer_s(self) -> float | None:
        """How long after the last `on` it switches off by itself, s. None: it has no timer, and keeps its state."""
        ...

    async def switch(self, on: bool) -> None:
        """Write the state. It returns when the relay has taken it. Repeating it does no harm."""
        ...

    async def rest(self) -> None:
        """Write the state of rest, which is off, and return only once that is verified, as far as it can be."""
        ...


@runtime_checkable
class FollowsReadings(Protocol):
    """A battery whose setpoints contain what it measures itself, and must be written again when that changes."""

    def is_outdated(self, battery: str) -> bool:
        """Whether to repeat the standing order at once, by what was read last. Asks nothing of the device."""
        ...


@runtime_checkable
class SelfCheck(Protocol):
    """A device that can tell where its settings do not fit it."""

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What the last complete reading says against the settings: sentences with what to change."""
        ...


@runtime_checkable
class Identified(Protocol):
    """A device that can say who it is."""

    async def identify(self) -> Identity:
        """Brand, model, serial, firmware."""
        ...


@runtime_checkable
class Documented(Protocol):
    """A device of which everything in its document can be shown."""

    async def documented(self) -> tuple[Value, ...]:
        """All that its document names, as the device says it now."""
        ...


@runtime_checkable
class Permission(Protocol):
    """A device that can tell whether it would take a write, without one."""

    async def may_write(self) -> str:
        """Why it would refuse all writes; empty where nothing speaks against them. Changes nothing."""
        ...
