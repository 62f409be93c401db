"""A guess what each column of a table is, by its name. It helps to write the mapping, and never replaces it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from optimizer.study.input.layout import HEAD_LINES, HOME_ASSISTANT, SEPARATORS, STATISTICS, cells_of
from optimizer.study.input.series import StudyError
from optimizer.study.input.text import lines_of
from optimizer.words.text import Text

_MOST_NAMES = 200
"""Names of a table with one state in each row that are looked for."""
_LONG_LINES = 20_000
"""Lines in which they are looked for."""
_NUMBER = re.compile(r"[-+−]?[\d.,' ]*\d(?:e[-+]?\d+)?")
_WORDS: tuple[tuple[str, str], ...] = (
    ("price_ct", r"price|preis|tarif|ct/kwh|eur/kwh|€/kwh"),
    ("", (r"soc\b|%|state of charge|ladestand|ladezustand|voltage|spannung|current\b|strom\b|temp|frequen"
         r"|self[- _]?cons|eigenverbr|direktverbr|autark|forecast|prognose")),
    ("time", (r"^(?:time|date|datum|zeit|uhrzeit|start|begin|period|von$|from$)|timestamp|zeitstempel|zeitpunkt"
             r"|datetime|last_changed|last_updated")),
    ("ev_w", (r"wallbox|charger|charging station|ladestation|ladesäule|\bev\b|_ev_|^ev_|evcs|e-?auto|elektroauto"
             r"|\bcar\b|vehicle|fahrzeug")),
    ("-battery_w", (r"(?:batter|akku|speicher|storage).*(?:(?<!ent)lad|(?<!dis)charg)"
                   r"|(?:(?<!ent)lad|(?<!dis)charg).*(?:batter|akku|speicher|storage)|\bto battery")),
    ("battery_w", r"batter|akku|speicher|storage|discharg|entlad"),
    ("-grid_w", r"einspeis|export|feed[- _]?in|to[ _]grid|abgabe|return|sold|\binjection"),
    ("grid_w", r"bezug|import|from[ _]grid|grid|netz|zähler|\bmeter\b|purchas|bought"),
    ("pv_w", r"\bpv|pv\b|_pv_|solar|photovolt|erzeug|produ[kc]|generat|ertrag|yield|dach|roof|inverter|wechselrichter"),
    ("load_w", r"load|verbrauch|consum|house|home|haus|last\b|usage"),
)  # fmt: skip
"""Quantities, with a sign, and words in the names of their columns. The first one counts."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that has no mapping yet."""

    line: int
    """The line of the header."""
    names: tuple[str, ...]
    """The columns, or the names of a table with one state in each row."""
    time: str
    """The column with the time. Empty: none was found."""
    long: bool = False
    """Whether each row has one state."""

    @property
    def guesses(self) -> Iterator[tuple[str, str]]:
        """Each name, and what it seems to be: `pv_w`, `-grid_w`, `time`, or empty."""
        for name in self.names:
            yield name, "time" if name == self.time else guess(name)

    def example(self) -> dict[str, str]:
        """A mapping by the guesses: quantity → expression. Columns of several roofs or directions are added."""
        found: dict[str, list[str]] = {}
        for name, what in self.guesses:
            if what not in ("", "time"):
                sign = "-" if what.startswith("-") else "+"
                found.setdefault(what.removeprefix("-"), []).append(sign + name)
        if "load_w" in found:
            for other in ("grid_w", "battery_w", "ev_w"):
                found.pop(other, None)
        return {quantity: "".join(sorted(own)).removeprefix("+") for quantity, own in sorted(found.items())}


def guess(name: str) -> str:
    """What a column with this name seems to be: a quantity, with − if it has the opposite sign, `time`, or empty."""
    text = name.lower().strip()
    return next((what for what, words in _WORDS if re.search(words, text)), "")


def find_columns(path: Path, encoding: str = "", delimiter: str | None = None, skip: int = 0) -> Columns:
    """The columns of a table whose header nobody has named. Raises StudyError."""
    head = list(islice(lines_of(path, encoding), skip, skip + HEAD_LINES))
    best: tuple[int, int, tuple[str, ...], str] | None = None
    for line, (text, after) in enumerate(pairwise(head), skip + 1):
        for separator in (delimiter,) if delimiter else SEPARATORS:
            names = cells_of(text, separator)
            points = _points(names, cells_of(after, separator))
            if points and (best is None or points > best[0]):
                best = points, line, names, separator
    if best is None:
        raise StudyError(
            Text("{path}: no line names two or more columns. Name them with --map, and see --delimiter", path=str(path))
        )
    _, line, names, separator = best
    name_at = next((names.index(one) for one in (HOME_ASSISTANT[0], STATISTICS[0]) if one in names), None)
    time = next((name for name in names if name and guess(name) == "time"), "")
    if name_at is None:
        return Columns(line, tuple(name for name in names if name), time)
    rows = (cells_of(text, separator) for text in islice(lines_of(path, encoding), line, line + _LONG_LINES))
    states = dict.fromkeys(row[name_at] for row in rows if len(row) > name_at)
    return Columns(line, tuple(islice(states, _MOST_NAMES)), time, long=True)


def _points(names: Sequence[str], below: Sequence[str]) -> int:
    """How much a line looks like a header: the number of its words, if a row of about this width is below it."""
    words = [name for name in names if name and not _NUMBER.fullmatch(name)]
    if len(names) < 2 or len(words) < 2 or len(words) < len(names) - 1 or len(below) < 2:
        return 0
    return 2 * len(words) + any(guess(word) for word in words) * 3 - abs(len(below) - len(names))
