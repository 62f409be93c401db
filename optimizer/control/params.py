"""The controller's parameters: physical names and units, defaults that need no tuning."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.control.budget import Allowance


@dataclass(frozen=True, slots=True)
class Params:
    """Everything about control that an owner may set under `control:`."""

    tick_s: float = 5.0
    """Cadence of decisions, in s."""
    grid_share: float = 0.5
    """Largest part of the car's power that may come from the grid while it runs at 6 A, 0–0.9; 0 = never on
    purpose. 0.5: a kWh bought costs as much as a kWh of surplus is worth. A rule may claim it."""
    grid_target_w: float = 0.0
    """Grid power that the controller aims at: negative keeps a margin of feed-in."""
    high_voltage_v: float = 253.0
    """Voltage at which a power limit must still hold: EN 50160 allows 230 V + 10 %."""
    charger_lease_s: float = 60.0
    """How long a charger may run on the last decision."""
    battery_full_percent: float = 99.0
    """From here on the battery takes what it takes, and no surplus is kept back for it."""
    battery_reserved_w: float | None = None
    """Surplus kept for the battery while it has priority; None: all that it can take."""
    bound_deadband_w: float = 100.0
    """A bound on the battery's discharge is rewritten when it moves by this much."""
    bound_linger_s: float = 120.0
    """The bound stays this long after the car last took more than the surplus."""
    switches: Allowance = Allowance(per_hour=6, per_day=16, spacing_s=300.0)
    """Phase switches per charger."""
    starts: Allowance = Allowance(per_hour=8, per_day=24, spacing_s=60.0)
    """Starts per charger: each is a relay operation of charger and car."""
