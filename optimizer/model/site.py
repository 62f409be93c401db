"""Site: what does not change while the service runs, as far as decisions depend on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MIN_CURRENT_A = 6.0
"""IEC 61851-1: below 6 A a charger can only pause."""
MAX_CURRENT_A = 32.0
"""The largest current that an NRGkick accepts."""
CURRENT_STEP_A = 0.1
NOMINAL_VOLTAGE_V = 230.0


@dataclass(frozen=True, slots=True)
class ChargerSite:
    """One charger as it is wired."""

    name: str
    max_current_a: float = 16.0
    """The owner's ceiling; the charger's own rating and connector come on top of it."""
    phase_map: tuple[int, ...] = (1, 2, 3)
    """House phase (1–3) behind each charger phase; its length is the number of wired phases."""
    can_switch_phases: bool = False
    write_interval_s: float = 10.0
    """Least time between two writes of the current."""
    settle_s: float = 13.0
    """Time until a car has followed a write."""
    priority: int = 0
    """Higher is served first when several chargers share one surplus; equal ones share."""
    current_step_a: float = CURRENT_STEP_A
    """Resolution of the current: 0.1 A on NRGkick, 1 A on the GivEnergy charger."""


@dataclass(frozen=True, slots=True)
class BatterySite:
    """One house battery as it is wired, and what its adapter says it can do."""

    name: str
    max_charge_w: float = 5000.0
    max_discharge_w: float = 5000.0
    floor_soc_percent: float = 10.0
    """We never discharge it under this."""
    capacity_wh: float | None = None
    """Usable capacity in Wh as the owner gives it; used while the device reports none. None: not given."""
    controllable: bool = True
    can_bound_discharge: bool = True
    """Whether it can run on its own within a discharge limit that we set (FEMS can, GivTCP cannot)."""
    resolution_w: float = 1.0
    """Setpoints are multiples of it."""
    min_interval_s: float = 0.0
    """Least time between two changes of its setpoint."""
    lease_s: float = 60.0
    """How long one decision may stand behind its setpoint."""
    phases: int = 3
    """On how many of the house's phases its inverter sits; follows from `phase_map` where that is given."""
    phase_map: tuple[int, ...] = ()
    """The house's phases (1–3) that its inverter sits on. Empty: not known; then one of fewer than three phases may sit
    on any of them."""

    def __post_init__(self) -> None:
        if self.phase_map:
            object.__setattr__(self, "phases", len(self.phase_map))
        elif self.phases >= 3:
            object.__setattr__(self, "phase_map", (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Site:
    """The house: fuse, zone and devices."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    fuse_a: float = 35.0
    """Limit of each phase at the grid connection."""
    house_max_a: float = 16.0
    """Reserved for the house on each phase where it is not measured."""
    unbalance_a: float | None = None
    """Largest load on fewer than three phases, per phase (20 A in Germany, 16 A in Austria); None: no such rule."""
    dimmed_w: float = 4200.0
    """Grid power allowed to controllable loads while dimmed (§14a EnWG)."""
    chargers: Mapping[str, ChargerSite] = field(default_factory=dict)
    batteries: Mapping[str, BatterySite] = field(default_factory=dict)
    grid_max_age_s: float = 15.0
