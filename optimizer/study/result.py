"""Result: what one simulated period brought, in figures and in quarter hours."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SLOT_S = 900.0
"""Length of the slots that a result keeps. Plots and differences use them."""
COLUMNS = ("pv_wh", "home_wh", "ev_wh", "import_wh", "export_wh", "ev_grid_wh", "battery_wh", "cost_ct", "soc_percent")
"""battery_wh: + discharge; ev_grid_wh: import with the cars minus import without them (negative while a battery gets
back what the cars took from it); soc_percent: of all batteries at the end of the slot. NaN: not simulated."""


Words = tuple[tuple[str, str, float | str], ...]
"""(target, rule, value) of every claim and limit in force, by target; the target of a limit is `limit …`."""


@dataclass(slots=True)
class RuleShare:
    """Energies and counts while one rule claimed the mode of a charger."""

    seconds: float = 0.0
    ev_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class LoadShare:
    """The energy, time on, and starts of one switchable load."""

    energy_wh: float
    on_s: float
    starts: int


@dataclass(frozen=True, slots=True)
class Result:
    """One period under one rule book. Energies in Wh, money in ct."""

    label: str
    start: datetime
    end: datetime
    """End of the simulated time: the end of the series, unless the run was stopped."""
    complete: bool
    ticks: int
    tick_s: float
    skipped_s: float
    """Time left out because PV or load were unknown."""
    pv_wh: float
    home_wh: float
    ev_wh: float
    ev_grid_wh: float
    """Import with the cars minus import without them. Energy missing in the batteries at the end counts as import."""
    ev_drained_wh: float
    """Energy that the cars took while a house battery supplied it."""
    import_wh: float
    export_wh: float
    import_without_wh: float
    """Of the same house without cars."""
    throughput_wh: float
    """Charged and discharged by all batteries."""
    battery_wh: float
    """Capacity of all batteries."""
    stored_wh: tuple[float, float]
    """In the batteries at the start and at the end."""
    stored_without_wh: float
    """In the batteries of the same house without cars, at the end."""
    car_wh: tuple[float, float]
    """In the cars at the start and at the end, as energy at a charger's meter."""
    cost_ct: float | None
    """Import minus payment for export; None without prices."""
    cost_without_ct: float | None
    """Of the same house without cars."""
    mean_import_ct: float | None
    """Mean price over the period."""
    feed_in_ct: float
    """Mean payment over the period."""
    elsewhere_ct: float | None
    """Price of a kWh for the car elsewhere; None if unknown."""
    starts: int
    switches: int
    writes: Mapping[str, int]
    """By kind: current, pause, release, phases, energy_limit, battery, switch."""
    visits: int
    """Visits of the cars that ended with a trip."""
    waits_h: tuple[float, ...]
    """Hours from arrival until the car had the energy that it needed, for the visits in which it got that."""
    shortfall_wh: float
    """Energy that the cars had to charge elsewhere for their trips, as energy at a charger's meter."""
    rules: Mapping[str, RuleShare]
    slots: Mapping[str, array[float]]
    """By COLUMNS, one value per SLOT_S from `start` on."""
    slot_rules: array[int]
    """Index in `rule_names` of the rule that claimed the first charger's mode at the end of each slot."""
    rule_names: tuple[str, ...]
    slot_words: array[int]
    """Index in `words` of all claims and limits at the end of each slot."""
    words: tuple[Words, ...]
    notes: tuple[str, ...] = field(default=())
    loads: Mapping[str, LoadShare] = field(default_factory=dict)
    """By name of the switchable load."""
    departures_met: int = 0
    """Departures with a goal at which the car was there and had its energy."""
    departures_missed: int = 0
    """Departures with a goal at which the car was there and lacked energy."""
    departures_lack_wh: float = 0.0
    """Energy at a charger that was missing at the missed departures."""
    schedules: int = 0
    """Schedules that were made."""

    @property
    def ev_battery_wh(self) -> float:
        """The cars' energy from a battery that no grid import had to replace."""
        return max(0.0, min(self.ev_drained_wh, self.ev_wh - self.ev_grid_wh))

    @property
    def ev_surplus_wh(self) -> float:
        """The cars' energy directly from PV."""
        return self.ev_wh - self.ev_grid_wh - self.ev_battery_wh

    @property
    def self_consumption(self) -> float | None:
        """Part (0–1) of the PV energy that was not exported; None without PV energy."""
        return None if self.pv_wh <= 0.0 else 1.0 - self.export_wh / self.pv_wh

    @property
    def autarky(self) -> float | None:
        """Part (0–1) of the consumption that was not imported; None without consumption."""
        used_wh = self.home_wh + self.ev_wh
        return None if used_wh <= 0.0 else max(0.0, 1.0 - self.import_wh / used_wh)

    @property
    def cycles(self) -> float:
        """Full battery cycles."""
        return 0.0 if self.battery_wh <= 0.0 else self.throughput_wh / 2.0 / self.battery_wh

    @property
    def stored_ct(self) -> float | None:
        """The settlement price of a kWh in a battery: the mean of import and feed-in; None without prices."""
        return None if self.mean_import_ct is None else (self.mean_import_ct + self.feed_in_ct) / 2.0

    @property
    def car_ct(self) -> float | None:
        """The settlement price of a kWh at a charger's meter: its price elsewhere, else the mean import price."""
        return self.mean_import_ct if self.elsewhere_ct is None else self.elsewhere_ct

    @property
    def ev_cost_ct(self) -> float | None:
        """The cost of the cars' energy; None without prices.

        It is the bill with the cars minus the bill without them, plus the settled energy that the batteries lack
        because of the cars.
        """
        stored_ct = self.stored_ct
        if self.cost_ct is None or self.cost_without_ct is None or stored_ct is None:
            return None
        owed_wh = self.stored_without_wh - self.stored_wh[1]
        return self.cost_ct - self.cost_without_ct + owed_wh * stored_ct / 1e3

    @property
    def total_cost_ct(self) -> float | None:
        """The bill, the cost of charging elsewhere, and the settled energy in cars and batteries.

        Two results over one period are thus comparable, even if one leaves the car or the battery fuller.
        """
        stored_ct, car_ct = self.stored_ct, self.car_ct
        if self.cost_ct is None or stored_ct is None or car_ct is None:
            return None
        battery_wh = self.stored_wh[1] - self.stored_wh[0]
        car_wh = self.car_wh[1] - self.car_wh[0]
        return self.cost_ct + ((self.shortfall_wh - car_wh) * car_ct - battery_wh * stored_ct) / 1e3

    @property
    def without_car_ct(self) -> float | None:
        """The `total_cost_ct` if the cars charged only elsewhere. Savings are counted from this value."""
        stored_ct, car_ct = self.stored_ct, self.car_ct
        if self.cost_without_ct is None or stored_ct is None or car_ct is None:
            return None
        driven_wh = self.ev_wh + self.shortfall_wh - (self.car_wh[1] - self.car_wh[0])
        battery_wh = self.stored_without_wh - self.stored_wh[0]
        return self.cost_without_ct + (driven_wh * car_ct - battery_wh * stored_ct) / 1e3

    @property
    def days(self) -> float:
        """Simulated days, without skipped time."""
        return self.ticks * self.tick_s / 86400.0

    def slot_time(self, slot: int) -> datetime:
        """Aware UTC start of a slot."""
        return self.start + timedelta(seconds=slot * SLOT_S)
