"""A house battery with its own self-consumption controller, AC-coupled or behind a hybrid inverter."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

FULL = 0.999
"""Part of its capacity from which a battery with a hysteresis counts as full."""


@dataclass(frozen=True, slots=True)
class BatterySpec:
    """The properties of one battery. Powers are at its terminals, ≥ 0."""

    name: str = "cellar"
    capacity_wh: float = 10_000.0
    max_charge_w: float = 5_000.0
    max_discharge_w: float = 5_000.0
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    """Part (0–1) of the energy that is left after one way, in or out."""
    initial_soc_percent: float = 30.0
    floor_soc_percent: float = 0.0
    """SoC below which the battery stops discharging by itself."""
    recharge_soc_percent: float = 100.0
    """A full battery does not charge again until its SoC is below this."""
    lag_s: float = 2.0
    """Time constant of its power."""
    max_apparent_w: float = 10_000.0
    """Largest AC power of its inverter."""
    dc_pv_share: float = 0.0
    """Part (0–1) of the PV on the hybrid inverter of this battery. 0 = AC-coupled."""
    phase_map: tuple[int, ...] = (1, 2, 3)
    """The house phases of its inverter."""


class Battery:
    """The state of one battery, and its steps in time.

    A controller may limit its AC power by `lo_w` and `hi_w` (+ discharge). Equal limits are a setpoint. Without
    `follow` the battery does not follow the house. Within the limits it supplies the house. A controller may also set
    the power of the battery alone (`terminal_w`). Then all PV power goes to AC.
    """

    __slots__ = (
        "_dt", "_end", "_mean", "ac_w", "charged_wh", "curtailed_w", "dc_pv_w", "discharged_wh",
        "energy_wh", "floor_wh", "follow", "full", "hi_w", "lo_w", "power_w", "spec", "terminal_w",
    )  # fmt: skip

    def __init__(self, spec: BatterySpec) -> None:
        self.spec = spec
        self.energy_wh = spec.capacity_wh * spec.initial_soc_percent / 100.0
        self.floor_wh = spec.capacity_wh * spec.floor_soc_percent / 100.0
        self.power_w = 0.0
        """Power of the battery alone, + discharge."""
        self.ac_w = 0.0
        """Power at the AC side, with the PV of a hybrid inverter."""
        self.dc_pv_w = 0.0
        """PV power on its DC side, after curtailment."""
        self.curtailed_w = 0.0
        self.charged_wh = 0.0
        self.discharged_wh = 0.0
        self.lo_w = -inf
        self.hi_w = inf
        self.follow = True
        self.terminal_w: float | None = None
        self.full = False
        """Whether the battery refuses to charge since it was full."""
        self._dt = 0.0
        self._end = self._mean = 0.0

    @property
    def soc_percent(self) -> float:
        """State of charge, 0–100."""
        return 100.0 * self.energy_wh / self.spec.capacity_wh

    def command(self, lo_w: float = -inf, hi_w: float = inf, follow: bool = True) -> None:
        """Limit the AC power (+ discharge). Without arguments, the battery returns to its own control."""
        self.lo_w, self.hi_w, self.follow = lo_w, hi_w, follow
        self.terminal_w = None

    def command_terminals(self, power_w: float) -> None:
        """Set the power of the battery alone in W (+ discharge). Its DC PV is not limited."""
        self.command()
        self.terminal_w = power_w

    def limits_w(self) -> tuple[float, float]:
        """The powers that the battery allows at its terminals now: (≤ 0 charging, ≥ 0 discharging)."""
        lo = -self.spec.max_charge_w if self.energy_wh < self.spec.capacity_wh and not self.full else 0.0
        hi = self.spec.max_discharge_w if self.energy_wh > self.floor_wh else 0.0
        return lo, hi

    def step(self, dt: float, net_w: float, dc_pv_w: float = 0.0) -> float:
        """Step by `dt` s. `net_w` is the missing power of the house at the AC side. Returns the mean AC power in W.

        `dc_pv_w` is the PV on the DC side. The lag is integrated exactly, so that steps of 1 s and of 10 s give the
        same energy.
        """
        spec = self.spec
        if dt != self._dt:
            self._dt = dt
            self._end = exp(-dt / spec.lag_s) if spec.lag_s > 0.0 else 0.0
            self._mean = (1.0 - self._end) * spec.lag_s / dt
        energy = self.energy_wh
        per_h = 3600.0 / dt
        charge = min(spec.max_charge_w, (spec.capacity_wh - energy) / spec.charge_efficiency * per_h)
        discharge = min(spec.max_discharge_w, max(0.0, (energy - self.floor_wh) * spec.discharge_efficiency * per_h))
        if spec.recharge_soc_percent < 100.0:
            self.full = energy >= FULL * spec.capacity_wh or (
                self.full and energy >= spec.recharge_soc_percent / 100.0 * spec.capacity_wh
            )
            charge = 0.0 if self.full else charge
        hi = min(self.hi_w, spec.max_apparent_w)
        want = max(self.lo_w, min(hi, net_w if self.follow else 0.0))
        if dc_pv_w > 0.0:
            # PV power that neither AC nor the battery can take is curtailed.
            self.curtailed_w = max(0.0, dc_pv_w - charge - max(hi, 0.0))
            dc_pv_w -= self.curtailed_w
            want -= dc_pv_w
        elif self.curtailed_w:
            self.curtailed_w = 0.0
        if self.terminal_w is not None:
            want = min(self.terminal_w, spec.max_apparent_w - dc_pv_w)
        self.dc_pv_w = dc_pv_w
        want = max(-charge, min(discharge, want))

        gap = self.power_w - want
        mean = max(-charge, min(discharge, want + gap * self._mean))
        self.power_w = max(-charge, min(discharge, want + gap * self._end))
        if mean >= 0.0:
            self.energy_wh = energy - mean / per_h / spec.discharge_efficiency
            self.discharged_wh += mean / per_h
        else:
            self.energy_wh = energy - mean / per_h * spec.charge_efficiency
            self.charged_wh -= mean / per_h
        self.ac_w = self.power_w + dc_pv_w
        return mean + dc_pv_w
