"""TickReport: all that one tick knew and did, for those who watch (metrics, status page, journal)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from optimizer.model.decision import BatteryOrder, Decision, EvOrder
from optimizer.model.state import State
from optimizer.rules.book.verdict import Verdict

if TYPE_CHECKING:
    from optimizer.control.memory import Memory


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """How one device has been answering."""

    name: str
    brand: str
    up: bool
    """Whether the last poll succeeded."""
    last_ok_s: float | None = None
    """Monotonic s of the last good poll."""
    latency_s: float | None = None
    """Duration of the last good poll."""
    reads: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    """Counts by fault (`devices.port.Fault`)."""
    writes: Mapping[str, int] = field(default_factory=dict)
    """Counts by kind: current, pause, phases, energy_limit, setpoint, hand_back."""
    message: str = ""
    """The last error, for a person; empty while up."""
    disobeys: str = ""
    """Wanted against observed, when the device does not follow; empty while it does."""
    refuses: str = ""
    """Writes that failed last, with the reasons, until one of their kind is taken."""


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """One lease as the dispatcher keeps it."""

    device: str
    order: EvOrder | BatteryOrder
    issued_s: float
    expires_s: float
    written_s: float | None = None
    """Monotonic s of the last successful write or refresh; None before the first."""
    longest_gap_s: float = 0.0
    """Longest time between two refreshes while a setpoint was wanted."""
    failing: str = ""
    """Why the device does not get the order: it does not answer, or refuses; empty while writes arrive."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """One tick, whole."""

    state: State
    decision: Decision
    verdict: Verdict
    duration_s: float
    ticks: int
    overruns: int
    devices: tuple[DeviceHealth, ...] = ()
    leases: tuple[LeaseStatus, ...] = ()
    book_version: str = ""
    """Digest of the rule book in force."""
    book_error: str = ""
    """The message of the last failed reload; empty when the newest files are in force."""
    reload_failures: int = 0
    observe_only: bool = False
    record_problem: str = ""
    """Why the record of devices written to cannot be kept; empty while it is."""
    memory: Memory | None = None
    """What the next tick will remember; with the next state it replays the next decision."""


class Watcher(Protocol):
    """Somebody who is told of every tick. Must return quickly and never raise."""

    def on_tick(self, report: TickReport) -> None:
        """Take the report of the tick that just ended."""
        ...
