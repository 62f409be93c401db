"""Whether prices can be in the unit that the settings or a file name: ct, EUR, and EUR/MWh are mistaken for each other.

No price is refused for it: a market may be cheap for a day, or expensive for a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Literal

from optimizer.model.series import HOUR_S, Series
from optimizer.words.text import Text

PriceUnit = Literal["ct/kWh", "EUR/kWh", "EUR/MWh"]
FACTORS: Mapping[PriceUnit, tuple[float, float]] = {
    "ct/kWh": (1.0, 1.0),
    "EUR/kWh": (100.0, 1.0),
    "EUR/MWh": (1.0, 10.0),
}
"""Multiplier and divisor to ct/kWh. EUR stands for any currency with hundredths."""
CURRENCIES = frozenset({"EUR", "GBP", "CHF", "USD"})
"""Currencies in which a kWh has about the same price."""
LEAST_S = 20 * HOUR_S
"""Fewer prices may all be low or high by chance."""
LEAST_CT = 1.0
"""In a day, one price or more is above this, or below its negative."""
MOST_CT = 60.0
"""Half of the prices are below this, also in the years of the highest ones."""


def unit_doubt(series: Series, unit: PriceUnit, currency: str = "EUR") -> str:
    """The reason why `series`, read as `unit` and in ct/kWh, may be in another unit, and what to do. Empty: none."""
    known_s = sum(end_s - start_s for start_s, end_s, _ in series)
    if currency not in CURRENCIES or known_s < LEAST_S:
        return ""
    sizes = [abs(slot.value) for slot in series]
    largest, middle = max(sizes), median(sizes)
    others = [other for other in FACTORS if _fits(largest, middle, _ratio(other) / _ratio(unit))]
    if not others or unit in others:
        return ""
    names = Text("{first} or {second}", first=others[0], second=others[1]) if len(others) > 1 else others[0]
    if largest < LEAST_CT:
        return Text(
            "all prices are below {least} ct/kWh. Perhaps they are in {names} and not in {unit}",
            least=f"{LEAST_CT:g}", names=names, unit=unit,
        )  # fmt: skip
    return Text(
        "half of the prices are above {most} ct/kWh. Perhaps they are in {names} and not in {unit}",
        most=f"{MOST_CT:g}", names=names, unit=unit,
    )  # fmt: skip


def _ratio(unit: PriceUnit) -> float:
    times, by = FACTORS[unit]
    return times / by


def _fits(largest: float, middle: float, ratio: float) -> bool:
    return largest * ratio >= LEAST_CT and middle * ratio <= MOST_CT
