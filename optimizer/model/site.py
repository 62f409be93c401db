"""Site: the constant data of the house that decisions use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MIN_CURRENT_A = 6.0
"""Smallest charging current (IEC 61851-1). Below it, a charger can only pause."""
MAX_CURRENT_A = 32.0
"""Largest current that an NRGkick accepts."""
CURRENT_STEP_A = 0.1
NOMINAL_VOLTAGE_V = 230.0


@dataclass(frozen=True, slots=True)
class ChargerSite:
    """One charger and its wiring."""

    name: str
    max_current_a: float = 16.0
    """The owner's limit. The charger's rating and connector may limit it further."""
    phase_map: tuple[int, ...] = (1, 2, 3)
    """House phase (1–3) of each charger phase. Its length is the number of wired phases."""
    can_switch_phases: bool = False
    write_interval_s: float = 10.0
    """Shortest time between two raises of the current."""
    settle_s: float = 13.0
    """Time until a car has followed a write."""
    priority: int = 0
    """The higher one gets the surplus first. Equal ones share it."""
    after_battery: bool = False
    """Whether it leaves the batteries their part while others come before them, and no rule claims the priority."""
    current_step_a: float = CURRENT_STEP_A
    """Resolution of the current: 0.1 A on NRGkick, 1 A on the GivEnergy charger."""
    car_min_current_a: float | None = None
    """Least current of the car. None: learned."""
    car_phases: int | None = None
    """Number of phases that the car uses (1–3). None: learned."""


@dataclass(frozen=True, slots=True)
class BatterySite:
    """One house battery, its wiring, and the abilities of its adapter."""

    name: str
    max_charge_w: float = 5000.0
    max_discharge_w: float = 5000.0
    floor_soc_percent: float = 10.0
    """The service never forces a discharge below this."""
    capacity_wh: float | None = None
    """Usable capacity from the settings, Wh. It is used while the device reports none. None: not set."""
    controllable: bool = True
    can_bound_discharge: bool = True
    """Whether its own control accepts a discharge limit (FEMS does, GivTCP does not)."""
    resolution_w: float = 1.0
    """Setpoints are multiples of this."""
    min_interval_s: float = 0.0
    """Shortest time between two changes of its setpoint."""
    lease_s: float = 60.0
    """How long one decision keeps its setpoint in force."""
    phases: int = 3
    """Number of house phases of its inverter. `phase_map` determines it if it is set."""
    phase_map: tuple[int, ...] = ()
    """House phases (1–3) of its inverter. Empty: unknown. An inverter on fewer than three phases can then be on any."""

    def __post_init__(self) -> None:
        if self.phase_map:
            object.__setattr__(self, "phases", len(self.phase_map))
        elif self.phases >= 3:
            object.__setattr__(self, "phase_map", (1, 2, 3))


@dataclass(frozen=True, slots=True)
class SwitchSite:
    """One switchable load, its wiring, and what its relay and its appliance tolerate."""

    name: str
    power_w: float = 1000.0
    """Largest power of the load. The guard counts it."""
    phase_map: tuple[int, ...] = ()
    """House phases (1–3) of the load. Empty: one unknown phase."""
    min_on_s: float = 300.0
    """Shortest time on. Only the guard of the fuses and dimming end it earlier."""
    min_off_s: float = 300.0
    """Shortest time off."""
    starts_per_hour: int = 6
    starts_per_day: int = 30
    """Largest number of times that it is switched on."""
    priority: int = -1
    """Its place in the surplus. Chargers have such a number too. The higher one gets the surplus first."""
    before_battery: bool = False
    """Whether it also uses the surplus that is reserved for batteries."""
    after_battery: bool = False
    """Whether it leaves the batteries their part also while the cars come before them."""
    start_w: float = 1000.0
    """Surplus from which it is switched on in the mode `surplus`."""
    stop_w: float = 500.0
    """Surplus, with its own power counted as available, below which it is switched off."""
    delay_s: float = 60.0
    """How long the surplus must be above `start_w` or below `stop_w`."""
    settle_s: float = 15.0
    """Time after a write until its power is measured."""
    lease_s: float = 60.0
    """How long one decision keeps it on."""

    @property
    def current_a(self) -> tuple[float, float, float]:
        """Its largest current on L1..L3, A. One of unknown phase counts on each."""
        phases = self.phase_map or (1, 2, 3)
        amps = self.power_w / (NOMINAL_VOLTAGE_V * max(1, len(self.phase_map)))
        first, second, third = (amps if phase in phases else 0.0 for phase in (1, 2, 3))
        return first, second, third


@dataclass(frozen=True, slots=True)
class Site:
    """The house: its fuse, time zone, and devices."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    fuse_a: float = 35.0
    """Limit of each phase at the grid connection."""
    house_max_a: float = 16.0
    """Current reserved for the house on each phase without a measurement."""
    unbalance_a: float | None = None
    """Largest load on fewer than three phases, per phase (20 A in Germany, 16 A in Austria). None: no limit."""
    dimmed_w: float = 4200.0
    """Grid power that controllable loads may draw while dimmed (§14a EnWG)."""
    chargers: Mapping[str, ChargerSite] = field(default_factory=dict)
    batteries: Mapping[str, BatterySite] = field(default_factory=dict)
    switches: Mapping[str, SwitchSite] = field(default_factory=dict)
    cars_first: bool = False
    """Whether the cars come before the batteries if no rule claims `surplus.priority`."""
    grid_delay_s: float | None = None
    """The delay of the grid meter: how old its value is when it is read, in s. None: learned."""
    grid_max_age_s: float = 15.0
    latitude: float | None = None
    """Degrees, + north. None: not set."""
    longitude: float | None = None
    """Degrees, + east. None: not set."""
    holidays: frozenset[int] = frozenset()
    """Public holidays as `date.toordinal` counts days. Empty: not set."""
