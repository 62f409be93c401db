"""One value in a JSON document: where it is, and the unit that the document names for it."""

from __future__ import annotations

from optimizer.devices.generic.beside import UnitBeside
from optimizer.devices.generic.paths import compiled, found, why_nothing


class JsonValue:
    """Finds one value in each document of a device."""

    def __init__(self, path: str, *, unit_path: str = "", unit_beside: bool = False) -> None:
        """`path` and `unit_path` are JMESPath. `unit_path` leads to the unit; empty = the document names none.
        `unit_beside` applies a unit that stands beside the value. Raises ValueError for a path that cannot be used."""
        self._expression = path
        self._path = compiled(path)
        self._unit = compiled(unit_path) if unit_path else None
        self._beside = UnitBeside(path) if unit_beside else None

    def found_in(self, document: object) -> object:
        """The value, with its unit behind it if the document names one. Raises ValueError with the reason."""
        value = found(self._path, document)
        if value is None:
            raise ValueError(why_nothing(self._path, self._expression, document))
        if self._unit is not None and isinstance(value, str | int | float) and not isinstance(value, bool):
            unit = found(self._unit, document)
            value = f"{value} {unit}" if isinstance(unit, str) and unit else value
        return value if self._beside is None else self._beside.applied(value, document)
