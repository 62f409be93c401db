"""Fields: the table of everything that rules can see, and how each is taken from a State.

`ev.power_w` is the only or the first charger, `ev.carport.power_w` a named one. `battery.soc` and `pv.power_w`
are over all batteries and PV systems, `battery.cellar.soc` and `pv.roof.power_w` a named one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from optimizer.model.kinds import (
    BOOL,
    CLOCK,
    CURRENT,
    ENERGY,
    EV_MODE,
    EV_STATUS,
    MONTH,
    NUMBER,
    PERCENT,
    POWER,
    PRICE,
    WEEKDAY,
    Kind,
    Value,
)
from optimizer.model.reading import Reading
from optimizer.model.state import Battery, Ev, EvStatus, State

Family = Literal["ev", "battery", "pv"]
"""Kinds of devices that may exist several times."""
FAMILIES: Mapping[Family, str] = {"ev": "charger", "battery": "battery", "pv": "PV system"}
"""What an owner calls one of each."""
INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """The names that an owner has given to the devices, in configured order."""

    evs: tuple[str, ...] = ()
    batteries: tuple[str, ...] = ()
    pvs: tuple[str, ...] = ()

    def of(self, family: Family) -> tuple[str, ...]:
        """The names of one family."""
        if family == "ev":
            return self.evs
        return self.batteries if family == "battery" else self.pvs


Getter = Callable[[State, str], Value | None]
"""(State, device name; "" = all or none) -> value, or None while unknown."""
Parts = Callable[[State, str], Iterable[Reading[Any]]]
"""(State, device name) -> the readings that the value is made of: the first unknown one says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that rules can see."""

    name: str
    """Without a device: `ev.power_w`."""
    kind: Kind
    meaning: str
    unknown_when: str
    get: Getter
    parts: Parts
    family: Family | None = None
    low: float = -INFINITY
    """Smallest value that there is, in the kind's base unit."""
    high: float = INFINITY

    @property
    def range_text(self) -> str:
        """`0% to 100%`; empty where everything is possible."""
        if self.low == -INFINITY and self.high == INFINITY:
            return ""
        show = self.kind.show
        return f"{show(self.low)} or more" if self.high == INFINITY else f"{show(self.low)} to {show(self.high)}"


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of one device, as a rule names it."""

    field: Field
    device: str
    """The device's name; "" for the sum, for what belongs to no device, and where none is configured."""

    @property
    def name(self) -> str:
        """The canonical name: `ev.carport.power_w`, `battery.soc`."""
        return qualified(self.field.name, self.device)

    def value(self, state: State) -> Value | None:
        """The value in `state`, None while unknown."""
        return self.field.get(state, self.device)

    def why(self, state: State) -> str:
        """Why it is unknown in `state`; empty while known."""
        if self.field.get(state, self.device) is not None:
            return ""
        reasons = [reading.why for reading in self.field.parts(state, self.device) if reading.value is None]
        return reasons[0] if reasons else "no such device is configured"


def qualified(name: str, device: str) -> str:
    """`ev.power_w` of `carport` -> `ev.carport.power_w`."""
    if not device:
        return name
    family, _, quantity = name.partition(".")
    return f"{family}.{device}.{quantity}"


def find_field(name: str, names: DeviceNames) -> FieldRef | None:
    """The field that a rule means by `name`, or None when there is none."""
    plain = FIELDS.get(name)
    if plain is not None:
        if plain.family != "ev":
            return FieldRef(plain, "")
        return FieldRef(plain, names.evs[0] if names.evs else "")
    parts = name.split(".")
    if len(parts) != 3:
        return None
    named = FIELDS.get(f"{parts[0]}.{parts[2]}")
    if named is None or named.family is None or parts[1] not in names.of(named.family):
        return None
    return FieldRef(named, parts[1])


def field_names(names: DeviceNames) -> tuple[str, ...]:
    """Every name that `find_field` knows, for "did you mean"."""
    own = tuple(qualified(f.name, device) for f in TABLE if f.family for device in names.of(f.family))
    return (*FIELDS, *own)


# --- the grid, the home, the clock ------------------------------------------------------------------------------


def _grid_import(state: State, _: str) -> float | None:
    power_w = state.grid.power_w.value
    return None if power_w is None else max(0.0, power_w)


def _grid_export(state: State, _: str) -> float | None:
    power_w = state.grid.power_w.value
    return None if power_w is None else max(0.0, -power_w)


def _sum(readings: Iterable[Reading[float]]) -> float | None:
    total = 0.0
    for reading in readings:
        if reading.value is None:
            return None
        total += reading.value
    return total


def _surplus_parts(state: State, _: str) -> list[Reading[float]]:
    return [
        state.grid.power_w,
        *(battery.power_w for battery in state.batteries.values()),
        *(ev.power_w for ev in state.evs.values()),
    ]


def _surplus(state: State, _: str) -> float | None:
    """PV − home, by the balance of the house: ev − grid − battery."""
    grid_w = state.grid.power_w.value
    if grid_w is None:
        return None
    total = -grid_w
    for battery in state.batteries.values():
        if battery.power_w.value is None:
            return None
        total -= battery.power_w.value
    for ev in state.evs.values():
        if ev.power_w.value is None:
            return None
        total += ev.power_w.value
    return total


def _home_parts(state: State, _: str) -> list[Reading[float]]:
    return [*(pv.power_w for pv in state.pvs.values()), *_surplus_parts(state, "")]


def _home(state: State, _: str) -> float | None:
    surplus_w = _surplus(state, "")
    pv_w = _sum(pv.power_w for pv in state.pvs.values())
    return None if surplus_w is None or pv_w is None else max(0.0, pv_w - surplus_w)


def _time(state: State, _: str) -> float:
    local = state.local
    return local.hour * 3600.0 + local.minute * 60.0 + local.second


# --- devices ----------------------------------------------------------------------------------------------------


def _ev(quantity: str) -> tuple[Getter, Parts]:
    """Getter and parts of a reading that each charger has."""

    def get(state: State, name: str) -> Value | None:
        ev = state.evs.get(name)
        return None if ev is None else getattr(ev, quantity).value

    def parts(state: State, name: str) -> list[Reading[Any]]:
        ev = state.evs.get(name)
        return [] if ev is None else [getattr(ev, quantity)]

    return get, parts


def _ev_parts(*quantities: str) -> Parts:
    def parts(state: State, name: str) -> list[Reading[Any]]:
        ev = state.evs.get(name)
        return [] if ev is None else [getattr(ev, quantity) for quantity in quantities]

    return parts


def _status_is(*statuses: EvStatus) -> Getter:
    def get(state: State, name: str) -> bool | None:
        ev = state.evs.get(name)
        status = None if ev is None else ev.status.value
        return None if status is None else status in statuses

    return get


def _offer_a(ev: Ev) -> float | None:
    if ev.paused.value:
        return 0.0
    return None if ev.paused.value is None else ev.offered_a.value


def _current(state: State, name: str) -> float | None:
    ev = state.evs.get(name)
    return None if ev is None else _offer_a(ev)


def _batteries(state: State, name: str) -> list[Battery]:
    if not name:
        return list(state.batteries.values())
    battery = state.batteries.get(name)
    return [] if battery is None else [battery]


def _battery_power(state: State, name: str) -> float | None:
    chosen = _batteries(state, name)
    return _sum(battery.power_w for battery in chosen) if chosen else None


def _battery_charge(state: State, name: str) -> float | None:
    power_w = _battery_power(state, name)
    return None if power_w is None else max(0.0, -power_w)


def _battery_discharge(state: State, name: str) -> float | None:
    power_w = _battery_power(state, name)
    return None if power_w is None else max(0.0, power_w)


def _capacity(state: State, name: str) -> float | None:
    chosen = _batteries(state, name)
    return _sum(battery.capacity_wh for battery in chosen) if chosen else None


def _weighted(quantity: str) -> Getter:
    """A percentage over all batteries, weighted by capacity; equal ones, and a single one, need no capacity."""

    def get(state: State, name: str) -> float | None:
        chosen = _batteries(state, name)
        percents: list[float | None] = [getattr(battery, quantity).value for battery in chosen]
        if percents and percents.count(percents[0]) == len(percents):
            return percents[0]
        share_wh, total_wh = 0.0, 0.0
        for battery, percent in zip(chosen, percents, strict=True):
            capacity_wh = battery.capacity_wh.value
            if percent is None or capacity_wh is None:
                return None
            share_wh += percent * capacity_wh
            total_wh += capacity_wh
        return share_wh / total_wh if total_wh > 0.0 else None

    return get


def _battery_parts(*quantities: str) -> Parts:
    def parts(state: State, name: str) -> list[Reading[Any]]:
        return [getattr(battery, quantity) for battery in _batteries(state, name) for quantity in quantities]

    return parts


def _pv(quantity: str) -> tuple[Getter, Parts]:
    def parts(state: State, name: str) -> list[Reading[float]]:
        return [getattr(pv, quantity) for key, pv in state.pvs.items() if not name or key == name]

    def get(state: State, name: str) -> float | None:
        readings = parts(state, name)
        return _sum(readings) if readings else None

    return get, parts


def _none(_state: State, _name: str) -> tuple[Reading[Any], ...]:
    return ()


def _told_by_rules(_state: State, _name: str) -> None:
    """`ev.mode` is not measured: the engine fills it in from its own last verdict."""


SILENT_GRID = "the grid meter is silent or its reading too old"
SILENT_EV = "the charger does not answer or its reading is too old"
SILENT_BATTERY = "no battery is configured, one does not answer, or its reading is too old"

TABLE: tuple[Field, ...] = (
    Field(
        "grid.power_w",
        POWER,
        "Power at the grid connection: + import, − export.",
        SILENT_GRID,
        lambda s, _: s.grid.power_w.value,
        lambda s, _: (s.grid.power_w,),
    ),
    Field(
        "grid.import_w",
        POWER,
        "Power taken from the grid, never negative.",
        SILENT_GRID,
        _grid_import,
        lambda s, _: (s.grid.power_w,),
        low=0.0,
    ),
    Field(
        "grid.export_w",
        POWER,
        "Power fed into the grid, never negative.",
        SILENT_GRID,
        _grid_export,
        lambda s, _: (s.grid.power_w,),
        low=0.0,
    ),
    Field(
        "grid.dimmed",
        BOOL,
        "Whether the grid operator has dimmed the house (§14a EnWG).",
        "no device reports it",
        lambda s, _: s.grid.dimmed.value,
        lambda s, _: (s.grid.dimmed,),
    ),
    Field(
        "grid.on_grid",
        BOOL,
        "Whether the house is connected to the grid; false while it runs as an island.",
        "no device reports it",
        lambda s, _: s.grid.on_grid.value,
        lambda s, _: (s.grid.on_grid,),
    ),
    Field(
        "pv.power_w",
        POWER,
        "PV production, never negative; over all PV systems.",
        "no PV is configured, or one does not answer",
        *_pv("power_w"),
        "pv",
        low=0.0,
    ),
    Field(
        "pv.energy_day_wh",
        ENERGY,
        "PV energy since midnight; over all PV systems.",
        "no PV system counts it, or one does not answer",
        *_pv("energy_day_wh"),
        "pv",
        low=0.0,
    ),
    Field(
        "home.power_w",
        POWER,
        "What the house uses without the cars, never negative: pv + grid + battery − ev.",
        "one of the readings that it is made of is unknown",
        _home,
        _home_parts,
        low=0.0,
    ),
    Field(
        "surplus.power_w",
        POWER,
        "PV − home: what is there for batteries and cars; negative when the sun does not cover the house.",
        "the grid, a battery or a charger is silent",
        _surplus,
        _surplus_parts,
    ),
    Field(
        "battery.soc",
        PERCENT,
        "State of charge; over all batteries, weighted by capacity.",
        f"{SILENT_BATTERY}; with several, also when one does not tell its capacity (and they differ)",
        _weighted("soc_percent"),
        _battery_parts("soc_percent", "capacity_wh"),
        "battery",
        low=0.0,
        high=100.0,
    ),
    Field(
        "battery.reserve_soc",
        PERCENT,
        "State of charge that the battery itself keeps back.",
        f"{SILENT_BATTERY}; not every battery tells it",
        _weighted("reserve_soc_percent"),
        _battery_parts("reserve_soc_percent", "capacity_wh"),
        "battery",
        low=0.0,
        high=100.0,
    ),
    Field(
        "battery.power_w",
        POWER,
        "Battery power: + discharge, − charge; over all batteries.",
        SILENT_BATTERY,
        _battery_power,
        _battery_parts("power_w"),
        "battery",
    ),
    Field(
        "battery.charge_w",
        POWER,
        "Power that goes into the battery, never negative.",
        SILENT_BATTERY,
        _battery_charge,
        _battery_parts("power_w"),
        "battery",
        low=0.0,
    ),
    Field(
        "battery.discharge_w",
        POWER,
        "Power that comes out of the battery, never negative.",
        SILENT_BATTERY,
        _battery_discharge,
        _battery_parts("power_w"),
        "battery",
        low=0.0,
    ),
    Field(
        "battery.capacity_wh",
        ENERGY,
        "Capacity; over all batteries.",
        f"{SILENT_BATTERY}; not every battery tells it",
        _capacity,
        _battery_parts("capacity_wh"),
        "battery",
        low=0.0,
    ),
    Field("ev.status", EV_STATUS, "What the charger says of the car.", SILENT_EV, *_ev("status"), "ev"),
    Field(
        "ev.connected",
        BOOL,
        "Whether a car is plugged in, charging or not.",
        SILENT_EV,
        _status_is(EvStatus.CONNECTED, EvStatus.CHARGING),
        _ev_parts("status"),
        "ev",
    ),
    Field(
        "ev.charging",
        BOOL,
        "Whether the car is charging.",
        SILENT_EV,
        _status_is(EvStatus.CHARGING),
        _ev_parts("status"),
        "ev",
    ),
    Field("ev.power_w", POWER, "What the car draws, never negative.", SILENT_EV, *_ev("power_w"), "ev", low=0.0),
    Field(
        "ev.current_a",
        CURRENT,
        "Current that the charger offers the car on each phase; 0 while paused.",
        SILENT_EV,
        _current,
        _ev_parts("paused", "offered_a"),
        "ev",
        low=0.0,
    ),
    Field(
        "ev.phases",
        NUMBER,
        "Number of phases that the charger is set to, 1–3.",
        SILENT_EV,
        *_ev("phases"),
        "ev",
        low=1.0,
        high=3.0,
    ),
    Field(
        "ev.session_energy_wh",
        ENERGY,
        "Energy charged since the car was plugged in.",
        SILENT_EV,
        *_ev("session_energy_wh"),
        "ev",
        low=0.0,
    ),
    Field(
        "ev.energy_limit_wh",
        ENERGY,
        "The charger's limit for this session; 0 = none.",
        SILENT_EV,
        *_ev("energy_limit_wh"),
        "ev",
        low=0.0,
    ),
    Field(
        "ev.soc",
        PERCENT,
        "State of charge of the car.",
        "no device reports it",
        *_ev("soc_percent"),
        "ev",
        low=0.0,
        high=100.0,
    ),
    Field(
        "ev.mode",
        EV_MODE,
        "Charging mode that won in the tick before; `off` when nobody claims one.",
        "never",
        _told_by_rules,
        _none,
        "ev",
    ),
    Field(
        "price.import_ct",
        PRICE,
        "Price of a kWh from the grid, in ct.",
        "no tariff is configured",
        lambda s, _: s.prices.import_ct.value,
        lambda s, _: (s.prices.import_ct,),
    ),
    Field(
        "price.feed_in_ct",
        PRICE,
        "Payment for a kWh fed in, in ct.",
        "no tariff is configured",
        lambda s, _: s.prices.feed_in_ct.value,
        lambda s, _: (s.prices.feed_in_ct,),
    ),
    Field(
        "price.alternative_ct",
        PRICE,
        "What a kWh for the car costs otherwise, in ct.",
        "no tariff is configured",
        lambda s, _: s.prices.alternative_ct.value,
        lambda s, _: (s.prices.alternative_ct,),
    ),
    Field("time.now", CLOCK, "Local time of day.", "never", _time, _none),
    Field("time.weekday", WEEKDAY, "Local weekday.", "never", lambda s, _: s.local.weekday(), _none),
    Field(
        "time.month", MONTH, "Local month; a number 1–12 is understood too.", "never", lambda s, _: s.local.month, _none
    ),
)

FIELDS: Mapping[str, Field] = {entry.name: entry for entry in TABLE}
