"""Lookups: how a State gives the value of a field, and which readings the value is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from optimizer.model.kinds import Value
from optimizer.model.reading import Reading
from optimizer.model.state import State

Family = Literal["ev", "battery", "pv", "switch"]
"""Kinds of devices of which a house may have several."""
V_co = TypeVar("V_co", bound=Value, covariant=True)


def _no_parts(_state: State, _name: str) -> Iterable[Reading[Any]]:
    return ()


@dataclass(frozen=True, slots=True)
class Lookup(Generic[V_co]):
    """The functions that take one field from a State. They get the State and a device name ("" = all or none)."""

    get: Callable[[State, str], V_co | None]
    """The value, or None while unknown."""
    parts: Callable[[State, str], Iterable[Reading[Any]]] = _no_parts
    """The readings that the value is made of. The first unknown one says why the value is unknown."""
    family: Family | None = None
    """The kind of device that the value belongs to. None for values of the whole house."""
    unknown_when: str = "never"
    """The conditions under which the value is unknown, for the reference."""


SILENT_GRID = "the grid meter is silent or its reading too old"
SILENT_EV = "the charger does not answer or its reading is too old"
SILENT_BATTERY = "no battery is configured, one does not answer, or its reading is too old"
NOT_REPORTED = "no device reports it"
NOT_EVERY_CHARGER = f"{SILENT_EV}; not every charger reports it"


def positive(power: Lookup[float]) -> Lookup[float]:
    """The power where it is above zero, else 0 W."""

    def get(state: State, name: str) -> float | None:
        power_w = power.get(state, name)
        return None if power_w is None else max(0.0, power_w)

    return replace(power, get=get)


def negative(power: Lookup[float]) -> Lookup[float]:
    """The opposite of the power where that is below zero, else 0 W."""

    def get(state: State, name: str) -> float | None:
        power_w = power.get(state, name)
        return None if power_w is None else max(0.0, -power_w)

    return replace(power, get=get)


def total(readings: Iterable[Reading[float]]) -> float | None:
    """The sum of readings. None if one of them is unknown."""
    added = 0.0
    for reading in readings:
        if reading.value is None:
            return None
        added += reading.value
    return added
