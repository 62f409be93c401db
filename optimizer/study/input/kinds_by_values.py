"""The kind of values in Wh that nobody declared: meter readings only grow, and energies of intervals rise and fall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isnan

from optimizer.study.input.energy import DAY_S, MIN_ROWS, RESET, SAME_WH, looks_like_counter
from optimizer.study.input.power import SAME
from optimizer.study.input.samples import Samples
from optimizer.study.input.table import Column
from optimizer.study.input.units import Kind
from optimizer.words.text import Text

OFTEN = 0.2
"""Energies of intervals fall in a larger part of their changes. A counter of the day falls once, and to near 0."""


def kinds_by_values(
    columns: Mapping[str, Sequence[Column]], declared: Mapping[str, Kind]
) -> tuple[dict[str, Kind], tuple[str, ...]]:
    """The kinds that the values themselves tell, of quantities in Wh without a declared one, and a note about each.

    A quantity is left out if one of its columns has another unit or a factor for it, or if its values do not tell.
    """
    found: dict[str, Kind] = {}
    notes = []
    for quantity, own in columns.items():
        if quantity in declared or not quantity.endswith("_w") or not all(map(_is_energy, own)):
            continue
        kinds = {kind_of(column.samples) for column in own if any(column.samples.values)}
        if len(kinds) == 1 and (kind := kinds.pop()) is not None:
            found[quantity] = kind
            notes.append(_note(quantity, kind))
    return found, tuple(notes)


def kind_of(samples: Samples) -> Kind | None:
    """What values in Wh are; None if they do not tell, such as in less than a day."""
    own = samples.in_order()
    values = [value for value in own.values if not isnan(value)]
    if len(values) < MIN_ROWS or own.at_s[-1] - own.at_s[0] < DAY_S:
        return None
    if looks_like_counter(own):
        return Kind.COUNTER
    moves = [(earlier, later) for earlier, later in pairwise(values) if abs(later - earlier) > SAME_WH * max(values)]
    falls = sum(RESET * earlier < later < earlier for earlier, later in moves)
    return Kind.ENERGY if min(values) >= 0.0 and falls > OFTEN * len(moves) else None


def _is_energy(column: Column) -> bool:
    unit, factor = column.unit, column.term.factor
    return unit is not None and unit.of == "energy" and (factor is None or abs(factor - unit.size) <= SAME * unit.size)


def _note(quantity: str, kind: Kind) -> str:
    if kind is Kind.COUNTER:
        return Text(
            "{quantity} is in Wh or kWh and only grows, so it counts as a meter reading. If each row has the energy of "
            "its interval, write --energy {quantity}.",
            quantity=quantity,
        )
    return Text(
        "{quantity} is in Wh or kWh and rises and falls, so each row counts as the energy of its interval. If the "
        "values are power, write --power {quantity}.",
        quantity=quantity,
    )
