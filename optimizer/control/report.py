"""TickReport: the input and result of one tick, for the metrics, the status page, and the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from optimizer.model.decision import Decision, Order
from optimizer.model.state import State
from optimizer.rules.book.book import Enabled
from optimizer.rules.book.verdict import Verdict

if TYPE_CHECKING:
    from optimizer.control.memory import Memory


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """The communication with one device."""

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
    """The last error, as a sentence. Empty while the device is up."""
    disobeys: str = ""
    """The wanted and the observed value if the device does not follow. Empty while it follows."""
    refuses: str = ""
    """The last failed writes with their reasons. A write of the same kind that succeeds removes its entry."""


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """One lease of the dispatcher."""

    device: str
    order: Order
    issued_s: float
    expires_s: float
    written_s: float | None = None
    """Monotonic s of the last successful write or refresh. None before the first."""
    longest_gap_s: float = 0.0
    """Longest time between two refreshes while a setpoint was wanted."""
    failing: str = ""
    """Why the order does not reach the device: no answer, or a refusal. Empty while writes succeed."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """One complete tick."""

    state: State
    """The readings as the devices report them. The journal records these, so that a replay judges them again."""
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
    """The message of the last failed reload. Empty if the newest files are in force."""
    reload_failures: int = 0
    rules_by_hand: Mapping[str, Enabled] = field(default_factory=dict)
    """Rules that the owner has switched by hand: id -> `true`, `false`, or `dry-run`."""
    observe_only: bool = False
    record_problem: str = ""
    """Why the service cannot keep the record of devices written to. Empty while it can."""
    memory: Memory | None = None
    """The memory for the next tick. With the next state it replays the next decision."""
    judged: State | None = None
    """The state without readings in doubt (control.decide.Outcome). None: the readings were not judged."""

    @property
    def shown(self) -> State:
        """The state for people and other programs. A reading in doubt is unknown, with the reason."""
        return self.state if self.judged is None else self.judged


class Watcher(Protocol):
    """A receiver of every tick. It must return quickly and never raise."""

    def on_tick(self, report: TickReport) -> None:
        """Take the report of the tick that just ended."""
        ...
