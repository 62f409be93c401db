"""Inputs: named values of the owner, such as `input.holiday` or `input.heat_pump_w`, and what each may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from optimizer.model.kinds import BOOL, CLOCK, NUMBER, UNITS, Kind
from optimizer.model.reading import Reading, unknown
from optimizer.model.state import InputValue, State

PREFIX = "input."
"""The beginning of the name of every input in rules."""
DAY_S = 86400.0
InputKind = Literal["number", "switch", "choice", "time"]
"""number: with a unit, or plain · switch: true or false · choice: one word of several · time: a local time of day."""
NO_INPUT: Reading[InputValue] = unknown("not given here")


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input: its name in rules, and the values that it may have."""

    name: str
    """Without the prefix: `holiday`."""
    kind: InputKind
    unit: str = ""
    """The unit of a number, a key of kinds.UNITS. Values are stored in the base unit of its kind."""
    low: float | None = None
    """Smallest number, in the base unit. None: no limit."""
    high: float | None = None
    """Largest number, in the base unit."""
    options: tuple[str, ...] = ()
    """The words of a choice, in order."""
    meaning: str = ""
    """What it is, in the words of the owner."""

    @property
    def field_name(self) -> str:
        """The name in rules: `input.holiday`."""
        return PREFIX + self.name

    @property
    def value_kind(self) -> Kind:
        """The kind of its values in rules."""
        if self.kind == "choice":
            return _choice(self.name, self.options)
        if self.kind == "number":
            return UNITS[self.unit][0] if self.unit else NUMBER
        return BOOL if self.kind == "switch" else CLOCK

    @property
    def size(self) -> float:
        """The size of its unit in base units: 1000 for kW."""
        return UNITS[self.unit][1] if self.unit else 1.0

    def excludes(self, value: InputValue) -> str:
        """The reason why a value of its type is not possible, with the possible values. Empty if it is possible."""
        if self.kind == "choice":
            return "" if value in self.options else f"it must be one of {', '.join(self.options)}"
        if self.kind != "number" or not isinstance(value, int | float):
            return ""
        show = self.value_kind.show
        if self.low is not None and value < self.low:
            return f"it must be {show(self.low)} or more"
        if self.high is not None and value > self.high:
            return f"it must be at most {show(self.high)}"
        return ""


@cache
def _choice(name: str, options: tuple[str, ...]) -> Kind:
    """Kinds compare by identity, so each choice has one."""
    return Kind(f"a value of {PREFIX}{name}", words={word: word for word in options})


def reading_of(state: State, name: str) -> Reading[InputValue]:
    """The reading of the input `name` in a state."""
    return state.inputs.get(name, NO_INPUT)


def lookups(name: str) -> tuple[Callable[[State, str], Any], Callable[[State, str], Iterable[Reading[Any]]]]:
    """The two functions that take an input from a State: its value, and its readings."""

    def get(state: State, _: str) -> InputValue | None:
        reading = state.inputs.get(name)
        return None if reading is None else reading.value

    return get, lambda state, _: (reading_of(state, name),)
