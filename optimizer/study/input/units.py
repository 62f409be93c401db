"""Units of columns, and what the values of a quantity are: power, energy of an interval, or a counter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    """power, energy, or price."""


_UNITS = {
    unit.name.lower(): unit
    for unit in (
        Unit("W", 1.0, "power"), Unit("kW", 1e3, "power"), Unit("Wh", 1.0, "energy"), Unit("kWh", 1e3, "energy"),
        Unit("MWh", 1e6, "energy"), Unit("ct/kWh", 1.0, "price"), Unit("€/kWh", 100.0, "price"),
        Unit("EUR/kWh", 100.0, "price"), Unit("€/MWh", 0.1, "price"), Unit("EUR/MWh", 0.1, "price"),
    )
}  # fmt: skip
_OTHER = frozenset({"%", "v", "a", "°c", "c", "hz", "var", "va", "s", "h", "min", "-", "w/m²", "w/m2", "timestamp"})
_IN_NAME = re.compile(r"(?:^|.*[\s_\[(])([^\s_\[(\])]+)[\])]?")
_BRACKETS = re.compile(r"\[[^]]*\]|\([^)]*\)")
_TIME_FORM = re.compile(r"(?=.*(?:yy|hh|mm))[ymdhsatz .:,/'-]+", re.IGNORECASE)


def unit_in_name(name: str) -> Unit | None:
    """The unit at the end of the name of a column: `Production (Wh)`, `pv_kwh`, or `Grid kW`."""
    match = _IN_NAME.fullmatch(name.strip())
    return _UNITS.get(match[1].lower()) if match else None


def is_unit_row(cells: Sequence[str]) -> bool:
    """Whether a row under the header names units only: `[dd.MM.yyyy HH:mm],[Wh],[Wh]`."""
    words = [cell.strip() for cell in cells if cell.strip()]
    return bool(words) and all(_BRACKETS.fullmatch(word) or _is_unit(bare(word)) for word in words)


def unit_in_cell(cell: str) -> Unit | None:
    """The unit in a cell of a unit row; None for other units, and for an empty cell."""
    return _UNITS.get(bare(cell).lower())


def bare(cell: str) -> str:
    """The text of a cell without brackets around it."""
    return cell.strip().strip("[]()").strip()


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
                            "{quantity} is --{value} and --{value2}. Choose one",
                            quantity=quantity,
                            value=kind.value,
                            value2=found[quantity].value,
                        )
                    )
    return found
