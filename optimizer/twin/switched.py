"""A switchable load in the simulated house: a relay, a thermostat, and a power."""

from __future__ import annotations

from dataclasses import dataclass

REHEAT = 0.9
"""Part of the tank below which its thermostat closes."""


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """One load."""

    name: str
    power_w: float = 2000.0
    phase: int = 1
    """The phase of the house, 1–3."""
    tank_wh: float | None = None
    """Heat that it stores until its thermostat opens. None: it has no thermostat of its own."""
    loss_w: float = 100.0
    """Mean heat that is used from the tank."""


class SwitchedLoad:
    """The state of one load."""

    __slots__ = ("closed", "energy_wh", "on", "operations", "spec", "stored_wh", "timer_s")

    def __init__(self, spec: LoadSpec) -> None:
        self.spec = spec
        self.on = False
        self.closed = True
        """Whether its thermostat lets it draw."""
        self.timer_s: float | None = None
        """Seconds until it switches off by itself. None: no timer runs."""
        self.energy_wh = 0.0
        self.stored_wh = 0.0
        self.operations = 0
        """How often it was switched on."""

    @property
    def power_w(self) -> float:
        """Its present power, W."""
        return self.spec.power_w if self.on and self.closed else 0.0

    def switch(self, on: bool, timer_s: float | None = None) -> None:
        """Switch it. `timer_s` switches it off by itself."""
        self.operations += on and not self.on
        self.on, self.timer_s = on, timer_s if on else None

    def step(self, dt: float) -> float:
        """Step by `dt` s. Returns its power."""
        power_w = self.power_w
        self.energy_wh += power_w * dt / 3600.0
        if self.spec.tank_wh is not None:
            self._heat(power_w * dt / 3600.0, self.spec.tank_wh, dt)
        if self.timer_s is not None:
            self.timer_s -= dt
            if self.timer_s <= 0.0:
                self.switch(False)
        return power_w

    def _heat(self, energy_wh: float, tank_wh: float, dt: float) -> None:
        """The thermostat opens at a full tank, and closes when a tenth is used."""
        self.stored_wh = max(0.0, self.stored_wh + energy_wh - self.spec.loss_w * dt / 3600.0)
        if self.stored_wh >= tank_wh:
            self.closed = False
        elif self.stored_wh <= REHEAT * tank_wh:
            self.closed = True
