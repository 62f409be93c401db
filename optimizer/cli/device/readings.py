"""Readings of a device as rows of a table: value, unit, and age, or the reason why a value is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from optimizer.devices.port import Sample, Value
from optimizer.devices.words import printable
from optimizer.model.reading import NOT_MEASURED, Reading
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.runtime.parts import Device

HEAD = (Text("reading"), Text("value"), Text("unit"), Text("age"), Text("note"))
UNITS = {"w": "W", "a": "A", "wh": "Wh", "percent": "%", "c": "°C", "v": "V", "dbm": "dBm"}
LISTS = {
    "phase_current_a": "current_l",
    "voltage_v": "voltage_l",
    "connector_temp_c": "connector_temp_l",
    "plug_temp_c": "plug_temp_",
}
"""Tuples of readings, and the name of one of them without its number."""
NOT_BROUGHT = ("not measured here", "not read here")
LONGEST = 60
Row = tuple[str, str, str, str, str]


def sample_rows(sample: Sample, now_s: float) -> list[Row]:
    """The readings of one poll, in the names, units, and signs of rules. Missing parts of the device are absent."""
    parts = [
        *([("grid", sample.grid)] if sample.grid is not None else []),
        *((f"pv.{pv.name}", pv) for pv in sample.pvs),
        *((f"battery.{battery.name}", battery) for battery in sample.batteries),
        *((f"ev.{ev.name}", ev) for ev in sample.evs),
        *((f"switch.{switch.name}", switch) for switch in sample.switches),
    ]
    return [row for name, part in parts for row in _part_rows(name, part, now_s)]


def unknown_that_count(device: Device, sample: Sample) -> list[str]:
    """The unknown readings of this device that decisions need, each with the reason."""
    needed: list[tuple[str, Reading[Any]]] = []
    if device.grid:
        needed.append(("grid.power_w", sample.grid.power_w if sample.grid is not None else NOT_MEASURED))
    needed += [(f"pv.{pv.name}.power_w", pv.power_w) for pv in sample.pvs if pv.name in device.pvs]
    for battery in sample.batteries:
        if battery.name in device.batteries:
            needed += [
                (f"battery.{battery.name}.power_w", battery.power_w),
                (f"battery.{battery.name}.soc_percent", battery.soc_percent),
            ]
    for ev in sample.evs:
        if ev.name in device.evs:
            needed += [(f"ev.{ev.name}.status", ev.status), (f"ev.{ev.name}.power_w", ev.power_w)]
    needed += [(f"switch.{switch.name}.on", switch.on) for switch in sample.switches if switch.name in device.switches]
    return [
        Text("{name}: {why}", name=name, why=Text.of(reading.why))
        for name, reading in needed
        if reading.value is None and (name == "grid.power_w" or reading.why not in NOT_BROUGHT)
    ]


def value_rows(values: Sequence[Value], now_s: float) -> list[Row]:
    """All values in the vendor's document, in the units and signs of the device."""
    return [
        (
            value.name,
            _as_named(value.value),
            value.unit,
            age(now_s - value.at_s) if value.at_s else "",
            Text.of(value.meaning),
        )
        for value in values
    ]


def _as_named(value: object) -> str:
    """A value with the digits of the device, and zero without a sign."""
    if value is None:
        return Text("none")
    if isinstance(value, float) and value == 0.0:
        value = abs(value)
    return printable(str(value), LONGEST)


def age(seconds: float) -> str:
    """`0.3 s`, `12 s`, `5 min`."""
    seconds = max(0.0, seconds)
    if seconds < 10.0:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 600.0 else f"{seconds / 60.0:.0f} min"


def _part_rows(name: str, part: object, now_s: float) -> Iterator[Row]:
    for field in fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        unit = UNITS.get(field.name.rpartition("_")[2], "")
        if isinstance(value, Reading):
            if value.why not in NOT_BROUGHT:
                yield _row(f"{name}.{field.name}", value, unit, now_s)
        elif field.name in LISTS:
            for line, reading in enumerate(value, start=1):
                if reading.why not in NOT_BROUGHT:
                    yield _row(f"{name}.{LISTS[field.name]}{line}", reading, unit, now_s)
        elif field.name == "condition":
            yield from _part_rows(name, value, now_s)
        elif field.name == "blocked" and value:
            yield f"{name}.blocked", Text("yes"), "", "", value


def _row(name: str, reading: Reading[object], unit: str, now_s: float) -> Row:
    if reading.value is None:
        return name, Text("unknown"), "", "", Text.of(reading.why)
    return name, text_of(reading.value), unit, age(reading.age_s(now_s)), ""


def text_of(value: object) -> str:
    """A value as text: `yes`, `charging`, `1234`, `6.1`."""
    if isinstance(value, bool):
        return Text("yes") if value else Text("no")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:z.4g}"
    return str(value)
