"""Figures in words. The unit at the end of a figure's name (`_w`, `_a`, `_percent`) sets its format.

A name that ends with `_2d` gives the number with two decimals, `_2ds` also its sign. A `g` at the end puts spaces
between groups of three digits.
"""

from __future__ import annotations

import re

from optimizer.words.language import Language

PHASES = ("1 phase", "{count} phases")
"""The only unit that is a word."""
_DIGITS = re.compile(r"_(\d)d(s?)(g?)$")


def figure(name: str, value: float, language: Language) -> str:
    """The figure with its unit and one sensible precision: `5.7 kW`, `3 phases`, `20 min`."""
    return _written(name, value, language).replace(".", language.decimal)


def _written(name: str, value: float, language: Language) -> str:
    if name.endswith("_s"):
        return _span(value)
    if name.endswith("phases"):
        words = PHASES[value != 1.0]
        return language.texts.get(words, words).format(count=f"{value:g}")
    if name.endswith("_w"):
        return f"{value / 1000.0:.1f} kW" if abs(value) >= 1000.0 else f"{value:z.0f} W"
    if name.endswith("_wh"):
        return f"{value / 1000.0:.1f} kWh"
    if name.endswith("_a"):
        return f"{value:.1f} A"
    if name.endswith("_ct"):
        return f"{value:.1f} ct"
    if name.endswith("_percent"):
        return f"{value:.0f} %"
    if found := _DIGITS.search(name):
        return f"{value:{'+' * bool(found[2])}z{',' * bool(found[3])}.{found[1]}f}".replace(",", " ")
    return str(value) if isinstance(value, int) else f"{value:g}"


def _span(seconds: float) -> str:
    if seconds >= 7200.0:
        return f"{seconds / 3600.0:.1f}".removesuffix(".0") + " h"
    return f"{seconds / 60.0:.0f} min" if seconds >= 120.0 else f"{seconds:.0f} s"
