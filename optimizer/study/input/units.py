"""Units of columns, and what the values of a quantity are: power, energy of an interval, or a counter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text


class Kind(Enum):
    """The meaning of the values of a quantity."""

    POWER = "power"
    ENERGY = "energy"
    """The energy of the interval that begins at the row."""
    COUNTER = "counter"
    """A meter reading that only grows."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, and its size in W, Wh, or ct/kWh."""

    name: str
    size: float
    of: str
    """power, energy, price, or other."""
    sure: bool = field(default=True, compare=False)
    """False for a word in the middle of a name, which may mean something else."""


_UNITS = {
    unit.name.lower(): unit
    for unit in (
        Unit("W", 1.0, "power"), Unit("kW", 1e3, "power"), Unit("MW", 1e6, "power"),
        Unit("Wh", 1.0, "energy"), Unit("kWh", 1e3, "energy"),
        Unit("MWh", 1e6, "energy"), Unit("ct/kWh", 1.0, "price"), Unit("€/kWh", 100.0, "price"),
        Unit("EUR/kWh", 100.0, "price"), Unit("€/MWh", 0.1, "price"), Unit("EUR/MWh", 0.1, "price"),
    )
}  # fmt: skip
_OTHER = frozenset({"%", "v", "a", "°c", "c", "hz", "var", "va", "s", "h", "min", "-", "w/m²", "w/m2", "timestamp"})
_FOREIGN = frozenset(
    {"A", "mA", "V", "mV", "kV", "VA", "kVA", "var", "kvar", "VAr", "kVAr", "Var", "%", "Hz", "°C", "mW", "mWh",
     "GW", "GWh", "J", "kJ", "MJ", "Ws", "W/m²", "W/m2", "m³"}
)  # fmt: skip
"""Units in brackets that need a factor. Case matters: (a) names a part of the house, (A) is the ampere."""
_MILLI = frozenset({"mW", "mWh"})
_IN_NAME = re.compile(r"(?:^|.*[\s_\[(])([^\s_\[(\])]+)[\])]?")
_IN_BRACKETS = re.compile(r"[\[(]\s*([^\[\]()]+?)\s*[\])]")
_CHANNEL = re.compile(r"(?:.*[^\d\s]\s+)?([kM]?Wh?)\s*\([A-D]\)")
"""`Active energy Wh (A)`: a unit and the channel of a meter, not the ampere. A number before it rates a device."""
_BETWEEN_WORDS = re.compile(r"[\s_.,:;\[\]()-]+")
_BRACKETS = re.compile(r"\[[^]]*\]|\([^)]*\)")
_TIME_FORM = re.compile(r"(?=.*(?:yy|hh|mm))[ymdhsatz .:,/'-]+", re.IGNORECASE)


def unit_in_name(name: str) -> Unit | None:
    """The unit in the name of a column: `Production (Wh) roof`, `pv_kwh`, `Grid kW`, or `pv_kwh_15min`.

    A unit before the letter of a channel goes first, then brackets, then the end of the name, then any other word but a
    single W, which may mean west.
    """
    if channel := _CHANNEL.fullmatch(name.strip()):
        return _unit_of(channel[1])
    in_brackets = _IN_BRACKETS.findall(name)
    found = [unit for word in in_brackets if (unit := _unit_of(word)) is not None]
    found += [Unit(word, 1.0, "other") for word in in_brackets if word in _FOREIGN]
    if found:
        return found[0]
    match = _IN_NAME.fullmatch(name.strip())
    at_end = _unit_of(match[1]) if match else None
    if at_end is not None:
        return at_end
    words = (word for word in _BETWEEN_WORDS.split(name) if len(word) > 1)
    inside = next((unit for word in words if (unit := _unit_of(word)) is not None), None)
    return None if inside is None else replace(inside, sure=False)


def is_unit_row(cells: Sequence[str]) -> bool:
    """Whether a row under the header names units only: `[dd.MM.yyyy HH:mm],[Wh],[Wh]`."""
    words = [cell.strip() for cell in cells if cell.strip()]
    return bool(words) and all(_BRACKETS.fullmatch(word) or _is_unit(bare(word)) for word in words)


def unit_in_cell(cell: str) -> Unit | None:
    """The unit in a cell of a unit row; None for other units, and for an empty cell."""
    return _unit_of(bare(cell))


def bare(cell: str) -> str:
    """The text of a cell without brackets around it."""
    return cell.strip().strip("[]()").strip()


def _unit_of(word: str) -> Unit | None:
    return None if word in _MILLI else _UNITS.get(word.lower())


def _is_unit(word: str) -> bool:
    return word.lower() in _UNITS or word.lower() in _OTHER or _TIME_FORM.fullmatch(word) is not None


def parse_kinds(power: Iterable[str], energy: Iterable[str], counter: Iterable[str]) -> dict[str, Kind]:
    """Quantity → kind, from the options --power, --energy, and --counter. Raises StudyError."""
    found: dict[str, Kind] = {}
    for kind, texts in ((Kind.POWER, power), (Kind.ENERGY, energy), (Kind.COUNTER, counter)):
        for text in texts:
            for quantity in (word.strip() for word in text.split(",")):
                if not quantity.endswith("_w"):
                    raise StudyError(
                        Text(
                            "--{value} “{quantity}” is not a power. Write a quantity such as pv_w",
                            value=kind.value,
                            quantity=quantity,
                        )
                    )
                if found.setdefault(quantity, kind) is not kind:
                    raise StudyError(
                        Text(
                            "{quantity} is --{value} and --{other}. Choose one",
                            quantity=quantity,
                            value=kind.value,
                            other=found[quantity].value,
                        )
                    )
    return found
