"""The controller's parameters, with physical names, units, and defaults that need no tuning."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.control.budget import Allowance


@dataclass(frozen=True, slots=True)
class FollowParams:
    """The parameters for following the surplus: when a charger starts, stops, and switches phases.

    The mode changes when its expected advantage brings more than the change costs. The expectation mixes the advantage
    of the last seconds with its averages over two and ten minutes. The slow average gets the remaining weight. The
    values come from real one-minute traces. Every optimum is flat: 0.7 to 1.4 times a value costs less than half a
    percent.
    """

    lag_gain: float = 0.5
    """Proportional gain of the PID on the power that the car will lack or have too much when a write of now takes
    effect. The car reaches its power sooner, because the offer goes beyond it for some seconds. 0: off."""
    lookahead_s: float = 10.0
    """Extrapolation of the PV ramp for a usual car: the age of the reading, the dead time and lag of the car, and half
    a tick. It follows the pace of the car. Only the part of a ramp that came true in the last minutes is followed."""
    ramp_s: float = 8.0
    """Smoothing of the PV slope."""
    trim_ti_s: float = 300.0
    """Integral time of the PID that corrects the error of the car model."""
    trim_limit_w: float = 150.0
    """Largest integral of that PID."""
    now_s: float = 10.0
    """Time constant of the present advantage. It removes the noise of some seconds."""
    fast_s: float = 120.0
    """Time constant of the fast average. It covers a passing cloud."""
    slow_s: float = 600.0
    """Time constant of the slow average. It covers the weather of the hour."""
    on_now: float = 0.55
    """Start and stop: weight of the present advantage."""
    on_fast: float = 0.35
    """Start and stop: weight of the fast average."""
    phase_now: float = 0.30
    """Phase switching: weight of the present advantage. It is smaller, because a switch costs more."""
    phase_fast: float = 0.23
    """Phase switching: weight of the fast average."""
    start_cost_ct: float = 1.0
    """Wear of a start and its stop. A charger for 1000 € with contactors for 100,000 operations loses 1 ct each."""
    switch_cost_ct: float = 1.0
    """Wear of a phase switch. The pause during the switch is counted besides."""
    surplus_value_ct: float = 22.0
    """Value of a kWh of surplus in the car: what it replaces, minus the payment for feeding it in. If it is not set,
    it comes from the prices under `tariff`."""
    lasts_s: float = 720.0
    """How long an expected advantage usually lasts. A change pays if it brings its cost in this time. It lasts for a
    shorter time under broken clouds, and for a longer time in steady sun."""
    phase_turns: float = 3.7
    """Number of times in half an hour that the better number of phases changes, at which a switch lasts for
    `lasts_s`."""
    on_turns: float = 2.2
    """Number of times in half an hour that running begins or ceases to pay, at which a start lasts for `lasts_s`."""
    least_on_s: float = 185.0
    """Shortest time of charging after a start, if this causes no import on purpose. With `grid_share: 0` the surplus
    must cover it."""
    dwell_s: float = 30.0
    """Shortest time in a mode."""


RESUMES = Allowance(per_hour=4, per_day=24, spacing_s=20.0)
"""Starts after a stop that a missing reading has caused, beside the other starts."""


@dataclass(frozen=True, slots=True)
class Params:
    """The settings under `control:`."""

    tick_s: float = 5.0
    """Interval between decisions, in s."""
    follow_tick_s: float = 2.0
    """Interval between decisions while a car follows the surplus, in s. A longer one than `tick_s` has no effect."""
    grid_share: float = 0.5
    """Largest part of the car's power at 6 A that may come from the grid, 0–0.9. 0: no import on purpose. 0.5: a kWh
    from the grid costs as much as a kWh of surplus is worth. A rule can claim it."""
    grid_share_by_price: bool = False
    """Whether the share follows the prices of the moment: import, feed-in, and alternative. `grid_share` applies while
    one of them is unknown. It is on by itself if `prices` gives prices that change, and all three are set."""
    grid_target_w: float = 0.0
    """Target of the grid power. A negative value keeps a margin of grid export."""
    high_voltage_v: float = 253.0
    """Voltage at which a power limit must still hold. EN 50160 allows 230 V + 10 %."""
    charger_lease_s: float = 60.0
    """How long a charger may charge on the last decision."""
    battery_full_percent: float = 99.5
    """From this state of charge, no surplus is reserved for the battery. The reserve shrinks over the two percentage
    points before."""
    battery_reserved_w: float | None = None
    """Surplus that is reserved for the battery while it has priority. None: all that the battery can take."""
    battery_buffer_wh: float = 100.0
    """Energy that the batteries may supply to the cars during a cloud. After it their discharge is limited to the
    home's need. Later surplus must return the energy first. 0: the batteries never supply the cars."""
    bound_deadband_w: float = 100.0
    """Change of a battery's discharge limit that causes a write."""
    bound_linger_s: float = 120.0
    """Time for which the discharge limit stays after the car last drew more than the surplus."""
    switches: Allowance = Allowance(per_hour=8, per_day=32, spacing_s=30.0)
    """Largest number of phase switches per charger, for any cause."""
    starts: Allowance = Allowance(per_hour=12, per_day=48, spacing_s=20.0)
    """Largest number of starts per charger. Each start is a relay operation of charger and car."""
    reserved_starts: Allowance = Allowance(per_hour=2, per_day=8)
    """The part of `starts` that only the owner's wish may use: `fast`, or an override by hand."""
    follow: FollowParams = FollowParams()

    @property
    def surplus_starts(self) -> Allowance:
        """The starts that remain for the surplus."""
        starts, reserved = self.starts, self.reserved_starts
        per_hour = max(min(1, starts.per_hour), starts.per_hour - reserved.per_hour)
        per_day = max(min(1, starts.per_day), starts.per_day - reserved.per_day)
        return Allowance(per_hour, per_day, starts.spacing_s)
