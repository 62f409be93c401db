"""Kinds: the kind of a value (a power, a time of day, a word), and the units in rules and settings.

Kinds compare by identity. Two kinds never mix, also with equal units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from optimizer.model.decision import EvMode
from optimizer.model.faults import ERRORS, RCD_FAULTS, WARNINGS
from optimizer.model.state import EvStatus
from optimizer.words.text import Text

Value = float | bool | str | EvStatus
"""A known value of a field: a power in W, a time of day in s since midnight, a weekday 0–6."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of value."""

    name: str
    """For messages: "a power"."""
    unit: str = ""
    """The base unit of the stored value."""
    words: Mapping[str, Value] = field(default_factory=dict)
    """For enumerations: each word with its value, in order."""
    cyclic: bool = False
    """Whether a range may wrap around (times, weekdays, months)."""

    @property
    def is_enum(self) -> bool:
        """Whether its values are words."""
        return bool(self.words)

    @property
    def is_number(self) -> bool:
        """Whether expressions can calculate with it."""
        return not self.words and self not in (BOOL, CLOCK, DATE)

    def show(self, value: Value | None) -> str:
        """The value in the notation of rules: `1.4kW`, `60%`, `22:00`, `surplus`. "unknown" for None."""
        if value is None:
            return "unknown"
        if self is BOOL:
            return "true" if value else "false"
        for word, held in self.words.items():
            if held == value:
                return word
        if isinstance(value, str | EvStatus):
            return str(value)
        if self is DATE:
            return date.fromordinal(int(value)).isoformat()
        if self is CLOCK:
            minutes, seconds = divmod(round(value), 60)
            text = f"{minutes // 60:02d}:{minutes % 60:02d}"
            return f"{text}:{seconds:02d}" if seconds else text
        for unit, size in _SHOWN_IN.get(self.unit, ()):
            if abs(value) >= size:
                return f"{_short(value / size)}{unit}"
        return f"{_short(value)}{self.unit}"


def _short(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


_SHOWN_IN: Mapping[str, tuple[tuple[str, float], ...]] = {
    "W": (("kW", 1000.0),),
    "Wh": (("kWh", 1000.0),),
    "s": (("h", 3600.0), ("min", 60.0)),
}


def _words(*words: str) -> dict[str, Value]:
    return {word: word for word in words}


BOOL = Kind(Text("yes or no"))
NUMBER = Kind(Text("a plain number"))
POWER = Kind(Text("a power"), "W")
ENERGY = Kind(Text("an energy"), "Wh")
CURRENT = Kind(Text("a current"), "A")
VOLTAGE = Kind(Text("a voltage"), "V")
PERCENT = Kind(Text("a percentage"), "%")
TEMPERATURE = Kind(Text("a temperature"), "°C")
PRICE = Kind(Text("a price per kWh"), "ct")
DURATION = Kind(Text("a duration"), "s")
DISTANCE = Kind(Text("a distance"), "km")
CLOCK = Kind(Text("a time of day"), cyclic=True)
DATE = Kind(Text("a date"))
"""The number of days as `date.toordinal` counts them."""
WEEKDAY = Kind(
    Text("a weekday"),
    words={word: day for day, word in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    cyclic=True,
)
MONTH = Kind(
    Text("a month"),
    words={
        word: month
        for month, word in enumerate(
            ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
        )
    },
    cyclic=True,
)
EV_STATUS = Kind(Text("a charger status"), words={status.value: status for status in EvStatus})
EV_ERROR = Kind(Text("an error of the charger"), words=_words(*ERRORS))
EV_WARNING = Kind(Text("a warning of the charger"), words=_words(*WARNINGS))
EV_RCD = Kind(Text("a residual current"), words=_words(*RCD_FAULTS))
EV_MODE = Kind(Text("a charging mode"), words=_words(*(mode.value for mode in EvMode)))
EV_PHASES = Kind(Text("a phase choice"), words=_words("auto", "1", "3"))
BATTERY_MODE = Kind(Text("a battery mode"), words=_words("auto", "charge", "discharge"))
SWITCH_STATE = Kind(Text("a state of a switch"), words=_words("off", "on", "surplus"))
SCHEDULED_BATTERY = Kind(
    Text("a mode of the scheduled battery"), words=_words("auto", "hold", "charge", "no_charge", "discharge")
)
SURPLUS_PRIORITY = Kind(Text("a priority of the surplus"), words=_words("battery_first", "ev_first"))

GUEST = "guest"
"""The word for a car that is no vehicle of the settings."""
VEHICLE = Kind(Text("a vehicle of site.yaml"), words=_words(GUEST))
"""The vehicles of a house without any. `vehicle_kind` gives those of a house."""


@cache
def vehicle_kind(vehicles: tuple[str, ...]) -> Kind:
    """The kind of the names of these vehicles. Kinds compare by identity, so each house has one."""
    return Kind(VEHICLE.name, words=_words(*dict.fromkeys((*vehicles, GUEST)))) if vehicles else VEHICLE


ENUMS = (
    WEEKDAY,
    MONTH,
    EV_STATUS,
    EV_ERROR,
    EV_WARNING,
    EV_RCD,
    EV_MODE,
    EV_PHASES,
    BATTERY_MODE,
    SWITCH_STATE,
    SCHEDULED_BATTERY,
    SURPLUS_PRIORITY,
)

UNITS: Mapping[str, tuple[Kind, float]] = {
    "W": (POWER, 1.0),
    "kW": (POWER, 1000.0),
    "MW": (POWER, 1e6),
    "Wh": (ENERGY, 1.0),
    "kWh": (ENERGY, 1000.0),
    "MWh": (ENERGY, 1e6),
    "A": (CURRENT, 1.0),
    "mA": (CURRENT, 0.001),
    "V": (VOLTAGE, 1.0),
    "%": (PERCENT, 1.0),
    "°C": (TEMPERATURE, 1.0),
    "C": (TEMPERATURE, 1.0),
    "ct": (PRICE, 1.0),
    "s": (DURATION, 1.0),
    "min": (DURATION, 60.0),
    "h": (DURATION, 3600.0),
    "d": (DURATION, 86400.0),
    "km": (DISTANCE, 1.0),
    "mi": (DISTANCE, 1.609344),
}
"""Each unit that may follow a number, with its kind and its size in base units."""
