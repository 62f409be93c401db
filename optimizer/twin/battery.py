"""A house battery with its own self-consumption controller, AC-coupled or behind a hybrid inverter."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

FULL = 0.999
"""Share of its capacity from which a battery with a hysteresis counts as full."""


@dataclass(frozen=True, slots=True)
class BatterySpec:
    """One battery as it is built. Powers at its terminals, ≥ 0."""

    name: str = "cellar"
    capacity_wh: float = 10_000.0
    max_charge_w: float = 5_000.0
    max_discharge_w: float = 5_000.0
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    initial_soc_percent: float = 30.0
    floor_soc_percent: float = 0.0
    """SoC under which the battery itself stops discharging."""
    recharge_soc_percent: float = 100.0
    """A full battery takes no charge until its SoC is below this."""
    lag_s: float = 2.0
    """Time constant with which its power follows."""
    max_apparent_w: float = 10_000.0
    """Largest AC power of its inverter."""
    dc_pv_share: float = 0.0
    """Part (0–1) of the roof that sits on this battery's hybrid inverter; 0 = AC-coupled."""
    phase_map: tuple[int, ...] = (1, 2, 3)
    """The house's phases that its inverter sits on."""


class Battery:
    """State and motion of one battery.

    A controller may bound its AC power by `lo_w` and `hi_w` (+ discharge; equal bounds are a
    setpoint) and may stop it following the house (`follow`). Within the bounds it serves the house.
    A controller may also set the power of the battery alone (`terminal_w`): PV then leaves by AC as it comes.
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
        """Of the battery alone, + discharge."""
        self.ac_w = 0.0
        """At the AC side: with the PV of a hybrid inverter."""
        self.dc_pv_w = 0.0
        """PV on its DC side, after curtailment."""
        self.curtailed_w = 0.0
        self.charged_wh = 0.0
        self.discharged_wh = 0.0
        self.lo_w = -inf
        self.hi_w = inf
        self.follow = True
        self.terminal_w: float | None = None
        self.full = False
        """Whether its management refuses charge since it was full."""
        self._dt = 0.0
        self._end = self._mean = 0.0

    @property
    def soc_percent(self) -> float:
        """State of charge, 0–100."""
        return 100.0 * self.energy_wh / self.spec.capacity_wh

    def command(self, lo_w: float = -inf, hi_w: float = inf, follow: bool = True) -> None:
        """Bound the AC power (+ discharge); without arguments: free again, on its own controller."""
        self.lo_w, self.hi_w, self.follow = lo_w, hi_w, follow
        self.terminal_w = None

    def command_terminals(self, power_w: float) -> None:
        """Set the power of the battery alone in W (+ discharge); its DC PV is not limited."""
        self.command()
        self.terminal_w = power_w

    def limits_w(self) -> tuple[float, float]:
        """What the battery itself allows at its terminals now: (≤ 0 charging, ≥ 0 discharging)."""
        lo = -self.spec.max_charge_w if self.energy_wh < self.spec.capacity_wh and not self.full else 0.0
        hi = self.spec.max_discharge_w if self.energy_wh > self.floor_wh else 0.0
        return lo, hi

    def step(self, dt: float, net_w: float, dc_pv_w: float = 0.0) -> float:
        """Move on by `dt` s against `net_w`, what the house lacks at the AC side; returns the mean AC power in W.

        `dc_pv_w` is the PV on the DC side. The lag is integrated exactly, so that steps of 1 s and of
        10 s move the same energy.
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
            # What may neither leave by AC nor enter the battery stays on the roof.
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
