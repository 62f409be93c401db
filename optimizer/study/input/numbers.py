"""Numbers as people and programs write them: 1234.5, 1,234.5, 1.234,5, or 1 234,5.

The whole column determines the convention. “1.234” has two meanings, one for each convention. A column in which all
separators are like this is a mistake, unless the user names the convention.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

NAN = float("nan")
UNKNOWN = frozenset(
    {"", "unavailable", "unknown", "none", "null", "nan", "n/a", "#n/a", "n.a.", "k.a.", "-", "--", "---", "–", "—"}
)
"""The texts that mark an unknown value. An empty cell means the same."""
_GROUPS = re.compile(r"^([+-]?[1-9][0-9]{0,2})((?:[ \u00a0\u202f\u2009'’][0-9]{3})+)(?![0-9])")
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,3})?"
_POINT = re.compile(
    rf"[+-]?(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]*)?|(?=\.?[0-9])[0-9]*(?:\.[0-9]*)?{_EXPONENT})"
)
_COMMA = re.compile(
    rf"[+-]?(?:[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+(?:,[0-9]*)?|(?=,?[0-9])[0-9]*(?:,[0-9]*)?{_EXPONENT})"
)
_USUAL = re.compile(r"-?[0-9]{1,12}\.[0-9]{1,2}")
"""Most numbers of most tables, in a column that is known to have a decimal point."""
OPTION = {".": "--decimal-point", ",": "--decimal-comma"}
NAMES = {".": "point", ",": "comma"}
THOUSAND = 1000


@dataclass(slots=True)
class NumberColumn:
    """The numbers of one column, row by row. `decimal` is "." or "," if the user named the convention, else ""."""

    name: str
    decimal: str = ""
    values: array[float] = field(default_factory=lambda: array("d"))
    unknown: int = 0
    """Cells with a word that marks an unknown value."""
    _found: str = ""
    _found_at: str = ""
    _open: dict[str, array[int]] = field(default_factory=lambda: {".": array("l"), ",": array("l")})
    """Positions of values that are read as decimals but could be thousands, by their separator."""
    _open_at: str = ""

    def add(self, at: str, cell: str) -> None:
        """Read one cell. `at` is its file and line. Raises StudyError."""
        text = cell.strip()
        if self._found == "." and _USUAL.fullmatch(text):
            self.values.append(float(text))
            return
        if text.lower() in UNKNOWN:
            self.unknown += bool(text)
            self.values.append(NAN)
            return
        plain = _GROUPS.sub(lambda m: m[1] + re.sub(r"[^0-9]", "", m[2]), text.replace("−", "-"))
        as_point, as_comma = _POINT.fullmatch(plain) is not None, _COMMA.fullmatch(plain) is not None
        if as_point and as_comma:
            self._store_either(at, text, plain)
        elif as_point or as_comma:
            self._store_clear(at, text, plain, "." if as_point else ",")
        else:
            raise StudyError(Text("{at}: {name} {text} is not a number", at=at, name=self.name, text=repr(text)))

    def finished(self) -> array[float]:
        """All values. Raises StudyError if the convention is ambiguous."""
        decimal = self.decimal or self._found
        if not decimal and self._open_at:
            raise StudyError(
                Text(
                    "{at} is ambiguous: the point or comma may start the decimals, or part thousands. No "
                    "number of this column tells. Write --decimal-point (1,234.5) or --decimal-comma (1.234,5)",
                    at=self._open_at,
                )
            )
        if decimal:
            for at in self._open["," if decimal == "." else "."]:
                self.values[at] = float(round(self.values[at] * THOUSAND))
        return self.values

    def _store_either(self, at: str, text: str, plain: str) -> None:
        """A number without a separator, or with one that fits both conventions."""
        for separator in (".", ","):
            if separator in plain:
                self._open[separator].append(len(self.values))
                self._open_at = self._open_at or f"{at}: {self.name} {text!r}"
        self._store(at, text, plain.replace(",", "."))

    def _store_clear(self, at: str, text: str, plain: str, decimal: str) -> None:
        if self.decimal and decimal != self.decimal:
            raise StudyError(
                Text(
                    "{at}: {name} {text} is written with a decimal {names}. Leave {option} out, or write {right}",
                    at=at,
                    name=self.name,
                    text=repr(text),
                    names=NAMES[decimal],
                    option=OPTION[self.decimal],
                    right=OPTION[decimal],
                )
            )
        if self._found and decimal != self._found:
            raise StudyError(
                Text(
                    "{at}: {name} {text} is written with a decimal {names}, but {found_at} with a decimal "
                    "{before}. Write all numbers of the column in one way",
                    at=at,
                    name=self.name,
                    text=repr(text),
                    names=NAMES[decimal],
                    found_at=self._found_at,
                    before=NAMES[self._found],
                )
            )
        if not self._found:
            self._found, self._found_at = decimal, f"{text!r} ({at})"
        other = "," if decimal == "." else "."
        self._store(at, text, plain.replace(other, "").replace(",", "."))

    def _store(self, at: str, text: str, plain: str) -> None:
        value = float(plain)
        if not math.isfinite(value):
            raise StudyError(Text("{at}: {name} {text} is not a finite number", at=at, name=self.name, text=repr(text)))
        self.values.append(value)
