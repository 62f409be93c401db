"""Market prices of the past from a file: JSON as energy-charts.info gives it, or CSV with two columns.

CSV has a head that names the columns: `start`, and the price as `ct_per_kwh`, `eur_per_kwh`, or `eur_per_mwh`. A start
is ISO 8601 with an offset, or Unix time in s or ms. A price ends after the step of its day. An empty cell is unknown.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO

from optimizer.model.series import Series, Slot
from optimizer.sources.port import SourceError, parsed
from optimizer.sources.prices.energy_charts import slots_of
from optimizer.sources.prices.feed import UNIT, check_prices
from optimizer.sources.prices.json_list import in_ct
from optimizer.sources.prices.steps import with_ends
from optimizer.sources.prices.units import PriceUnit
from optimizer.sources.times import unix_s
from optimizer.words.text import Text

START = "start"
COLUMNS: Mapping[str, PriceUnit] = {"ct_per_kwh": "ct/kWh", "eur_per_kwh": "EUR/kWh", "eur_per_mwh": "EUR/MWh"}
"""The unit by the name of the column with the price."""


def price_history(text: str) -> Series:
    """The prices of a file in ct/kWh. Raises SourceError with the line of a mistake."""
    try:
        slots = slots_of(parsed(text)) if text.lstrip()[:1] == "{" else _from_csv(text)
    except csv.Error as error:
        raise SourceError("garbled", Text("the file is not CSV: {error}", error=f"{error}")) from None
    if not slots:
        raise SourceError("garbled", Text("the file has no prices"))
    check_prices(slots)
    try:
        return Series.of(slots, unit=UNIT, source="file")
    except ValueError as error:
        raise SourceError("garbled", str(error)) from None


def history_unit(text: str) -> PriceUnit | None:
    """The unit that the head of a CSV file names. None for JSON, which has one unit."""
    if text.lstrip()[:1] == "{":
        return None
    column = _column(_head(csv.reader(StringIO(text.partition("\n")[0]))))
    return None if column is None else COLUMNS[column]


def _head(lines: Iterator[list[str]]) -> list[str]:
    return [cell.strip().lower() for cell in next(lines, [])]


def _column(head: list[str]) -> str | None:
    """The column with the price."""
    return next((name for name in head if name in COLUMNS), None)


def _from_csv(text: str) -> list[Slot]:
    lines = csv.reader(StringIO(text))
    head = _head(lines)
    column = _column(head)
    if START not in head or column is None:
        raise SourceError(
            "garbled", Text("the head must be `{start}` and one of {names}", start=START, names=", ".join(COLUMNS))
        )
    known: set[float] = set()

    def values() -> Iterator[tuple[float, float]]:
        for number, cells in enumerate(lines, start=2):
            if not cells:
                continue
            try:
                start, price = cells[head.index(START)].strip(), cells[head.index(column)].strip()
                start_s = unix_s(float(start) if start.isdecimal() else start)
                if price:
                    known.add(start_s)
                # An empty price is in the list with its time, so that the step of the day is right.
                yield start_s, in_ct(price, COLUMNS[column]) if price else 0.0
            except IndexError:
                raise SourceError(
                    "garbled",
                    Text(
                        "line {line} has {cells} cells instead of {columns}",
                        line=f"{number}",
                        cells=f"{len(cells)}",
                        columns=f"{len(head)}",
                    ),
                ) from None
            except SourceError as error:
                raise SourceError(
                    error.fault, Text("line {line}: {error}", line=f"{number}", error=error.message)
                ) from None

    return [slot for slot in with_ends(values()) if slot.start_s in known]
