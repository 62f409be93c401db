"""Warnings about ratings that are a thousand times too small, and shares that are written as a fraction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from optimizer.settings.checks import Finding
from optimizer.settings.document import KeyPath
from optimizer.words.text import Text

LEAST_W: Mapping[str, float] = {
    "max_charge_w": 100.0,
    "max_discharge_w": 100.0,
    "inverter_w": 100.0,
    "max_export_w": 100.0,
    "dimmed_w": 100.0,
    "max_dc_w": 100.0,
    "max_ac_w": 100.0,
    "power_w": 10.0,
}
"""By the name of a rating: a smaller value is probably in kW. 0 has a meaning of its own."""


def magnitude_warnings(settings: BaseModel) -> Iterator[Finding]:
    """Values that are allowed but of an improbable size."""
    for path, value in _given(settings, ()):
        name = str(path[-1])
        if 0.0 < value < LEAST_W.get(name, 0.0):
            what, right = Text("{value} W is very little", value=f"{value:g}"), f"{1000.0 * value:g}"
            yield path, what, Text("powers are in W: {value} kW is written {right}", value=f"{value:g}", right=right)
        elif name.endswith("soc_percent") and 0.0 < value < 1.0:
            what, right = Text("{value} % is very little", value=f"{value:g}"), f"{100.0 * value:g}"
            yield path, what, Text("a percentage is from 0 to 100: write {right}", right=right)


def _given(part: object, path: KeyPath) -> Iterator[tuple[KeyPath, float]]:
    """The numbers that the owner has given, with their places."""
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            if name in part.model_fields_set:
                yield from _given(getattr(part, name), (*path, name))
    elif isinstance(part, Mapping):
        for key, one in part.items():
            yield from _given(one, (*path, key))
    elif isinstance(part, tuple | list):
        for index, one in enumerate(part):
            yield from _given(one, (*path, index))
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield path, float(part)
