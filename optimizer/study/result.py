"""Result: what one simulated period brought, in figures and in quarter hours."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SLOT_S = 900.0
"""Length of the stretches that a result keeps; plots and differences are made of them."""
COLUMNS = ("pv_wh", "home_wh", "ev_wh", "import_wh", "export_wh", "ev_grid_wh", "battery_wh", "cost_ct", "soc_percent")
"""battery_wh: + discharge; ev_grid_wh: import with the cars minus import without them (negative while a battery gets
back what the cars took from it); soc_percent: of all batteries at the end of the slot. NaN: not simulated."""


Words = tuple[tuple[str, str, float | str], ...]
"""(target, rule, value) of every target that a rule won or limited, by target; of a limit the target is `limit …`."""


@dataclass(slots=True)
class RuleShare:
    """What happened while one rule had the word on a charger's mode."""

    seconds: float = 0.0
    ev_wh: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """One period under one rule book. Energies in Wh, money in ct."""

    label: str
    start: datetime
    end: datetime
    """How far it came; the end of the series unless it was stopped."""
    complete: bool
    ticks: int
    tick_s: float
    skipped_s: float
    """Time left out because PV or load were unknown."""
    pv_wh: float
    home_wh: float
    ev_wh: float
    ev_grid_wh: float
    """Import with the cars minus import without them; what the batteries then lack counts as import to come."""
    ev_drained_wh: float
    """What the cars took while a house battery supplied it."""
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
    elsewhere_ct: float | None
    """Price of a kWh for the car elsewhere; None where it is not known."""
    starts: int
    switches: int
    writes: Mapping[str, int]
    """By kind: current, pause, release, phases, energy_limit, battery."""
    visits: int
    """Visits of the cars that ended with a trip."""
    waits_h: tuple[float, ...]
    """Hours from arrival until the car had what it needed, of the visits in which it got that."""
    shortfall_wh: float
    """What the cars had to charge elsewhere to make their trips, as energy at a charger's meter."""
    rules: Mapping[str, RuleShare]
    slots: Mapping[str, array[float]]
    """By COLUMNS, one value per SLOT_S from `start` on."""
    slot_rules: array[int]
    """Index in `rule_names` of the rule that had the word on the first charger's mode at the end of each slot."""
    rule_names: tuple[str, ...]
    slot_words: array[int]
    """Index in `words` of all that the rules had to say at the end of each slot."""
    words: tuple[Words, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def ev_battery_wh(self) -> float:
        """The cars' energy out of a battery that nothing from the grid had to replace."""
        return max(0.0, min(self.ev_drained_wh, self.ev_wh - self.ev_grid_wh))

    @property
    def ev_surplus_wh(self) -> float:
        """The cars' energy straight from the roof."""
        return self.ev_wh - self.ev_grid_wh - self.ev_battery_wh

    @property
    def self_consumption(self) -> float | None:
        """Part (0–1) of the PV energy that was not exported; None without any."""
        return None if self.pv_wh <= 0.0 else 1.0 - self.export_wh / self.pv_wh

    @property
    def autarky(self) -> float | None:
        """Part (0–1) of the consumption that was not imported; None without any."""
        used_wh = self.home_wh + self.ev_wh
        return None if used_wh <= 0.0 else max(0.0, 1.0 - self.import_wh / used_wh)

    @property
    def cycles(self) -> float:
        """Full battery cycles."""
        return 0.0 if self.battery_wh <= 0.0 else self.throughput_wh / 2.0 / self.battery_wh

    @property
    def stored_ct(self) -> float | None:
        """What a kWh in a battery is settled at: midway between import and feed-in; None without prices."""
        return None if self.mean_import_ct is None else (self.mean_import_ct + self.feed_in_ct) / 2.0

    @property
    def car_ct(self) -> float | None:
        """What a kWh at a charger's meter is settled at: its price elsewhere, else the mean of import."""
        return self.mean_import_ct if self.elsewhere_ct is None else self.elsewhere_ct

    @property
    def ev_cost_ct(self) -> float | None:
        """What the cars' energy cost: the bill with them minus the bill without them, and what the batteries hold less
        because of them, settled; None without prices."""
        stored_ct = self.stored_ct
        if self.cost_ct is None or self.cost_without_ct is None or stored_ct is None:
            return None
        owed_wh = self.stored_without_wh - self.stored_wh[1]
        return self.cost_ct - self.cost_without_ct + owed_wh * stored_ct / 1e3

    @property
    def total_cost_ct(self) -> float | None:
        """The bill, what the cars charged elsewhere, and the energy in the batteries, settled.

        So two results over one period compare, although one leaves the car or the battery fuller.
        """
        stored_ct, car_ct = self.stored_ct, self.car_ct
        if self.cost_ct is None or stored_ct is None or car_ct is None:
            return None
        battery_wh = self.stored_wh[1] - self.stored_wh[0]
        car_wh = self.car_wh[1] - self.car_wh[0]
        return self.cost_ct + ((self.shortfall_wh - car_wh) * car_ct - battery_wh * stored_ct) / 1e3

    @property
    def without_car_ct(self) -> float | None:
        """What `total_cost_ct` would be had the cars charged elsewhere only: from there any saving is counted."""
        stored_ct, car_ct = self.stored_ct, self.car_ct
        if self.cost_without_ct is None or stored_ct is None or car_ct is None:
            return None
        driven_wh = self.ev_wh + self.shortfall_wh - (self.car_wh[1] - self.car_wh[0])
        battery_wh = self.stored_without_wh - self.stored_wh[0]
        return self.cost_without_ct + (driven_wh * car_ct - battery_wh * stored_ct) / 1e3

    @property
    def days(self) -> float:
        """Simulated days, without what was left out."""
        return self.ticks * self.tick_s / 86400.0

    def slot_time(self, slot: int) -> datetime:
        """Aware UTC start of a slot."""
        return self.start + timedelta(seconds=slot * SLOT_S)
