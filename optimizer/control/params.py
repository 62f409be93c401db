"""The controller's parameters: physical names and units, defaults that need no tuning."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.control.budget import Allowance


@dataclass(frozen=True, slots=True)
class FollowParams:
    """How the surplus is followed and when a charger starts, stops and switches phases.

    A change of mode is made when its expected advantage, in W, exceeds a price. The expectation blends the advantage
    of now with its averages over a few and over ten minutes; each weight left over goes to the slow one. Found on
    real one-minute traces; every optimum is flat: 0.7 to 1.4 times a value costs under half a percent.
    """

    lookahead_s: float = 10.0
    """How far the PV ramp is extrapolated: age of the reading, dead time and lag of the car, half a tick."""
    ramp_s: float = 8.0
    """Smoothing of the PV slope."""
    trim_ti_s: float = 300.0
    """Integral time of the PID that trims what the model of the car gets wrong."""
    trim_limit_w: float = 150.0
    """Largest output of that PID."""
    fast_s: float = 130.0
    """Averaging over a passing cloud."""
    slow_s: float = 600.0
    """Averaging over the character of the hour."""
    on_now: float = 0.50
    """Starting and stopping: weight of the advantage now …"""
    on_fast: float = 0.30
    """… and of its fast average."""
    phase_now: float = 0.21
    """One or three phases: weight of the advantage now. A switch costs more, so it looks longer …"""
    phase_fast: float = 0.30
    """… and of its fast average."""
    price_start_w: float = 320.0
    """Expected advantage that a start must bring."""
    price_stop_w: float = 300.0
    """Expected loss that makes it stop."""
    price_up_w: float = 950.0
    """Expected advantage of three phases over one that makes it switch up …"""
    price_down_w: float = 400.0
    """… and of one over three that makes it switch down."""
    dwell_s: float = 30.0
    """Shortest time in a mode."""
    starts_per_day: float = 200.0 / 30.0
    """Starts that may be used up on average. Prices rise as the allowance runs out."""
    switches_per_day: float = 155.0 / 30.0
    """Phase switches that may be used up on average."""
    budget_days: float = 20.0
    """Memory of that average: calm days leave more for cloudy ones."""


@dataclass(frozen=True, slots=True)
class Params:
    """Everything about control that an owner may set under `control:`."""

    tick_s: float = 5.0
    """Interval between decisions, in s."""
    grid_share: float = 0.5
    """Largest part of the car's power that may come from the grid while it runs at 6 A, 0–0.9; 0 = never on
    purpose. 0.5: a kWh bought costs as much as a kWh of surplus is worth. A rule may claim it."""
    grid_target_w: float = 0.0
    """Grid power that the controller aims at: negative keeps a margin of feed-in."""
    high_voltage_v: float = 253.0
    """Voltage at which a power limit must still hold: EN 50160 allows 230 V + 10 %."""
    charger_lease_s: float = 60.0
    """How long a charger may run on the last decision."""
    battery_full_percent: float = 99.5
    """From here on no surplus is kept back for the battery; over the two points before, less and less."""
    battery_reserved_w: float | None = None
    """Surplus kept for the battery while it has priority; None: all that it can take."""
    battery_buffer_wh: float = 100.0
    """What the batteries may lend the cars across a cloud before their discharge is bounded to the home's need;
    it is paid back by later surplus before it may be lent again. 0: never."""
    bound_deadband_w: float = 100.0
    """Change of a battery's discharge limit that causes a write."""
    bound_linger_s: float = 120.0
    """Time that the discharge limit stays after the car last took more than the surplus."""
    switches: Allowance = Allowance(per_hour=8, per_day=32, spacing_s=30.0)
    """Largest number of phase switches per charger, whatever the cause."""
    starts: Allowance = Allowance(per_hour=12, per_day=48, spacing_s=20.0)
    """Largest number of starts per charger. Each start is a relay operation of charger and car."""
    follow: FollowParams = FollowParams()
