"""A threshold controller with the documented behavior of evcc, to compare with on the same plant.

It follows https://docs.evcc.io: mode `pv`, one charger with automatic phase switching, current steps of 0.1 A. Charging
is enabled if the grid power is below a threshold for a delay, and disabled if it is above another one for another
delay. The same two delays apply to phase switching: up if 6 A on three phases fit, down if they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

V = 230.0
MIN_A, MAX_A = 6.0, 16.0
STEP_A = 0.1
TOLERANCE_A = 2.0
"""The effective current is the offered one, or the measured one plus this if a car stays below the offer."""


@dataclass(frozen=True)
class Thresholds:
    """The settings of a loadpoint. Thresholds are grid power in W, positive = import."""

    interval_s: float = 30.0
    enable_w: float = 0.0
    """0: enough surplus for 6 A."""
    enable_s: float = 60.0
    disable_w: float = 0.0
    disable_s: float = 180.0


SETTINGS: Mapping[str, Thresholds] = {
    "evcc default": Thresholds(),
    "evcc tuned": Thresholds(10.0, -690.0, 20.0, 690.0, 120.0),
    "evcc without delay": Thresholds(10.0, -690.0, 1.0, 690.0, 10.0),
}
"""As installed; with the best settings at about equal starts; and with the best settings at any number of starts."""


@dataclass
class ThresholdController:
    """The controller behind the plant's interface: `.interval` and `.step(t, m) -> (phases, amps)`."""

    settings: Thresholds
    switchable: bool = True
    phases: int = 1
    amps: float = 0.0
    writes: int = 0
    _pv_since: float | None = None
    _phase_since: float | None = None
    interval: float = field(init=False)

    def __post_init__(self) -> None:
        self.interval = self.settings.interval_s

    def step(self, t: int, m: dict[str, Any]) -> tuple[int, float]:
        """The phases and the current from now on. 0 A: disabled."""
        before = (self.phases, self.amps)
        charging = bool(m["charging"])
        site_w = float(m["grid"])
        effective_a = min(float(m["ev_a"]) + TOLERANCE_A, self.amps) if charging else 0.0
        if self.switchable:
            effective_a = self._scale(t, site_w, float(m["ev_w"]), charging, effective_a)
        amps = self._current_a(t, site_w, max(0.0, effective_a - site_w / V / self.phases))
        self.amps = int(amps / STEP_A + 1e-6) * STEP_A
        self.writes += (self.phases, self.amps) != before
        return self.phases, self.amps

    def _scale(self, t: int, site_w: float, ev_w: float, charging: bool, effective_a: float) -> float:
        """Switch the phases if their delay is over. Returns the present current in terms of the new phases."""
        available_w = ev_w - site_w
        down = self.phases == 3 and available_w < 3 * V * MIN_A and (site_w > 0.0 or self.amps == 0.0)
        up = self.phases == 1 and available_w >= 3 * V * MIN_A and available_w > V * MAX_A
        if not down and not up:
            self._phase_since = None
            return effective_a
        if self._phase_since is None:
            self._phase_since = float(t)
        if charging and t - self._phase_since < (self.settings.disable_s if down else self.settings.enable_s):
            return effective_a
        self._phase_since = None
        self.phases = 1 if down else 3
        return effective_a / 3.0 if up else effective_a

    def _current_a(self, t: int, site_w: float, target_a: float) -> float:
        """The current after the delays of enabling and disabling."""
        settings, enabled = self.settings, self.amps > 0.0
        if enabled and target_a < MIN_A:
            projected_w = site_w - (V * MIN_A * (self.phases - 1) if self._phase_since is not None else 0.0)
            over = self._elapsed(t, projected_w >= settings.disable_w, settings.disable_s)
            return 0.0 if over else MIN_A
        if not enabled:
            low = target_a >= MIN_A if settings.enable_w == 0.0 else site_w <= settings.enable_w
            return MIN_A if self._elapsed(t, low, settings.enable_s) else 0.0
        self._pv_since = None
        return min(target_a, MAX_A)

    def _elapsed(self, t: int, holds: bool, delay_s: float) -> bool:
        """Whether the condition has held for the delay. The timer restarts if it does not hold, or has elapsed."""
        if not holds:
            self._pv_since = None
            return False
        if self._pv_since is None:
            self._pv_since = float(t)
        if t - self._pv_since < delay_s:
            return False
        self._pv_since = None
        return True
