"""Fields: the table of all values that rules can read.

`ev.power_w` is the only or the first charger, `ev.carport.power_w` a named one. `battery.soc` and `pv.power_w` cover
all batteries and PV systems. `battery.cellar.soc` and `pv.roof.power_w` are named ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from optimizer.model import calls, cheapest, lookup
from optimizer.model.inputs import PREFIX, InputSpec, lookups
from optimizer.model.kinds import (
    BOOL,
    CLOCK,
    CURRENT,
    DATE,
    DURATION,
    ENERGY,
    EV_ERROR,
    EV_MODE,
    EV_RCD,
    EV_STATUS,
    EV_WARNING,
    MONTH,
    NUMBER,
    PERCENT,
    POWER,
    PRICE,
    SCHEDULED_BATTERY,
    TEMPERATURE,
    VOLTAGE,
    WEEKDAY,
    Kind,
    Value,
)
from optimizer.model.lookup import (
    NOT_EVERY_CHARGER,
    NOT_REPORTED,
    SILENT_BATTERY,
    SILENT_GRID,
    Family,
    Lookup,
    ev_status_in,
    mean_of_batteries,
    negative,
    of_battery_schedule,
    of_car_schedule,
    of_ev,
    of_ev_item,
    of_goal,
    of_house,
    of_span,
    of_switch,
    positive,
    sum_of_batteries,
    sum_of_pvs,
)
from optimizer.model.state import EvStatus, State

FAMILIES: Mapping[Family, str] = {
    "ev": "charger",
    "battery": "battery",
    "pv": "PV system",
    "switch": "switchable load",
}
"""The name of one device of each family, for messages."""
FIRST_IS_MEANT = frozenset({"ev", "switch"})
"""Families of which a name without a device is the only or the first one, and not the sum."""
INFINITY = float("inf")
SCHEDULED_CAR = "schedule.ev."
"""The beginning of the fields of the schedule of the only or the first charger."""


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """The configured names of the devices, in configured order."""

    evs: tuple[str, ...] = ()
    batteries: tuple[str, ...] = ()
    pvs: tuple[str, ...] = ()
    inputs: tuple[InputSpec, ...] = ()
    """The inputs of the house, which rules read as `input.<name>`."""
    switches: tuple[str, ...] = ()

    def of(self, family: Family) -> tuple[str, ...]:
        """The names of one family."""
        if family == "ev":
            return self.evs
        if family == "switch":
            return self.switches
        return self.batteries if family == "battery" else self.pvs

    def input(self, name: str) -> InputSpec | None:
        """The input with the name `input.holiday` in rules, or None."""
        return next((spec for spec in self.inputs if spec.field_name == name), None)


@dataclass(frozen=True, slots=True)
class Field:
    """One value that rules can read."""

    name: str
    """Without a device: `ev.power_w`."""
    kind: Kind
    meaning: str
    lookup: Lookup[Any]
    low: float = -INFINITY
    """Smallest possible value, in the kind's base unit."""
    high: float = INFINITY

    @property
    def family(self) -> Family | None:
        """The kind of device that it belongs to. None for the whole house."""
        return self.lookup.family

    @property
    def unknown_when(self) -> str:
        """The conditions under which it is unknown."""
        return self.lookup.unknown_when

    @property
    def range_text(self) -> str:
        """`0% to 100%`. Empty if every value is possible."""
        if self.low == -INFINITY and self.high == INFINITY:
            return ""
        show = self.kind.show
        return f"{show(self.low)} or more" if self.high == INFINITY else f"{show(self.low)} to {show(self.high)}"


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of one device, by its name in a rule."""

    field: Field
    device: str
    """The device's name. Empty for the sum, for a value of the whole house, and if none is configured."""

    @property
    def name(self) -> str:
        """The canonical name: `ev.carport.power_w`, `battery.soc`."""
        return qualified(self.field.name, self.device)

    def value(self, state: State) -> Value | None:
        """The value in `state`, None while unknown."""
        value: Value | None = self.field.lookup.get(state, self.device)
        return value

    def why(self, state: State) -> str:
        """Why it is unknown in `state`. Empty while known."""
        if self.value(state) is not None:
            return ""
        reasons = [reading.why for reading in self.field.lookup.parts(state, self.device) if reading.value is None]
        return reasons[0] if reasons else "no such device is configured"


def qualified(name: str, device: str) -> str:
    """`ev.power_w` of `carport` -> `ev.carport.power_w`. `schedule.ev.mode` of it -> `schedule.carport.mode`."""
    if not device:
        return name
    if name.startswith(SCHEDULED_CAR):
        return f"schedule.{device}.{name.removeprefix(SCHEDULED_CAR)}"
    if name in calls.NAMES:
        return f"{name}({device})"
    family, _, quantity = name.partition(".")
    return f"{family}.{device}.{quantity}"


def find_field(name: str, names: DeviceNames) -> FieldRef | None:
    """The field with this name in a rule, or None if there is none."""
    try:
        call = calls.call_of(name)
    except ValueError:
        return None
    if call is not None:
        return FieldRef(CALLS[call.name], call.argument)
    if name.startswith(PREFIX):
        spec = names.input(name)
        return None if spec is None else FieldRef(input_field(spec), "")
    plain = FIELDS.get(name)
    if plain is not None:
        if plain.family is None or plain.family not in FIRST_IS_MEANT:
            return FieldRef(plain, "")
        return FieldRef(plain, next(iter(names.of(plain.family)), ""))
    parts = name.split(".")
    if len(parts) != 3:
        return None
    scheduled = parts[0] == "schedule"
    named = FIELDS.get(f"{SCHEDULED_CAR}{parts[2]}" if scheduled else f"{parts[0]}.{parts[2]}")
    if named is None or named.family is None or parts[1] not in names.of(named.family):
        return None
    return FieldRef(named, parts[1])


def field_names(names: DeviceNames) -> tuple[str, ...]:
    """Every name that `find_field` knows, for "did you mean"."""
    own = tuple(qualified(f.name, device) for f in TABLE if f.family for device in names.of(f.family))
    return (*FIELDS, *own, *(spec.field_name for spec in names.inputs))


@cache
def input_field(spec: InputSpec) -> Field:
    """The field of an input."""
    get, parts = lookups(spec.name)
    return Field(
        spec.field_name,
        spec.value_kind,
        spec.meaning or "An input of the house.",
        Lookup(get, parts, unknown_when="it was not set, its source is silent, or its value is too old"),
        low=-INFINITY if spec.low is None else spec.low,
        high=INFINITY if spec.high is None else spec.high,
    )


NO_VEHICLE = f"{NOT_REPORTED}, and no vehicle of the settings gives it"
NO_TARIFF = "no tariff is configured, or the price of now is not known"
NO_ALTERNATIVE = "no `tariff.alternative_ct` is set"
NO_SOURCE = "the prices follow no source, or it has no price of now"
NOT_ALL_OF_TODAY = "an import price of today is not known"
NO_SUN = "`site` has no latitude and longitude, or the sun does not cross the horizon today"
NO_PV_FORECAST = "no forecast is configured, or it does not cover all of the time"
NO_SPREAD = f"{NO_PV_FORECAST}; the errors of the past days are not known yet"
NO_HOME_FORECAST = "the record of the past days is too short"
NOT_ALL_PRICES = "an import price of the time is not known"
NO_CAR_SCHEDULE = "there is no schedule, or the car is not connected"
NO_BATTERY_SCHEDULE = "there is no schedule, or no battery that the service controls"
NOT_EVERY_BATTERY = f"{SILENT_BATTERY}; not every battery reports it"
NOT_EVERY_CAPACITY = f"{SILENT_BATTERY}; with several different ones, one does not report its capacity"

_GRID_POWER: Lookup[float] = of_house("grid.power_w", SILENT_GRID)
_BATTERY_POWER = sum_of_batteries("power_w")

_HOUSE = (
    Field("grid.power_w", POWER, "Power at the grid connection: + import, − export.", _GRID_POWER),
    Field("grid.import_w", POWER, "Power taken from the grid, never negative.", positive(_GRID_POWER), low=0.0),
    Field("grid.export_w", POWER, "Power exported to the grid, never negative.", negative(_GRID_POWER), low=0.0),
    Field("grid.dimmed", BOOL, "Whether the grid operator has dimmed the house (§14a EnWG).", of_house("grid.dimmed")),
    Field(
        "grid.on_grid",
        BOOL,
        "Whether the house is connected to the grid. False while it runs as an island.",
        of_house("grid.on_grid"),
    ),
    Field(
        "pv.power_w",
        POWER,
        "PV production of all PV systems, never negative.",
        sum_of_pvs("power_w", "no PV is configured, or one does not answer"),
        low=0.0,
    ),
    Field(
        "pv.energy_day_wh",
        ENERGY,
        "PV energy of all PV systems since midnight.",
        sum_of_pvs("energy_day_wh", "no PV system counts it, or one does not answer"),
        low=0.0,
    ),
    Field(
        "home.power_w",
        POWER,
        "Consumption of the house without the cars, never negative: pv + grid + battery − ev.",
        lookup.HOME,
        low=0.0,
    ),
    Field(
        "surplus.power_w",
        POWER,
        "PV − home: the power for batteries and cars. Negative if PV does not cover the house.",
        lookup.SURPLUS,
    ),
)
_BATTERIES = (
    Field(
        "battery.soc",
        PERCENT,
        "State of charge of all batteries, weighted by capacity.",
        mean_of_batteries("soc_percent", NOT_EVERY_CAPACITY),
        low=0.0,
        high=100.0,
    ),
    Field(
        "battery.reserve_soc",
        PERCENT,
        "State of charge that the battery itself reserves.",
        mean_of_batteries("reserve_soc_percent", NOT_EVERY_BATTERY),
        low=0.0,
        high=100.0,
    ),
    Field("battery.power_w", POWER, "Power of all batteries: + discharge, − charge.", _BATTERY_POWER),
    Field(
        "battery.charge_w",
        POWER,
        "Charge power of the battery, never negative.",
        negative(_BATTERY_POWER),
        low=0.0,
    ),
    Field(
        "battery.discharge_w",
        POWER,
        "Discharge power of the battery, never negative.",
        positive(_BATTERY_POWER),
        low=0.0,
    ),
    Field(
        "battery.capacity_wh",
        ENERGY,
        "Capacity of all batteries.",
        sum_of_batteries("capacity_wh", NOT_EVERY_BATTERY),
        low=0.0,
    ),
)
_CONDITIONS = (
    Field(
        "ev.error",
        EV_ERROR,
        "Error that the charger reports; `none` without one, `other` for a code that is not in its document.",
        of_ev("condition.error", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.warning",
        EV_WARNING,
        "Warning that the charger reports; `none` without one.",
        of_ev("condition.warning", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.rcd",
        EV_RCD,
        "Residual current that the charger's RCD reports; `none` without one.",
        of_ev("condition.rcd", NOT_EVERY_CHARGER),
    ),
    Field(
        "ev.housing_temp",
        TEMPERATURE,
        "Temperature in the charger's housing.",
        of_ev("condition.housing_temp_c", NOT_EVERY_CHARGER),
    ),
    *(
        Field(
            f"ev.connector_l{line}_temp",
            TEMPERATURE,
            f"Temperature of contact L{line} of the charger's attachment.",
            of_ev_item("condition.connector_temp_c", line, NOT_EVERY_CHARGER),
        )
        for line in (1, 2, 3)
    ),
    *(
        Field(
            f"ev.plug_{pin}_temp",
            TEMPERATURE,
            f"Temperature of pin {pin} of a domestic plug.",
            of_ev_item("condition.plug_temp_c", pin, f"{NOT_EVERY_CHARGER}; without a domestic plug"),
        )
        for pin in (1, 2)
    ),
    *(
        Field(
            f"ev.voltage_l{line}_v",
            VOLTAGE,
            f"Voltage L{line} at the charger; 0 if the phase is not connected.",
            of_ev_item("condition.voltage_v", line, NOT_EVERY_CHARGER),
            low=0.0,
        )
        for line in (1, 2, 3)
    ),
    Field(
        "ev.neutral_current_a",
        CURRENT,
        "Current of the charger's neutral conductor.",
        of_ev("condition.neutral_current_a", NOT_EVERY_CHARGER),
        low=0.0,
    ),
    Field(
        "ev.relay_phases",
        NUMBER,
        "Number of phases that the charger's relays connect, 0–3.",
        lookup.EV_RELAY_PHASES,
        low=0.0,
        high=3.0,
    ),
    Field(
        "ev.signal_dbm",
        NUMBER,
        "Signal of the charger's Wi-Fi in dBm, negative; read every five minutes.",
        of_ev("condition.signal_dbm", NOT_EVERY_CHARGER),
    ),
)
_CHARGERS = (
    Field("ev.status", EV_STATUS, "Status of the car at the charger.", of_ev("status")),
    Field(
        "ev.connected",
        BOOL,
        "Whether a car is plugged in, charging or not.",
        ev_status_in(EvStatus.CONNECTED, EvStatus.CHARGING),
    ),
    Field("ev.charging", BOOL, "Whether the car is charging.", ev_status_in(EvStatus.CHARGING)),
    Field("ev.power_w", POWER, "Power that the car draws, never negative.", of_ev("power_w"), low=0.0),
    Field(
        "ev.current_a",
        CURRENT,
        "Current that the charger offers the car on each phase. 0 while paused.",
        lookup.EV_OFFER,
        low=0.0,
    ),
    Field("ev.phases", NUMBER, "Number of phases that the charger is set to, 1–3.", of_ev("phases"), low=1.0, high=3.0),
    Field(
        "ev.session_energy_wh",
        ENERGY,
        "Energy charged since the car was plugged in.",
        of_ev("session_energy_wh"),
        low=0.0,
    ),
    Field(
        "ev.energy_limit_wh",
        ENERGY,
        "The charger's limit for this session. 0 = no limit.",
        of_ev("energy_limit_wh"),
        low=0.0,
    ),
    Field("ev.soc", PERCENT, "State of charge of the car.", of_ev("soc_percent", NO_VEHICLE), low=0.0, high=100.0),
    Field(
        "ev.soc_estimated",
        BOOL,
        "Whether the state of charge is an estimate from energy or from an assumed start value.",
        of_ev("soc_estimated", NO_VEHICLE),
    ),
    Field(
        "ev.limit_soc",
        PERCENT,
        "Charging limit of the car itself.",
        of_ev("limit_soc_percent", NO_VEHICLE),
        low=0.0,
        high=100.0,
    ),
    Field("ev.capacity_wh", ENERGY, "Usable capacity of the car.", of_ev("capacity_wh", NO_VEHICLE), low=0.0),
    Field(
        "ev.departure_in",
        DURATION,
        "Time until the car leaves, by its goal. 0s after that time.",
        lookup.DEPARTURE_IN,
        low=0.0,
    ),
    Field(
        "ev.target_soc",
        PERCENT,
        "State of charge of the goal, or the charging limit of the car if that is lower.",
        of_goal("target_soc_percent", "the charger has no goal, or the goal is an energy"),
        low=0.0,
        high=100.0,
    ),
    Field(
        "ev.target_energy_wh",
        ENERGY,
        "Energy of the goal.",
        of_goal("target_energy_wh", "the charger has no goal, or the goal is a state of charge"),
        low=0.0,
    ),
    Field(
        "ev.needs_wh",
        ENERGY,
        "Energy from the charger that is missing until the goal is reached.",
        of_goal("needs_wh", "the charger has no goal, or its need is not known"),
        low=0.0,
    ),
    Field(
        "ev.overdue",
        BOOL,
        "Whether the time of the goal has passed, it is not reached, and the car is still there.",
        of_goal("overdue", "the charger has no goal"),
    ),
    Field("ev.mode", EV_MODE, "Charging mode that won in the tick before. `off` without a claim.", lookup.EV_MODE),
)
_PRICES_AND_TIME = (
    Field("price.import_ct", PRICE, "Price of a kWh from the grid, in ct.", of_house("prices.import_ct", NO_TARIFF)),
    Field("price.feed_in_ct", PRICE, "Payment for an exported kWh, in ct.", of_house("prices.feed_in_ct", NO_TARIFF)),
    Field(
        "price.alternative_ct",
        PRICE,
        "Price of a kWh for the car from another source, in ct.",
        of_house("prices.alternative_ct", NO_ALTERNATIVE),
    ),
    Field(
        "price.market_ct",
        PRICE,
        "Price that the source of the prices gives, in ct, before fees and VAT of the settings.",
        of_house("prices.market_ct", NO_SOURCE),
    ),
    Field(
        "price.rank",
        PERCENT,
        "Part of today with a lower import price. 0% in the cheapest time of the day.",
        of_house("prices.rank_percent", NOT_ALL_OF_TODAY),
        low=0.0,
        high=100.0,
    ),
    Field(
        "price.lowest_ct", PRICE, "Lowest import price of today, in ct.", of_house("prices.lowest_ct", NOT_ALL_OF_TODAY)
    ),
    Field(
        "price.highest_ct",
        PRICE,
        "Highest import price of today, in ct.",
        of_house("prices.highest_ct", NOT_ALL_OF_TODAY),
    ),
    Field("price.mean_ct", PRICE, "Mean import price of today, in ct.", of_house("prices.mean_ct", NOT_ALL_OF_TODAY)),
    *(
        Field(
            f"price.rank_{hours}h",
            PERCENT,
            f"Part of the next {hours} h with a lower import price.",
            of_house(f"prices.rank_{hours}h_percent", f"an import price of the next {hours} h is not known"),
            low=0.0,
            high=100.0,
        )
        for hours in (6, 12, 24)
    ),
    *(
        Field(
            f"price.lowest_{hours}h_ct",
            PRICE,
            f"Lowest import price of the next {hours} h, in ct.",
            of_house(f"prices.lowest_{hours}h_ct", f"an import price of the next {hours} h is not known"),
        )
        for hours in (6, 12, 24)
    ),
    Field(
        "price.spread",
        PRICE,
        "Highest minus lowest import price of today, in ct.",
        of_house("prices.spread_ct", NOT_ALL_OF_TODAY),
        low=0.0,
    ),
    Field("time.now", CLOCK, "Local time of day.", lookup.TIME),
    Field("time.weekday", WEEKDAY, "Local weekday.", lookup.WEEKDAY),
    Field("time.month", MONTH, "Local month. A number 1–12 is also valid.", lookup.MONTH),
    Field("time.date", DATE, "Local date. `date` alone is the same.", lookup.DATE),
    Field(
        "time.sunrise",
        CLOCK,
        "Local time at which the sun rises today. `sunrise` alone is the same.",
        of_house("sun.rise_s", NO_SUN),
    ),
    Field(
        "time.sunset",
        CLOCK,
        "Local time at which the sun sets today. `sunset` alone is the same.",
        of_house("sun.set_s", NO_SUN),
    ),
)

_SWITCHES = (
    Field("switch.on", BOOL, "Whether a switchable load is switched on.", of_switch("on")),
    Field("switch.power_w", POWER, "Measured power of a switchable load.", of_switch("power_w"), low=0.0),
    Field(
        "switch.energy_total_wh",
        ENERGY,
        "Energy counter of a switchable load. It may restart at 0.",
        of_switch("energy_total_wh"),
        low=0.0,
    ),
)
_SCHEDULE = (
    Field(
        "schedule.ev.mode",
        EV_MODE,
        "Mode that the schedule has for the car now: `off`, `surplus`, or `fast`.",
        of_car_schedule("mode", NO_CAR_SCHEDULE),
    ),
    Field(
        "schedule.ev.power_w",
        POWER,
        "Largest power of the car while its scheduled mode is `fast`.",
        of_car_schedule("power_w", f"{NO_CAR_SCHEDULE}; its scheduled mode is not `fast`"),
        low=0.0,
    ),
    Field(
        "schedule.ev.phases",
        NUMBER,
        "Number of phases while the scheduled mode is `fast`, 1–3.",
        of_car_schedule("phases", f"{NO_CAR_SCHEDULE}; its scheduled mode is not `fast`"),
        low=1.0,
        high=3.0,
    ),
    Field(
        "schedule.ev.worth_ct",
        PRICE,
        "Worth of a kWh in the car now, in ct: what it would cost at another time.",
        of_car_schedule("worth_ct", NO_CAR_SCHEDULE),
    ),
    Field(
        "schedule.ev.grid_share",
        NUMBER,
        "Part of the car's power at 6 A that is worth importing at this worth, 0–0.9.",
        of_car_schedule("grid_share", f"{NO_CAR_SCHEDULE}; a price of now is not known"),
        low=0.0,
        high=0.9,
    ),
    Field(
        "schedule.ev.lacks_wh",
        ENERGY,
        "Energy from the charger that will be missing when the car leaves.",
        of_car_schedule("lacks_wh", f"{NO_CAR_SCHEDULE}; it has no goal"),
        low=0.0,
    ),
    Field("schedule.ev.ready_in", DURATION, "Time until the goal is reached.", lookup.READY_IN, low=0.0),
    Field(
        "schedule.battery.mode",
        SCHEDULED_BATTERY,
        "Mode that the schedule has for the battery now: `auto`, `hold` (no discharge), `charge`, `no_charge`, or "
        "`discharge`.",
        of_battery_schedule("mode", NO_BATTERY_SCHEDULE),
    ),
    Field(
        "schedule.battery.power_w",
        POWER,
        "Power of the battery while its scheduled mode is `charge` or `discharge`: + discharge, − charge.",
        of_battery_schedule("power_w", NO_BATTERY_SCHEDULE),
    ),
    Field(
        "schedule.battery.worth_ct",
        PRICE,
        "Worth of a stored kWh now, in ct.",
        of_battery_schedule("worth_ct", NO_BATTERY_SCHEDULE),
    ),
    Field(
        "schedule.battery.first",
        BOOL,
        "Whether the battery gets the surplus before the cars.",
        of_battery_schedule("first", NO_BATTERY_SCHEDULE),
    ),
)

TABLE: tuple[Field, ...] = (
    *_HOUSE,
    *_BATTERIES,
    *_CHARGERS,
    *_CONDITIONS,
    *_SWITCHES,
    *_SCHEDULE,
    *_PRICES_AND_TIME,
)
SUN = frozenset({"time.sunrise", "time.sunset"})
"""The fields that need the place of the house."""
CONDITION_FIELDS = frozenset(entry.name for entry in _CONDITIONS)
"""The fields of a charger's condition, which not every charger reports."""
FIELDS: Mapping[str, Field] = {entry.name: entry for entry in TABLE}
CHEAPEST = Field(
    cheapest.NAME,
    BOOL,
    "Whether now belongs to the cheapest hours of a window of time, by import price.",
    lookup.CHEAPEST,
)
"""A field with its window in the place of the device: `cheapest(3h, until 07:00)`."""
_OF_A_TIME = (
    Field(
        "pv.forecast_wh",
        ENERGY,
        "Forecast PV energy of all roofs.",
        of_span("forecast.pv_wh", NO_PV_FORECAST),
        low=0.0,
    ),
    Field(
        "pv.forecast_low_wh",
        ENERGY,
        "The same on a bad day: nine of ten past days reached this part of their forecast.",
        of_span("forecast.pv_low_wh", NO_SPREAD),
        low=0.0,
    ),
    Field(
        "pv.forecast_high_wh",
        ENERGY,
        "The same on a good day: one of ten past days exceeded this part of its forecast.",
        of_span("forecast.pv_high_wh", NO_SPREAD),
        low=0.0,
    ),
    Field(
        "home.forecast_wh",
        ENERGY,
        "Forecast consumption of the house without the cars.",
        of_span("forecast.home_wh", NO_HOME_FORECAST),
        low=0.0,
    ),
    Field(
        "surplus.forecast_wh",
        ENERGY,
        "Forecast PV energy beyond the consumption of the house, from the quarter hours with a surplus.",
        of_span("forecast.surplus_wh", f"{NO_PV_FORECAST}; {NO_HOME_FORECAST}"),
        low=0.0,
    ),
    Field("price.lowest", PRICE, "Lowest import price, in ct.", of_span("prices.lowest", NOT_ALL_PRICES)),
    Field("price.highest", PRICE, "Highest import price, in ct.", of_span("prices.highest", NOT_ALL_PRICES)),
    Field(
        "price.spread",
        PRICE,
        "Highest minus lowest import price, in ct.",
        of_span("prices.spread", NOT_ALL_PRICES),
        low=0.0,
    ),
)
CALLS: Mapping[str, Field] = {entry.name: entry for entry in (CHEAPEST, *_OF_A_TIME)}
"""The fields with an argument. Those besides `cheapest` take a time from now on: `pv.forecast_wh(until 18:00)`."""
