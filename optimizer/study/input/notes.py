"""Notes about an import that may be wrong although nothing contradicts it: sizes, units, and columns without effect."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import isnan
from statistics import median

from optimizer.words.text import Text

SMALL_W = 50.0
"""A power that never reaches this may be in kW: no home has 50 kW, and nearly every device has 50 W at some time."""
SMALL_LOAD_W = 30.0
"""A home load with a smaller mean may be in another unit: meters, router, and refrigerator of a home need more."""
LARGE_W = 50_000.0
"""A power that reaches this is more than the usual connection of a home (3 × 63 A, 43 kW) can carry."""
SMALL_CT = 2.0
"""Prices that never reach this in ct/kWh may be €/kWh: no energy costs 2 €/kWh, and hardly any stays below 2 ct."""
LARGE_CT = 60.0
"""Prices that are usually above this in ct/kWh may be €/MWh: no home pays 60 ct on average."""


def notes_of(found: Mapping[str, array[float]]) -> tuple[str, ...]:
    """Notes for the user to check, from the means of each quantity in W or ct/kWh."""
    notes = []
    for quantity, values in found.items():
        known = [abs(value) for value in values if not isnan(value)]
        if known and max(known) > 0.0:
            notes.append(_power(quantity, max(known)) if quantity.endswith("_w") else _price(quantity, known))
    load = [abs(value) for value in found.get("load_w", ()) if not isnan(value)]
    if load and max(load) >= SMALL_W and sum(load) < SMALL_LOAD_W * len(load):
        notes.append(
            Text(
                "load_w is {mean} W on average, less than a home needs. If each value is the energy of its row, write "
                "--energy load_w and --energy pv_w. If the values are kW, write *1000.",
                mean=f"{sum(load) / len(load):.0f}",
            )
        )
    unused = [quantity for quantity in found if quantity in ("grid_w", "battery_w", "ev_w")] * ("load_w" in found)
    if unused:
        notes.append(
            Text(
                "load_w is mapped, so {names} has no effect. If the load includes the car, write load_w=LOAD-CAR.",
                names=", ".join(unused),
            )
        )
    return tuple(filter(None, notes))


def _power(quantity: str, largest: float) -> str:
    if largest < SMALL_W:
        return Text(
            "{quantity} never reaches more than {largest} W. If the values are kW, write {quantity}=COLUMN*1000. If "
            "each is the kWh of its row, write also --energy {quantity}.",
            quantity=quantity,
            largest=largest,
        )
    if largest < LARGE_W:
        return ""
    return Text(
        "{quantity} reaches {largest} kW, more than most homes can. Check its unit, its factor, and whether its values "
        "are power, energy by interval, or a counter.",
        quantity=quantity,
        largest=f"{largest / 1000.0:.0f}",
    )


def _price(quantity: str, known: list[float]) -> str:
    if max(known) < SMALL_CT:
        return Text(
            "{quantity} never reaches more than {largest} ct/kWh. If the values are €/kWh, write "
            "{quantity}=COLUMN*100.",
            quantity=quantity,
            largest=max(known),
        )
    if median(known) <= LARGE_CT:
        return ""
    return Text(
        "{quantity} is usually above {most} ct/kWh. If the values are €/MWh, write {quantity}=COLUMN*0.1.",
        quantity=quantity,
        most=f"{LARGE_CT:.0f}",
    )
