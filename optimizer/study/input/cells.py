"""The cells of one column: numbers, and the unit behind each of them, such as 1.2 kW."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

from optimizer.study.input.numbers import NumberColumn
from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Unit, unit_in_cell
from optimizer.words.text import Text

_WITH_UNIT = re.compile(r"(.*[0-9.,])\s*\*?\s*([^\s0-9.,+−–*-]\S*)")
"""Meters write `001234.567*kWh`."""
_BASES = {"power": Unit("W", 1.0, "power"), "energy": Unit("Wh", 1.0, "energy"), "price": Unit("ct/kWh", 1.0, "price")}


@dataclass(slots=True)
class Cells:
    """The cells of one column, row by row. Cells with different units of one kind become W, Wh, or ct/kWh."""

    numbers: NumberColumn
    _of_unit: dict[Unit, array[int]] = field(default_factory=dict)
    """Positions of the cells with each unit."""
    _bare: tuple[int, str] | None = None
    """The first number without a unit that is not 0, and its file and line."""
    _unit_at: str = ""
    """The file and line of the first unit."""

    def add(self, at: str, cell: str) -> None:
        """Read one cell. `at` is its file and line. Raises StudyError."""
        number, unit = cell, None
        if not cell[-1:].isdecimal() and (match := _WITH_UNIT.fullmatch(cell.strip())) is not None:
            unit = unit_in_cell(match[2])
            number = match[1] if unit is not None else cell
        self.numbers.add(at, number)
        if unit is not None:
            self._unit_at = self._unit_at or at
            self._of_unit.setdefault(unit, array("l")).append(len(self.numbers.values) - 1)
        if self._bare is None and unit is None and abs(self.numbers.values[-1]) > 0.0:  # NaN is not
            self._bare = len(self.numbers.values) - 1, at
        if self._of_unit and self._bare is not None:
            raise StudyError(
                Text(
                    "{at}: {name} has a unit in some cells, and none in others ({other}). Write all cells in one way",
                    at=at,
                    name=self.numbers.name,
                    other=self._bare[1] if unit is not None else self._unit_at,
                )
            )

    def unit(self, known: Unit | None, known_at: str) -> tuple[Unit | None, str]:
        """The unit of the values, and where it stands. `known` is the one of the header. Raises StudyError."""
        units = list(self._of_unit)
        if not units:
            return known, known_at
        other = next((unit for unit in units if unit.of != units[0].of), None)
        if other is None and known is not None and known.sure and (known.of != units[0].of or self._is_other(known)):
            other = known
        if other is not None:
            raise StudyError(
                Text(
                    "{at}: {name} is in {unit} here, and in {other} elsewhere",
                    at=self._unit_at,
                    name=self.numbers.name,
                    unit=units[0].name,
                    other=other.name,
                )
            )
        return (units[0] if len(units) == 1 else _BASES[units[0].of]), self._unit_at

    def _is_other(self, known: Unit) -> bool:
        return len(self._of_unit) == 1 and known not in self._of_unit

    def finished(self) -> array[float]:
        """All values, in the unit that `unit` tells. Raises StudyError if the convention is ambiguous."""
        values = self.numbers.finished()
        if len(self._of_unit) > 1:
            for unit, places in self._of_unit.items():
                for at in places:
                    values[at] *= unit.size
        return values
