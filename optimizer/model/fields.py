"""Fields: all values that rules can read, by name.

`ev.power_w` is the only or the first charger, `ev.carport.power_w` a named one. `battery.soc` and `pv.power_w` cover
all batteries and PV systems. `battery.cellar.soc` and `pv.roof.power_w` are named ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from optimizer.model import calls
from optimizer.model.device_fields import BATTERIES, CHARGERS, CONDITIONS, SWITCHES
from optimizer.model.field import INFINITY, Field
from optimizer.model.house_fields import CHEAPEST, HOUSE, OF_A_TIME, PRICES_AND_TIME, SCHEDULE
from optimizer.model.inputs import PREFIX, InputSpec, lookups
from optimizer.model.kinds import VEHICLE, Value, vehicle_kind
from optimizer.model.lookup import Family, Lookup
from optimizer.model.state import State
from optimizer.words.text import Text

FAMILIES: Mapping[Family, str] = {
    "ev": Text("charger"),
    "battery": Text("battery"),
    "pv": Text("PV system"),
    "switch": Text("switchable load"),
}
"""The name of one device of each family, for messages."""
FIRST_IS_MEANT = frozenset({"ev", "switch"})
"""Families of which a name without a device is the only or the first one, and not the sum."""
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
    vehicles: tuple[str, ...] = ()
    """The cars of the settings, which rules name as values of `ev.vehicle`."""

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
        """The reason why it is unknown in `state`. Empty while known."""
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
        return FieldRef(of_house(plain, names.vehicles), next(iter(names.of(plain.family)), ""))
    parts = name.split(".")
    if len(parts) != 3:
        return None
    scheduled = parts[0] == "schedule"
    named = FIELDS.get(f"{SCHEDULED_CAR}{parts[2]}" if scheduled else f"{parts[0]}.{parts[2]}")
    if named is None or named.family is None or parts[1] not in names.of(named.family):
        return None
    return FieldRef(of_house(named, names.vehicles), parts[1])


def of_house(field: Field, vehicles: tuple[str, ...]) -> Field:
    """The field as this house has it: the names of vehicles are the words of its kind."""
    return _with_vehicles(field, vehicles) if field.kind is VEHICLE else field


@cache
def _with_vehicles(field: Field, vehicles: tuple[str, ...]) -> Field:
    return replace(field, kind=vehicle_kind(vehicles))


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


TABLE: tuple[Field, ...] = (
    *HOUSE,
    *BATTERIES,
    *CHARGERS,
    *CONDITIONS,
    *SWITCHES,
    *SCHEDULE,
    *PRICES_AND_TIME,
)
SUN = frozenset({"time.sunrise", "time.sunset"})
"""The fields that need the place of the house."""
HOLIDAY = "time.holiday"
"""The field that needs the list of public holidays."""
CONDITION_FIELDS = frozenset(entry.name for entry in CONDITIONS)
"""The fields of a charger's condition, which not every charger reports."""
FIELDS: Mapping[str, Field] = {entry.name: entry for entry in TABLE}
CALLS: Mapping[str, Field] = {entry.name: entry for entry in (CHEAPEST, *OF_A_TIME)}
"""The fields with an argument. Those besides `cheapest` take a time from now on: `pv.forecast_wh(until 18:00)`."""
