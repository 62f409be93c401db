"""The rows of the three forms in which evcc gives its sessions, and their cells as times, numbers, and names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from optimizer.study.input.series import StudyError
from optimizer.study.input.times import parse_time
from optimizer.words.text import Text

NEEDED = ("created", "finished", "loadpoint", "chargedEnergy")
"""Fields that every version has, by the names of evcc's JSON."""
FIELDS = (*NEEDED, "vehicle", "meterStart", "meterStop", "solarPercentage", "price")
"""The fields that are read. Older versions do not have the others than `NEEDED`."""
LONGEST_NAME = 200
FIRST_YEAR, LAST_YEAR = 2000, 2100
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:[.,\u066b]\d{1,20})?")
"""evcc never groups digits. Its older versions write the decimal sign, and the digits, of the reader's language."""
_GO_ZONE = re.compile(r" ([+-]\d{4})(?: [A-Z]{2,5})?(?: m=.*)?$")
"""The zone in the default form of the language in which evcc is written: ` +0200 CEST`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One session as it is in the file."""

    place: str
    """The file and the line, or the entry."""
    cells: Mapping[str, object]
    """By field (`FIELDS`)."""
    names: Mapping[str, str]
    """What the file calls the fields."""

    def time(self, field: str) -> datetime | None:
        """A time, naive if it has no zone. None if the cell is empty. Raises StudyError."""
        cell = self.cells.get(field)
        if cell is None or cell == "":
            return None
        try:
            found = parse_time(_GO_ZONE.sub(r"\1", cell.strip()), "") if isinstance(cell, str) else None
        except (ValueError, OverflowError):
            found = None
        if found is not None and found.year == 1:
            return None  # the zero of evcc's language: not set
        if found is None or not FIRST_YEAR <= found.year < LAST_YEAR:
            raise self._wrong(field, Text("{cell} is not a time. Write it as 2025-12-31 23:45:00", cell=shown(cell)))
        return found

    def number(self, field: str) -> float | None:
        """A number. None if the cell is empty. Raises StudyError."""
        cell = self.cells.get(field)
        if cell is None or cell == "":
            return None
        number = math.nan
        if isinstance(cell, str) and _NUMBER.fullmatch(plain := cell.strip().replace("−", "-")):
            number = float(plain.replace(",", ".").replace("\u066b", "."))
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) < 1e12:
            number = float(cell)
        if not math.isfinite(number):
            raise self._wrong(field, Text("{cell} is not a number. Write it as 1234.5 or 1234,5", cell=shown(cell)))
        return number

    def name(self, field: str) -> str:
        """A name in one line. Raises StudyError."""
        cell = self.cells.get(field)
        if cell is None:
            return ""
        if not isinstance(cell, str) or len(cell) > LONGEST_NAME:
            raise self._wrong(
                field, Text("{cell} is not a name of at most {most} characters", cell=shown(cell), most=LONGEST_NAME)
            )
        return " ".join("".join(one if one.isprintable() else " " for one in cell).split())

    def _wrong(self, field: str, what: str) -> StudyError:
        name = self.names.get(field, field)
        return StudyError(Text("{place}, {name}: {what}", place=self.place, name=name, what=what))


def shown(cell: object) -> str:
    """A cell in a message."""
    text = repr(cell)
    return text if len(text) <= 60 else text[:60] + "…"
