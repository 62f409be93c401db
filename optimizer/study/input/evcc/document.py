"""evcc's JSON of sessions (`/api/sessions`): a list, in older versions below `result`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from optimizer.study.input.evcc.rows import FIELDS, NEEDED, Row, shown
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

NAMES = {field: field for field in FIELDS}


def document_rows(path: Path, data: bytes) -> Iterator[Row]:
    """The rows of the document `data`. Raises StudyError with file and entry."""
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise StudyError(
            Text(
                "{path}:{line}:{column}: not JSON: {why}. Download the list again",
                path=str(path), line=error.lineno, column=error.colno, why=error.msg,
            )
        ) from error  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise StudyError(
            Text(
                "{path}: not JSON: {why}. Download the list again",
                path=str(path), why=message_of(error),
            )
        ) from error  # fmt: skip
    if isinstance(document, dict) and "result" in document:
        document = document["result"]
    if not isinstance(document, list):
        raise StudyError(
            Text(
                "{path}: this is no list of sessions but {found}. Get it with the address "
                "http://evcc.local:7070/api/sessions",
                path=str(path), found=shown(document),
            )
        )  # fmt: skip
    for number, entry in enumerate(document, 1):
        place = Text("{path}, entry {number}", path=str(path), number=number)
        missing = [name for name in NEEDED if not isinstance(entry, dict) or name not in entry]
        if missing:
            raise StudyError(
                Text("{place}: not a session of evcc, without {missing}", place=place, missing=", ".join(missing))
            )
        yield Row(place, entry, NAMES)


def _no_number(word: str) -> NoReturn:
    raise ValueError(Text("{word} is not a number", word=word))
