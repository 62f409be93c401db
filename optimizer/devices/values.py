"""Numbers out of foreign JSON: what is not a plausible number stays unknown, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.model.reading import Reading, known, unknown
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

MOST_W = 1_000_000.0
"""No device at home moves more; such a value is a fault, not a reading."""


def number_at(
    body: Mapping[str, object], keys: tuple[str, ...], at_s: float, low: float, high: float
) -> Reading[float]:
    """The first of `keys` that is there, when it is a number within `low` and `high`."""
    for key in keys:
        if key in body and body[key] is not None:
            return bounded(body[key], key, at_s, low, high)
    return unknown(Text("the device does not report {keys}", keys=keys[0]), at_s)


def bounded(value: object, what: str, at_s: float, low: float, high: float) -> Reading[float]:
    """A known reading when `value` is a number within `low` and `high`."""
    number = as_number(value)
    if number is None:
        return unknown(Text("{what} is not a number", what=what), at_s)
    if not low <= number <= high:
        return unknown(Text("{what} is {number}, outside of what is possible", what=what, number=number), at_s)
    return known(number, at_s)


def not_negative(reading: Reading[float]) -> Reading[float]:
    """Noise below zero becomes zero, for quantities that cannot be negative."""
    return known(0.0, reading.at_s) if reading.value is not None and reading.value < 0.0 else reading
