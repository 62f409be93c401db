"""Quantities: what a generic meter may bring, in which units, and how they become a sample.

Each quantity has a unit, a factor, a sign and a largest age of its own; a value that is missing, broken or
outside of what is possible is unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from optimizer.devices.generic.wanted import Wanted
from optimizer.devices.port import Sample
from optimizer.devices.words import quoted
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.state import Battery, Grid, Pv
from optimizer.model.text_numbers import as_number, measured
from optimizer.words.text import Text

POWER = {"W": 1.0, "kW": 1000.0, "MW": 1e6}
ENERGY = {"Wh": 1.0, "kWh": 1000.0, "MWh": 1e6, "Ws": 1.0 / 3600.0}
CURRENT = {"A": 1.0, "mA": 0.001}
PERCENT = {"%": 1.0}
MOST_W, MOST_WH, MOST_A = 1e6, 1e12, 1000.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One quantity that a meter can bring."""

    units: Mapping[str, float]
    """By unit, the factor to ours; the first one is ours."""
    low: float
    high: float
    help: str


def _signed(help_: str) -> Kind:
    return Kind(POWER, -MOST_W, MOST_W, help_)


def _positive(help_: str) -> Kind:
    return Kind(POWER, 0.0, MOST_W, help_)


KINDS: Mapping[str, Kind] = {
    "grid_power": _signed("power at the grid connection, + import"),
    "grid_import": _positive("imported power, where import and export are two values"),
    "grid_export": _positive("exported power, where import and export are two values"),
    "grid_current_l1": Kind(CURRENT, -MOST_A, MOST_A, "current on L1, + import"),
    "grid_current_l2": Kind(CURRENT, -MOST_A, MOST_A, "current on L2, + import"),
    "grid_current_l3": Kind(CURRENT, -MOST_A, MOST_A, "current on L3, + import"),
    "pv_power": _signed("PV power; values slightly below zero at night count as zero"),
    "pv_energy_total": Kind(ENERGY, 0.0, MOST_WH, "PV energy in total"),
    "pv_energy_day": Kind(ENERGY, 0.0, MOST_WH, "PV energy of today"),
    "battery_power": _signed("power of the battery, + discharge"),
    "battery_charge": _positive("charging power, where charging and discharging are two values"),
    "battery_discharge": _positive("discharging power, where charging and discharging are two values"),
    "battery_soc": Kind(PERCENT, 0.0, 100.0, "state of charge"),
    "battery_capacity": Kind(ENERGY, 1.0, 1e7, "usable capacity"),
}
"""By the word that the configuration uses."""
NIGHT_W = 100.0
"""So much below zero a PV system may draw at night."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of one meter."""

    quantity: str
    """A key of KINDS."""
    unit: str = ""
    """Of the value as it comes; empty = ours (W, Wh, A, %)."""
    factor: float = 1.0
    """Multiplies the value, before the unit: 0.1 for tenths, 100 for a share that is wanted in %."""
    inverted: bool = False
    """True where the meter counts the other way round."""
    max_age_s: float = 15.0
    """A value older than this is unknown."""
    decimal_comma: bool = False
    """True where the meter writes 1.234,5 for 1234.5."""

    def checked(self) -> Quantity:
        """Itself; ValueError with what to do about a quantity or a unit that there is not, or a useless number."""
        kind = KINDS.get(self.quantity)
        if kind is None:
            near = get_close_matches(self.quantity, KINDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(KINDS)}"
            raise ValueError(f"no quantity is called {self.quantity!r}; {hint}")
        if self.unit and self.unit not in kind.units:
            raise ValueError(f"{self.quantity} comes in {', '.join(kind.units)}, not in {self.unit!r}")
        if as_number(self.factor) in (None, 0.0):
            raise ValueError(Text("{name}: the factor must be a number other than 0", name=self.quantity))
        if not self.max_age_s > 0.0:
            raise ValueError(Text("{name}: max_age_s must be above 0", name=self.quantity))
        return self

    def reading(self, value: object, at_s: float) -> Reading[float]:
        """`value` in our unit and sign, when it is a number within what is possible."""
        kind = KINDS[self.quantity]
        number, unit = measured(value, decimal_comma=self.decimal_comma)
        if number is None:
            return unknown(self._no_number(value), at_s)
        if unit and unit not in kind.units:
            return unknown(
                Text(
                    "{quantity}: the meter brings {value}, but the unit must be {names}",
                    quantity=self.quantity,
                    value=quoted(value),
                    names=", ".join(kind.units),
                ),
                at_s,
            )
        if unit and self.unit and unit != self.unit:
            return unknown(
                Text(
                    "{quantity}: the meter brings {value}, but the settings say unit: {unit}",
                    quantity=self.quantity,
                    value=quoted(value),
                    unit=self.unit,
                ),
                at_s,
            )
        if unit and self.factor != 1.0 and self.factor == kind.units[unit]:
            return unknown(
                Text(
                    "{quantity}: the meter sends {value}, with its unit. Leave out factor: {factor}",
                    quantity=self.quantity,
                    value=quoted(value),
                    factor=f"{self.factor:g}",
                ),
                at_s,
            )
        # An empty unit means ours.
        number *= self.factor * kind.units.get(unit or self.unit, 1.0) * (-1.0 if self.inverted else 1.0)
        if not kind.low <= number <= kind.high:
            return unknown(
                Text("{quantity} is {number}, outside of what is possible", quantity=self.quantity, number=number),
                at_s,
            )
        return known(number + 0.0, at_s)

    def _no_number(self, value: object) -> str:
        said = Text("{quantity}: the meter brings no number but {value}", quantity=self.quantity, value=quoted(value))
        if measured(value, decimal_comma=not self.decimal_comma)[0] is None:
            return said
        if self.decimal_comma:
            return Text("{said}; leave `decimal_comma` out if this is a decimal point", said=said)
        return Text("{said}; set `decimal_comma: true` if this is a decimal comma", said=said)


def assemble(name: str, readings: Mapping[str, Reading[float]]) -> Sample:
    """The sample of a meter called `name` out of its quantities; parts without any quantity are left out."""
    get = readings.get
    grid = None
    if _any(readings, "grid_"):
        lines = tuple(get(f"grid_current_l{line}", NOT_MEASURED) for line in (1, 2, 3))
        grid = Grid(
            power_w=_either(readings, "grid_power", "grid_import", "grid_export"),
            phase_current_a=lines if _any(readings, "grid_current") else (),
        )
    pvs: tuple[Pv, ...] = ()
    if _any(readings, "pv_"):
        energies = (get("pv_energy_total", NOT_MEASURED), get("pv_energy_day", NOT_MEASURED))
        pvs = (Pv(name, _sunlit(get("pv_power", NOT_MEASURED)), *energies),)
    batteries: tuple[Battery, ...] = ()
    if _any(readings, "battery_"):
        battery = Battery(
            name,
            power_w=_either(readings, "battery_power", "battery_discharge", "battery_charge"),
            soc_percent=get("battery_soc", NOT_MEASURED),
            capacity_wh=get("battery_capacity", NOT_MEASURED),
        )
        batteries = (battery,)
    return Sample(grid=grid, pvs=pvs, batteries=batteries)


def checked_together(quantities: Iterable[Wanted]) -> None:
    """ValueError for what is no quantity of a meter, is missing, doubled, or half of a pair, and for contradictions."""
    names: list[str] = []
    for quantity in quantities:
        if not isinstance(quantity, Quantity):
            raise ValueError(f"{quantity.quantity} is not a quantity of a meter")
        names.append(quantity.checked().quantity)
    if not names:
        raise ValueError("a meter needs at least one quantity")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name} is there twice")
    pairs = (("grid_power", "grid_import", "grid_export"), ("battery_power", "battery_discharge", "battery_charge"))
    for whole, plus, minus in pairs:
        halves = {plus, minus} & set(names)
        if whole in names and halves:
            raise ValueError(
                Text("either {whole}, or {plus} and {minus}; not both", whole=whole, plus=plus, minus=minus)
            )
        if len(halves) == 1:
            raise ValueError(Text("{plus} and {minus} belong together", plus=plus, minus=minus))


def _any(readings: Mapping[str, Reading[float]], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in readings)


def _either(readings: Mapping[str, Reading[float]], whole: str, plus: str, minus: str) -> Reading[float]:
    """The signed value, or plus minus minus; as old as the older of the two."""
    if whole in readings:
        return readings[whole]
    if plus not in readings or minus not in readings:
        return NOT_MEASURED
    one, other = readings[plus], readings[minus]
    if one.value is None or other.value is None:
        return one if one.value is None else other
    return known(one.value - other.value, min(one.at_s, other.at_s))


def _sunlit(reading: Reading[float]) -> Reading[float]:
    if reading.value is None or reading.value >= 0.0:
        return reading
    if reading.value < -NIGHT_W:
        return unknown(Text("pv_power is {value} W; is its sign inverted?", value=reading.value), reading.at_s)
    return known(0.0, reading.at_s)
