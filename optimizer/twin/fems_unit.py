"""The simulated FEMS / OpenEMS Edge behind its REST API: the map of written values and its cycle of 1 s.

One timer drops the whole map, null withdraws, and out of range is clipped without a word. A value that is no number
answers 200; from then on every cycle stops at it. What is written is in force after 1 to 2 s: the next cycle takes it,
and the cycle after that shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from optimizer.twin.battery import Battery
from optimizer.twin.fems_control import Pid, effective, nearest_to_zero
from optimizer.twin.fems_inverter import Inverter, carry_out, surplus_w
from optimizer.twin.fems_values import Poison, as_integer, logged, withdraws
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
MAP_ORDER = (LESS, GREATER, EQUALS, *REACTIVE)
"""The order in which the controller goes through its map."""
OK, FAULT = 0, 3
ON_GRID = 1

Key = tuple[str, str]
"""(component, channel)"""


@dataclass(frozen=True, slots=True)
class FemsSpec:
    """One FEMS and its habits."""

    name: str = "fems"
    batteries: tuple[int, ...] = (0,)
    """Which of the house's batteries are its ess0, ess1, …"""
    guest_password: str = "user"  # noqa: S105
    owner_password: str = "owner"  # noqa: S105
    """The vendor's own, printed in its paper."""
    old_errors: bool = False
    """Up to 2025.3: errors with fitting statuses on an open socket. Later nearly all are 500, and the socket closes."""
    version: str = "2026.5.0"
    api_timeout_s: float = 60.0
    """0: never."""
    self_consumption: bool = True
    """A lower controller serves the house; otherwise the battery rests at 0."""
    pid: bool = True
    """Whether the setpoints of its own control pass the PID filter, as they do unless an app turns it off."""
    inverter: Inverter = "goodwe"
    """What kind of hybrid inverter its batteries with DC PV have."""
    has_log: bool = True
    """Whether the REST controller has the channel ApiWorkerLog (since 2020)."""
    max_connections: int = 5
    accepts: int = 10
    """More accepts than this within 5 s suspend accepting; 0 = no limits on connections."""
    idle_s: float = 30.0
    meter_delay_s: float = 0.0
    """How old the grid power of `_sum` is when it is read."""
    energies_after_s: float = 2.0
    """Energies are null for so long after a start of the Edge; then it has them from its store."""


class FemsUnit:
    """Controllers and components of one Edge, on top of the physics."""

    BOOT_S = 3.0
    """After a restart the REST API answers 404 for so long …"""
    WARM_UP_S = 7.0
    """… and until then the Edge is in state Fault, with storage systems that have no values yet."""

    def __init__(self, live: LiveHouse, spec: FemsSpec) -> None:
        self.spec = spec
        self.live = live
        self.written: dict[Key, object] = {}
        """The controller's map: (component, channel) → value as it was posted."""
        self.dead: set[str] = set()
        """Components that do not answer: their channels are null and their sums leave them out."""
        self.grid_mode = ON_GRID
        self.state = OK
        """Level of the Edge beyond what it finds itself."""
        self.log_text = ""
        """`ctrlApiRest0/ApiWorkerLog`: what the last complete run of the controller set."""
        self.debug_w: dict[str, int] = {}
        """By component: the solver's setpoint."""
        self.mode: dict[str, str] = {}
        """By component: the mode that its inverter was given."""
        self.dominant: dict[str, int] = {}
        """By component: AC power in W that a controller above REST sets; nothing that is written changes it."""
        self.ac_charge_wh: dict[str, float] = {}
        self.ac_discharge_wh: dict[str, float] = {}
        self.dc_pv_wh = 0.0
        self._applied: dict[Key, object] = {}
        self._changed_s: dict[Key, float] = {}
        self._pids: dict[str, Pid] = {}
        self._written_s = 0.0
        self._started_s = -inf
        live.each_cycle(self._cycle)

    @property
    def since_start_s(self) -> float:
        """House seconds since the last restart of the Edge; since the house began where there was none."""
        return self.live.t_s - max(self._started_s, 0.0)

    @property
    def phase(self) -> Literal["booting", "warming up", "running"]:
        """The phase of a restart."""
        up_s = self.live.t_s - self._started_s
        return "booting" if up_s < self.BOOT_S else "warming up" if up_s < self.WARM_UP_S else "running"

    def restart(self) -> None:
        """Start the Edge anew: what was written is forgotten."""
        self.written.clear()
        self._applied.clear()
        self._pids.clear()
        self.debug_w.clear()
        self.log_text = ""
        self._started_s = self.live.t_s

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
        self._changed_s[component, channel] = now
        if withdraws(value):
            self.written.pop((component, channel), None)
            ledger.wrote(name, "withdraw")
            return
        self.written[component, channel] = value
        ledger.wrote(name, "reactive" if channel in REACTIVE else "setpoint")
        if not _is_number(value):
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
        self._applied = self._taken_up(t_s)
        numbers = self._run_rest()
        batteries = self.batteries()
        physics = self.live.physics
        balancing_w = physics.grid_w + sum(b.ac_w for b in batteries.values())
        for component, battery in batteries.items():
            balancing_w -= self._apply(component, battery, numbers, balancing_w)
        self.dc_pv_wh += sum(b.dc_pv_w for b in batteries.values()) / 3600.0

    def _taken_up(self, t_s: float) -> dict[Key, object]:
        """The map as of this cycle: a change that came after it began waits for the next one."""
        taken = {key: value for key, value in self.written.items() if self._changed_s.get(key, 0.0) <= t_s}
        return taken | {key: value for key, value in self._applied.items() if self._changed_s.get(key, 0.0) > t_s}

    def _run_rest(self) -> dict[Key, int]:
        """Go through the map until its end, or until a value that is no number; the log shows complete runs alone."""
        numbers: dict[Key, int] = {}
        entries: list[str] = []
        for key in sorted(self._applied, key=lambda key: (key[0], MAP_ORDER.index(key[1]))):
            try:
                number = as_integer(self._applied[key])
            except Poison:
                return numbers
            if number is not None:
                numbers[key] = number
            entries.append(f"{key[0]}/{key[1]}:{logged(self._applied[key])}")
        self.log_text = "|".join(entries)
        return numbers

    def _apply(self, component: str, battery: Battery, numbers: dict[Key, int], balancing_w: float) -> float:
        """One cycle of one storage system; returns its setpoint in W on the AC side."""
        equals, less, greater = (numbers.get((component, channel)) for channel in (EQUALS, LESS, GREATER))
        allowed_lo, allowed_hi = self.allowed_w(battery)
        apparent = battery.spec.max_apparent_w
        lo, hi = max(allowed_lo, -apparent), min(allowed_hi, apparent)
        is_free = equals is None and less is None and greater is None and component not in self.dominant
        lo, hi = effective(lo, hi, self.dominant.get(component), None, None)
        lo, hi = effective(lo, hi, equals, less, greater)
        surplus = surplus_w(battery)
        if surplus is not None:
            lo = max(lo, min(surplus, hi))
        setpoint_w = float(round(self._own(component, battery, lo, hi, balancing_w)))
        if abs(setpoint_w) <= 1.0:
            setpoint_w = 0.0
        wanted_w = balancing_w if self.spec.self_consumption else inf
        is_free = is_free and self.spec.self_consumption
        self.mode[component] = carry_out(battery, self.spec.inverter, setpoint_w, wanted_w, is_free=is_free)
        self.debug_w[component] = round(setpoint_w)
        self._count(component, battery)
        return setpoint_w

    def _own(self, component: str, battery: Battery, lo: float, hi: float, balancing_w: float) -> float:
        if not self.spec.self_consumption:
            return nearest_to_zero(lo, hi)
        if not self.spec.pid:
            return min(max(balancing_w, lo), hi)
        return self._pids.setdefault(component, Pid()).step(battery.ac_w, balancing_w, lo, hi)

    def _count(self, component: str, battery: Battery) -> None:
        charge_wh, discharge_wh = max(0.0, -battery.ac_w) / 3600.0, max(0.0, battery.ac_w) / 3600.0
        self.ac_charge_wh[component] = self.ac_charge_wh.get(component, 0.0) + charge_wh
        self.ac_discharge_wh[component] = self.ac_discharge_wh.get(component, 0.0) + discharge_wh

    @property
    def sum_state(self) -> int:
        """`_sum/State`: the worst of all components."""
        return FAULT if self.dead or self.phase != "running" else self.state


def _is_number(value: object) -> bool:
    try:
        return as_integer(value) is not None
    except Poison:
        return False
