"""The simulated FEMS / OpenEMS Edge behind its REST API: the map of written values and its cycle.

From the contract: one timer for the whole map, null withdraws, a value that is no number answers
200 and then spoils every cycle, out of range is clipped without a word.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from optimizer.twin.battery import Battery
from optimizer.twin.live import LiveHouse

EQUALS = "SetActivePowerEquals"
LESS = "SetActivePowerLessOrEquals"
GREATER = "SetActivePowerGreaterOrEquals"
REACTIVE = (
    "SetReactivePowerEquals",
    "SetReactivePowerLessOrEquals",
    "SetReactivePowerGreaterOrEquals",
)
WRITABLE = (EQUALS, LESS, GREATER, *REACTIVE)
OK, FAULT = 0, 3
ON_GRID = 1


@dataclass(frozen=True, slots=True)
class FemsSpec:
    """One FEMS and its habits."""

    name: str = "fems"
    batteries: tuple[int, ...] = (0,)
    """Which of the house's batteries are its ess0, ess1, …"""
    guest_password: str = "user"  # noqa: S105
    owner_password: str = "owner"  # noqa: S105
    """The vendor's own, printed in its paper."""
    new_errors: bool = False
    """From 2025.4: nearly every error is a 500, and the socket is closed without notice."""
    api_timeout_s: float = 60.0
    """0: never."""
    self_consumption: bool = True
    """A lower controller serves the house; otherwise the battery rests at 0."""
    max_connections: int = 5
    accepts: int = 10
    """More accepts than this within 5 s suspend accepting; 0 = no limits on connections."""
    idle_s: float = 30.0
    energies_after_s: float = 60.0
    """Energies are null for so long after the start."""


def as_integer(value: object) -> int | None:
    """How an integer channel (32 bits) takes a JSON value; None: it cannot."""
    number: int | None = None
    if isinstance(value, int):
        number = int(value)
    elif isinstance(value, float):
        number = math.floor(value + 0.5) if math.isfinite(value) else None
    elif isinstance(value, str):
        try:
            number = int(value)
        except ValueError:
            number = None
    return number if number is not None and -(2**31) <= number < 2**31 else None


def effective(lo: float, hi: float, equals: int | None, less: int | None, greater: int | None) -> tuple[float, float]:
    """The range of AC power that the written values leave of [lo, hi], in the order of the contract."""
    if equals is not None:
        lo = hi = min(max(equals, lo), hi)
    if less is not None:
        hi = min(hi, max(less, lo))
    if greater is not None:
        lo = max(lo, min(greater, hi))
    return lo, hi


class FemsUnit:
    """Controllers and components of one Edge, on top of the physics."""

    def __init__(self, live: LiveHouse, spec: FemsSpec) -> None:
        self.spec = spec
        self.live = live
        self.written: dict[tuple[str, str], object] = {}
        """(component, channel) → value as it was posted."""
        self.dead: set[str] = set()
        """Components that do not answer: their channels are null and their sums leave them out."""
        self.grid_mode = ON_GRID
        self.state = OK
        """Level of the Edge beyond what it finds itself."""
        self.poisoned = False
        self.debug_w: dict[str, int] = {}
        self.ac_charge_wh: dict[str, float] = {}
        self.ac_discharge_wh: dict[str, float] = {}
        self.dc_pv_wh = 0.0
        self._written_s = 0.0
        live.each_cycle(self._cycle)

    def batteries(self) -> dict[str, Battery]:
        """ess0, ess1, … → battery, as of the last cycle."""
        physics = self.live.physics
        return {f"ess{i}": physics.batteries[index] for i, index in enumerate(self.spec.batteries)}

    def allowed_w(self, battery: Battery) -> tuple[float, float]:
        """(AllowedChargePower ≤ 0, AllowedDischargePower ≥ 0), AC side: DC PV may always leave."""
        lo, hi = battery.limits_w()
        return lo, hi + battery.dc_pv_w

    def write(self, component: str, channel: str, value: object) -> None:
        """Take a posted value, whatever it is; null withdraws. Any write restarts the one timer."""
        self.live.advance()
        ledger, name, now = self.live.ledger, self.spec.name, self.live.t_s
        if self.written:
            ledger.gap(name, now - self._written_s)
        self._written_s = now
        if value is None:
            self.written.pop((component, channel), None)
            ledger.wrote(name, "withdraw")
            return
        self.written[component, channel] = value
        ledger.wrote(name, "reactive" if channel in REACTIVE else "setpoint")
        if as_integer(value) is None:
            ledger.incident(name, f"{component}/{channel} was given {value!r}, which is no number")
        bounds = (component, LESS) in self.written or (component, GREATER) in self.written
        if (component, EQUALS) in self.written and bounds:
            ledger.incident(name, f"{component}: Equals stands together with bounds")

    def _cycle(self, t_s: float) -> None:
        timeout = self.spec.api_timeout_s
        if self.written and timeout and t_s - self._written_s >= timeout:
            self.written.clear()
            self.live.ledger.gap(self.spec.name, timeout)
            self.live.ledger.lapse(self.spec.name)
        numbers = {key: as_integer(value) for key, value in self.written.items()}
        self.poisoned = None in numbers.values()
        if self.poisoned:
            # The controller fails in the middle of its map: nothing of it is applied.
            numbers = {}
        for component, battery in self.batteries().items():
            self._apply(component, battery, lambda channel, c=component: numbers.get((c, channel)))  # type: ignore[misc]
        self.dc_pv_wh += sum(b.dc_pv_w for b in self.batteries().values()) / 3600.0

    def _apply(self, component: str, battery: Battery, value: Callable[[str], int | None]) -> None:
        equals, less, greater = value(EQUALS), value(LESS), value(GREATER)
        lo, hi = -inf, inf
        if equals is not None or less is not None or greater is not None:
            allowed_lo, allowed_hi = self.allowed_w(battery)
            apparent = battery.spec.max_apparent_w
            lo, hi = effective(max(allowed_lo, -apparent), min(allowed_hi, apparent), equals, less, greater)
        battery.command(lo, hi, self.spec.self_consumption)
        self.debug_w[component] = round(battery.ac_w if lo != hi else lo)
        hours = 1.0 / 3600.0
        charge, discharge = max(0.0, -battery.ac_w), max(0.0, battery.ac_w)
        self.ac_charge_wh[component] = self.ac_charge_wh.get(component, 0.0) + charge * hours
        self.ac_discharge_wh[component] = self.ac_discharge_wh.get(component, 0.0) + discharge * hours

    @property
    def sum_state(self) -> int:
        """`_sum/State`: the worst of all components."""
        return FAULT if self.poisoned or self.dead else self.state
