"""evcc's CSV of sessions: captions in the reader's language, and in older versions also decimal sign and separator."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from optimizer.study.input.evcc.rows import NEEDED, Row
from optimizer.study.input.series import StudyError
from optimizer.study.input.text import lines_of
from optimizer.words.text import Text, message_of

CAPTIONS: Mapping[str, tuple[str, ...]] = {
    "created": ("Created", "Startzeit"),
    "finished": ("Finished", "Finish time", "Endzeit", "Ladeende"),
    "loadpoint": ("Charging point", "Loadpoint", "Ladepunkt"),
    "vehicle": ("Vehicle", "Fahrzeug"),
    "meterStart": (
        *("Meter start (kWh)", "Meter start", "MeterStart", "Anfangszählerstand (kWh)", "Anfangszählerstand"),
    ),
    "meterStop": ("Meter stop (kWh)", "Meter stop", "MeterStop", "Endzählerstand (kWh)", "Endzählerstand"),
    "chargedEnergy": ("Energy (kWh)", "Charged Energy (kWh)", "ChargedEnergy", "Energie (kWh)"),
    "solarPercentage": ("Solar (%)", "Sonne (%)"),
    "price": ("Cost", "Price", "Kosten", "Preis"),
}
"""The captions of all versions in English and German."""
_FIELD_OF = {caption.casefold(): field for field, captions in CAPTIONS.items() for caption in captions}
SEPARATORS = (",", ";", "\t")
HEAD_LINES = 10
"""Lines in which the captions are searched. A spreadsheet may put a line before them."""
ADVICE = Text("Save it as UTF-8, or name its encoding: --encoding cp1252")


def table_rows(path: Path, encoding: str) -> Iterator[Row]:
    """The rows. Raises StudyError with file, line, and column."""
    head, separator, captions = _head(path, encoding)
    places = {_FIELD_OF[caption.casefold()]: at for at, caption in enumerate(captions) if _known(caption)}
    names = {field: captions[at] for field, at in places.items()}
    reader = csv.reader(islice(lines_of(path, encoding, ADVICE), head, None), delimiter=separator, strict=True)
    try:
        for cells in reader:
            line = head + reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(captions):
                raise StudyError(
                    Text(
                        "{path}:{line}: {count} columns where the header has {width}",
                        path=str(path), line=line, count=len(cells), width=len(captions),
                    )
                )  # fmt: skip
            yield Row(f"{path}:{line}", {field: cells[at].strip() for field, at in places.items()}, names)
    except csv.Error as error:
        raise StudyError(
            Text(
                "{path}:{line}: not a CSV file: {why}",
                path=str(path), line=head + reader.line_num, why=message_of(error),
            )
        ) from error  # fmt: skip


def _head(path: Path, encoding: str) -> tuple[int, str, Sequence[str]]:
    """The line with the captions, what separates them, and the captions."""
    best: tuple[int, list[str]] = (1, [])
    for line, text in enumerate(islice(lines_of(path, encoding, ADVICE), HEAD_LINES), 1):
        for separator in SEPARATORS:
            captions = _cells(text, separator)
            fields = [_FIELD_OF[caption.casefold()] for caption in captions if _known(caption)]
            for field in fields:
                if fields.count(field) > 1:
                    both = [caption for caption in captions if _FIELD_OF.get(caption.casefold()) == field]
                    raise StudyError(
                        Text(
                            "{path}:{line}: two columns mean the same: {names}. Remove one",
                            path=str(path), line=line, names=", ".join(both),
                        )
                    )  # fmt: skip
            if set(NEEDED) <= set(fields):
                return line, separator, captions
            if len(captions) > len(best[1]):
                best = line, captions
    line, captions = best
    missing = [CAPTIONS[field][0] for field in NEEDED if not any(_names(caption, field) for caption in captions)]
    raise StudyError(
        Text(
            "{path}:{line}: this is not evcc's list of sessions in English or German. Missing columns: {missing}. "
            "Found: {found}. Get it in English: http://evcc.local:7070/api/sessions?format=csv&lang=en, or as JSON, "
            "which has no language: http://evcc.local:7070/api/sessions",
            path=str(path), line=line, missing=", ".join(missing),
            found=", ".join(filter(None, captions[:20])) or Text("none"),
        )
    )  # fmt: skip


def _cells(text: str, separator: str) -> list[str]:
    try:
        cells = next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []
    return [" ".join(cell.removeprefix("\ufeff").split()) for cell in cells]


def _known(caption: str) -> bool:
    return caption.casefold() in _FIELD_OF


def _names(caption: str, field: str) -> bool:
    return _FIELD_OF.get(caption.casefold()) == field
