"""The number that a person means who writes a unit, a decimal comma, or `3x35`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

WRITTEN = re.compile(r"(?:3\s*[x×*]\s*)?(?P<number>[-−+]?\d[\d.,]*)\s*(?P<unit>[^\d\s.,]\S*)?", re.IGNORECASE)
"""A number with a unit or without one. Fuses are written `3x35`."""
THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+,\d+")
"""`1.250,5`: with both signs, the comma is the decimal one."""
COMMA = re.compile(r"\d+,(?!\d{3}$)\d+")
"""`29,5`. `5,000` may be five or five thousand."""
CENTS = {"ct": 1.0, "cent": 1.0, "c": 1.0, "€": 100.0, "eur": 100.0, "euro": 100.0}
FACTORS: Mapping[str, Mapping[str, float]] = {
    "A": {"a": 1.0, "amp": 1.0, "ampere": 1.0, "ma": 0.001},
    "W": {"w": 1.0, "watt": 1.0, "va": 1.0, "kw": 1000.0, "kwp": 1000.0, "wp": 1.0, "kva": 1000.0},
    "V": {"v": 1.0, "volt": 1.0},
    "s": {"s": 1.0, "sec": 1.0, "sek": 1.0, "ms": 0.001, "min": 60.0, "h": 3600.0},
    "Wh": {"wh": 1.0, "kwh": 1000.0},
    "%": {"%": 1.0, "percent": 1.0, "prozent": 1.0},
    "ct": CENTS,
    "ct/kWh": CENTS | {f"{name}/kwh": factor for name, factor in CENTS.items()},
    "days": {"d": 1.0, "day": 1.0, "days": 1.0, "tage": 1.0, "weeks": 7.0},
    "MB": {"mb": 1.0, "gb": 1000.0, "kb": 0.001},
    "": {"°": 1.0},
}
"""By the unit of a setting: the units that people write, with their size in it."""


def meant_number(text: str, unit: str, schema: Mapping[str, Any]) -> str:
    """The number for a setting in `unit`, if `text` is clearly one and `schema` allows it. Empty otherwise."""
    found = WRITTEN.fullmatch(text.strip())
    factor = 1.0 if found is None or found["unit"] is None else FACTORS.get(unit, {}).get(found["unit"].lower())
    value = None if found is None else _value(found["number"].replace("−", "-"))
    if value is None or factor is None:
        return ""
    value = round(value * factor, 9)
    if not _is_allowed(value, schema):
        return ""
    return f"{value:.10g}"


def _value(text: str) -> float | None:
    digits = text.lstrip("+-")
    if THOUSANDS.fullmatch(digits):
        text = text.replace(".", "")
    elif "," in text and not COMMA.fullmatch(digits):
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _is_allowed(value: float, schema: Mapping[str, Any]) -> bool:
    if schema.get("type") == "integer" and value != int(value):
        return False
    low, above, high = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    return (low is None or value >= low) and (above is None or value > above) and (high is None or value <= high)
