"""The lines of a text file: plain or gzip, in any encoding, with limits of size and memory."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

MAX_SIZE = 400_000_000
"""Characters of a file: about ten years of minutes."""
MAX_LINE = 1_000_000
"""Characters of one line."""
OTHER_ENCODING = Text("Save it as UTF-8, or use `import --encoding cp1252`")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, and the encodings that they name."""


def lines_of(path: Path, encoding: str = "", advice: str = OTHER_ENCODING) -> Iterator[str]:
    """The lines of a text file, with their ends.

    Without `encoding`, a byte order mark names it, and the default is UTF-8. Raises StudyError with file and line, and
    with `advice` if a character is not UTF-8.
    """
    try:
        with _opened(path) as stream:
            chosen = encoding or _marked(path, stream.peek(4)[:4])
            yield from _bounded(path, io.TextIOWrapper(stream, encoding=_known(chosen), newline=""))
    except UnicodeError as error:
        raise StudyError(
            Text(
                "{path}:{line}: a character is not {chosen}. {advice}",
                path=str(path),
                line=_first_bad_line(path, chosen),
                chosen=chosen,
                advice=Text("Name another --encoding") if encoding else advice,
            )
        ) from error
    except (OSError, EOFError) as error:
        raise StudyError(Text("{path}: cannot be read: {why}", path=str(path), why=message_of(error))) from error


def _bounded(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    number = size = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        size += len(line)
        if len(line) > MAX_LINE:
            raise StudyError(
                Text(
                    "{path}:{number}: the line is longer than {max_line} characters. Split it",
                    path=str(path),
                    number=number,
                    max_line=MAX_LINE,
                )
            )
        if size > MAX_SIZE:
            raise StudyError(
                Text(
                    "{path}:{number}: larger than {max_size} MB. Split it",
                    path=str(path),
                    number=number,
                    max_size=MAX_SIZE // 1_000_000,
                )
            )
        yield line


def _first_bad_line(path: Path, encoding: str) -> int:
    """The line of the first character that is not of this encoding. A reader of blocks does not know it."""
    with _opened(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, newline="", errors="replace")
        return next((n for n, line in enumerate(_bounded(path, text), start=1) if "\ufffd" in line), 1)


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        if not packed:
            yield raw
            return
        with gzip.open(raw, "rb") as unpacked:
            yield io.BufferedReader(unpacked)


def _marked(path: Path, start: bytes) -> str:
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    if b"\x00" in start:
        order = "utf-16-be" if start.startswith(b"\x00") else "utf-16-le"
        raise StudyError(
            Text(
                "{path}:1: this is not UTF-8, and has no byte order mark. Try --encoding {order}",
                path=str(path),
                order=order,
            )
        )
    return "utf-8"


def _known(encoding: str) -> str:
    try:
        "".encode(encoding)
    except (LookupError, UnicodeError):
        raise StudyError(
            Text("“{encoding}” is not an encoding. Write a name such as utf-8, utf-16, or cp1252", encoding=encoding)
        ) from None
    return encoding
