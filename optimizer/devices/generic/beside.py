"""The unit that a document names beside a value: `{"value": 1.43, "unit": "kW"}`, or as Home Assistant writes it."""

from __future__ import annotations

from collections.abc import Mapping

from jmespath.parser import ParsedResult

from optimizer.devices.generic.paths import compiled, found
from optimizer.model.text_numbers import as_number, measured

VALUE_NAMES = frozenset({"value", "state", "val"})
"""Names that say nothing: the unit beside them is theirs."""
UNIT_NAMES = ("unit", "unit_of_measurement", "units")
ATTRIBUTES = "attributes"
"""The place of the unit of a state in Home Assistant."""
MOMENTS = frozenset({"time", "timestamp", "ts", "t", "date", "id"})
"""Names of numbers that have no unit."""
USUAL = {
    "w": "W", "watt": "W", "watts": "W", "kw": "kW", "kilowatt": "kW", "wh": "Wh", "kwh": "kWh", "a": "A", "amp": "A",
    "ampere": "A", "percent": "%",
}  # fmt: skip
"""Other ways to write a unit. Not for M and m, which differ by a factor of 10⁹."""


class UnitBeside:
    """Finds the unit beside the value of one path."""

    def __init__(self, path: str) -> None:
        """Raises ValueError for a path that is not JMESPath."""
        parent, _, leaf = path.strip().rpartition(".")
        self._leaf = leaf if leaf.isidentifier() else ""
        self._parent: ParsedResult | None = None
        if self._leaf and parent:
            try:
                self._parent = compiled(parent)
            except ValueError:  # the dot was inside of something else
                self._leaf = ""

    def applied(self, value: object, body: object) -> object:
        """The value with the unit behind it, if the document names one and the value has none of its own."""
        if isinstance(value, bool) or not isinstance(value, str | int | float) or measured(value)[1]:
            return value
        unit = self._unit(body)
        return f"{value} {USUAL.get(unit.lower(), unit)}" if unit else value

    def _unit(self, body: object) -> str:
        around = body if self._parent is None else found(self._parent, body)
        if not self._leaf or not isinstance(around, Mapping):
            return ""
        attributes = around.get(ATTRIBUTES)
        for place in (around, attributes if isinstance(attributes, Mapping) else {}):
            for name in UNIT_NAMES:
                unit = place.get(name)
                if isinstance(unit, str) and unit.strip() and self._belongs(around):
                    return unit.strip()
        return ""

    def _belongs(self, around: Mapping[str, object]) -> bool:
        """Whether the unit can only be that of the value: no other number is beside it."""
        if self._leaf in VALUE_NAMES:
            return True
        numbers = [name for name, value in around.items() if as_number(value) is not None and name not in MOMENTS]
        return numbers == [self._leaf]
