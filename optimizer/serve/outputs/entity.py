"""Entity: one value that is published over MQTT, with its topic and its form in Home Assistant. Pure.

The topics are readable without Home Assistant too: one value a topic, in the unit of its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.control.report import TickReport
from optimizer.model.goals import GoalReport
from optimizer.serve.energy import Books
from optimizer.serve.outputs.payloads import KWH, Payload
from optimizer.serve.troubles import Trouble

AUTO = "auto"
"""The value of a target without an override: the rules decide."""
COUNTER = {"device_class": "energy", "state_class": "total_increasing", "unit_of_measurement": "kWh"}
HOUSE = ""
"""The part of values that belong to no device."""
POWER_BAND_W = 10.0
"""A power that changes by less is not published before the next complete round."""


@dataclass(frozen=True, slots=True)
class View:
    """The source of the values: the last tick, the energy counters, and the goals."""

    report: TickReport
    books: Books
    troubles: tuple[Trouble, ...] = ()
    """What a person must act on."""
    goals: tuple[GoalReport, ...] = ()
    """The goal of each charger."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One value."""

    part: str
    """`ev.carport`, `battery.cellar`, `switch.boiler`, or empty for the house."""
    key: str
    """The last part of its topic. It never changes for a device, so that histories continue."""
    platform: str
    """`sensor`, `binary_sensor`, `select`, `switch`, `number`, or `text` of Home Assistant."""
    name: str
    read: Callable[[View], Payload]
    config: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of its discovery message."""
    decimals: int = 0
    band: float = 0.0
    """A number that changes by less than this is not published at once."""
    command: bool = False
    """Whether it can be set."""
    attributes: Callable[[View], Any] | None = None
    """Further values as JSON on a topic of their own, published with the value."""
    occasion: Callable[[View], object] | None = None
    """The value is published at once only if this changes: a sentence whose figures change is not news."""

    @property
    def topic(self) -> str:
        """Its topic below the first part: `house/grid_power_w`, `ev/carport/mode`."""
        return f"{self.part.replace('.', '/') or 'house'}/{self.key}"


def power(part: str, key: str, name: str, read: Callable[[View], Payload]) -> Entity:
    """A power in W."""
    config = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "W"}
    return Entity(
        part=part,
        key=key,
        platform="sensor",
        name=name,
        read=read,
        config={**config, "suggested_display_precision": 0},
        band=POWER_BAND_W,
    )


def energy(part: str, key: str, name: str, read_wh: Callable[[View], float | None]) -> Entity:
    """A counter that never falls, as the energy dashboard needs it."""
    return Entity(
        part=part,
        key=key,
        platform="sensor",
        name=name,
        read=lambda view: kwh(read_wh(view)),
        config=COUNTER,
        decimals=3,
        band=0.01,
    )


def choice(
    part: str,
    key: str,
    name: str,
    words: Iterable[str],
    read: Callable[[View], Payload],
    *,
    settable: bool = False,
) -> Entity:
    """One of some words."""
    platform, config = choice_form(words, settable)
    return Entity(part=part, key=key, platform=platform, name=name, read=read, config=config, command=settable)


def choice_form(words: Iterable[str], settable: bool) -> tuple[str, dict[str, Any]]:
    """The platform of a choice and its further keys."""
    options = {"options": list(words)}
    return ("select", options) if settable else ("sensor", {"device_class": "enum", **options})


def percent(part: str, key: str, name: str, read: Callable[[View], Payload]) -> Entity:
    """A state of charge in %."""
    config = {"device_class": "battery", "state_class": "measurement", "unit_of_measurement": "%"}
    return Entity(part=part, key=key, platform="sensor", name=name, read=read, config=config, decimals=1, band=0.5)


def kwh(energy_wh: float | None) -> Payload:
    """An energy in Wh as one in kWh."""
    return None if energy_wh is None else energy_wh / KWH


def override(view: View, target: str, without: str = AUTO) -> Payload:
    """The value that a person has set for a target, or the word for a target without an override."""
    memory = view.report.memory
    held = next((one.value for one in (memory.overrides if memory else ()) if one.target == target), without)
    return str(held)


def claimed(view: View, target: str, without: str) -> Payload:
    """The value that a rule or an override claims, or the word for a target without a claim."""
    claimed = view.report.verdict.claims.get(target)
    return without if claimed is None else str(claimed.value)


def attributes_text(value: Any) -> str:
    """Attributes as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
