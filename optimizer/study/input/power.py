"""The columns of a table become W and ct/kWh: signs, factors, units, energy, and counters."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from optimizer.study.input.energy import HOUR_S, from_counter, from_intervals, looks_like_counter
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.table import Column
from optimizer.study.input.units import Kind, Unit
from optimizer.words.text import Text

SAME = 0.01
"""Relative difference of two factors that mean the same."""


def quantities(
    columns: Mapping[str, Sequence[Column]], kinds: Mapping[str, Kind], *, times_at_end: bool = False
) -> dict[str, list[Samples]]:
    """The samples of each column in W or ct/kWh. The columns of one quantity add up.

    `kinds` says what the user declared about a quantity. If `times_at_end`, the time of a row is the end of its
    interval, except for readings of counters and for states. Raises StudyError with file and line if the unit or the
    values contradict it, or if a quantity without a kind is not power.
    """
    for quantity in kinds:
        if quantity not in columns:
            raise StudyError(
                Text(
                    "--{value} {quantity}: this quantity is not mapped. Map it or leave it out",
                    value=kinds[quantity].value,
                    quantity=quantity,
                )
            )
    return {
        quantity: [_converted(quantity, column, kinds.get(quantity), times_at_end) for column in own]
        for quantity, own in columns.items()
    }


def refuse_counter(quantity: str, name: str, samples: Samples) -> None:
    """Raise StudyError if values that should be power grow like a counter."""
    if quantity.endswith("_w") and looks_like_counter(samples):
        raise StudyError(
            Text(
                "{place}: “{name}” only grows up to here, like a meter reading. Write --counter {quantity} if it "
                "is a counter in Wh (for kWh, also *1000), or --power {quantity} if it is power",
                place=samples.place(len(samples) - 1),
                name=name,
                quantity=quantity,
            )
        )


def _converted(quantity: str, column: Column, kind: Kind | None, times_at_end: bool) -> Samples:
    given = column.term.factor
    factor = column.term.sign * (_unit_factor(quantity, column, kind) if given is None else given)
    if kind is not Kind.POWER:
        _check_unit(quantity, column, kind)
    if kind is None and column.unit is None:
        refuse_counter(quantity, column.term.name, column.samples)
    scaled = _times(column.samples, factor)
    if kind is Kind.COUNTER:
        return from_counter(scaled)
    if times_at_end and (kind is Kind.ENERGY or not scaled.held):
        scaled = _earlier(scaled)
    return from_intervals(scaled) if kind is Kind.ENERGY else scaled


def _unit_factor(quantity: str, column: Column, kind: Kind | None) -> float:
    """The size of the unit, if it is of the kind that is expected."""
    expected = "price" if quantity == "price_ct" else "power" if kind in (None, Kind.POWER) else "energy"
    return (
        column.unit.size if column.unit is not None and column.unit.of == expected and kind is not Kind.POWER else 1.0
    )


def _check_unit(quantity: str, column: Column, kind: Kind | None) -> None:
    """Raises StudyError if the unit in the name of the column fits neither the quantity nor the given factor."""
    unit, given = column.unit, column.term.factor
    if unit is None:
        return
    if unit.of == "other":
        if given is None:
            advice = (
                "{place}: “{name}” is in {unit}, which is not converted. Write its factor (*FACTOR), or --power "
                "{quantity} if the values are W"
            )
            raise StudyError(Text(advice, **_about(column, unit), quantity=quantity))
        return
    wanted = _wanted_factor(quantity, column, unit, kind)
    if given is not None and abs(given - wanted) > SAME * wanted:
        power = Text(". If the unit is wrong, write --power {quantity}", quantity=quantity)
        advice = (
            "{place}: “{name}” is in {unit}, but its factor is {given}. Write *{wanted}, or leave the factor out{value}"
        )
        value = "" if quantity == "price_ct" else power
        raise StudyError(Text(advice, **_about(column, unit), given=given, wanted=wanted, value=value))


def _wanted_factor(quantity: str, column: Column, unit: Unit, kind: Kind | None) -> float:
    """The factor that fits the unit. Raises StudyError if the unit does not fit the quantity or its kind."""
    if quantity == "price_ct" or unit.of == "price":
        if quantity != "price_ct" or unit.of != "price":
            advice = "{place}: “{name}” is in {unit}, which does not fit {quantity}. Map another column"
            raise StudyError(Text(advice, **_about(column, unit), quantity=quantity))
        return unit.size
    if kind in (Kind.ENERGY, Kind.COUNTER):
        if unit.of != "energy":
            advice = "{place}: “{name}” is in {unit}, which is not energy. Leave --{value} out"
            raise StudyError(Text(advice, **_about(column, unit), value=kind.value))
        return unit.size
    if unit.of != "energy":
        return unit.size
    spacing_s, given = column.samples.spacing_s(), column.term.factor
    wanted = unit.size * HOUR_S / spacing_s if spacing_s else 0.0
    if given is None or abs(given - wanted) > SAME * wanted:
        advice = (
            "{place}: “{name}” is in {unit}, which is energy. Write --energy {quantity} if each row has the energy of "
            "its interval, --counter {quantity} if it is a meter reading, or --power {quantity} for W"
        )
        raise StudyError(Text(advice, **_about(column, unit), quantity=quantity))
    return wanted


def _about(column: Column, unit: Unit) -> dict[str, str]:
    """The place, the name, and the unit of a column, for a message."""
    return {"place": column.place, "name": column.term.name, "unit": unit.name}


def _earlier(samples: Samples) -> Samples:
    """The samples with the beginnings of their intervals as times."""
    usual_s = samples.spacing_s()
    found = Samples(((at_s - usual_s, value) for at_s, value in samples), held=samples.held, source=samples.source)
    found.lines = samples.lines
    return found


def _times(samples: Samples, factor: float) -> Samples:
    found = Samples(held=samples.held, lasts_s=samples.lasts_s, source=samples.source)
    found.at_s, found.lines = samples.at_s, samples.lines
    found.values = array("d", (value * factor for value in samples.values))
    return found
