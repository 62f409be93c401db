"""The section `control:`, made from the parameters of the controller, so that the two always agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import Field, create_model

from optimizer.control.params import Params
from optimizer.settings.meanings import meanings
from optimizer.settings.site import Section

Range = tuple[float, float]

RANGES: Mapping[str, Range] = {
    "tick_s": (1, 20),
    "follow_tick_s": (1, 20),
    "grid_share": (0, 0.9),
    "grid_target_w": (-5000, 5000),
    "high_voltage_v": (220, 276),
    "charger_lease_s": (10, 600),
    "battery_full_percent": (50, 100),
    "battery_reserved_w": (0, 50_000),
    "lookahead_s": (0, 120),
    "ramp_s": (1, 600),
    "trim_ti_s": (10, 3600),
    "fast_s": (1, 3600),
    "slow_s": (1, 7200),
    "now_s": (1, 600),
    "lasts_s": (60, 7200),
    "lag_gain": (0, 1),
    "phase_turns": (0.1, 100),
    "on_turns": (0.1, 100),
    "least_on_s": (0, 3600),
    "surplus_value_ct": (0.1, 500),
    "per_hour": (0, 120),
    "per_day": (0, 1000),
}
"""The allowed range, if the ending of the name does not give it."""
RANGES_BY_ENDING: Mapping[str, Range] = {
    "_s": (0, 86_400),
    "_w": (0, 50_000),
    "_wh": (0, 100_000),
    "_a": (0, 32),
    "_percent": (0, 100),
    "_share": (0, 1),
    "_now": (0, 1),
    "_fast": (0, 1),
    "_ct": (0, 500),
}


MEANINGS: Mapping[str, str] = {"per_hour": "Most in any hour.", "per_day": "Most in any 24 hours."}
"""Descriptions of parameters that have none in the code."""


def range_of(name: str) -> Range | None:
    """The range of a parameter, or None if it is not known."""
    return RANGES.get(name) or next((span for end, span in RANGES_BY_ENDING.items() if name.endswith(end)), None)


def section(defaults: Any) -> type[Section]:
    """A section of the file with the settings, types, defaults, and meanings of a dataclass or NamedTuple."""
    kind = type(defaults)
    hints, texts = get_type_hints(kind), meanings(kind)
    made: dict[str, Any] = {}
    for name, hint in hints.items():
        value, meaning = getattr(defaults, name), " ".join(texts.get(name, "").split()) or MEANINGS.get(name)
        if _is_group(value):
            inner = section(value)
            made[name] = (inner, Field(default=inner(), description=meaning or kind.__doc__))
            continue
        low, high = range_of(name) or (None, None)
        made[name] = (hint, Field(default=value, ge=low, le=high, description=meaning))
    return create_model(f"{kind.__name__}Settings", __base__=Section, __doc__=kind.__doc__, **made)


def parameters(defaults: Any, given: Section) -> Any:
    """The dataclass with the values from the file."""
    values = {name: getattr(given, name) for name in type(given).model_fields}
    for name, value in values.items():
        if isinstance(value, Section):
            values[name] = parameters(getattr(defaults, name), value)
    return type(defaults)(**values)


def _is_group(value: object) -> bool:
    return is_dataclass(value) or hasattr(value, "_fields")


if TYPE_CHECKING:
    ControlSettings = Section
else:
    ControlSettings = section(Params())
    ControlSettings.__doc__ = "Surplus following. The defaults need no tuning."
