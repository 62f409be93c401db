"""Mappings: `pv_w=roof1+roof2*1000` names the columns of a quantity, their signs, and their factors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from optimizer.study.input.series import StudyError
from optimizer.words.text import Text

QUANTITIES = ("pv_w", "load_w", "grid_w", "battery_w", "ev_w", "price_ct")
"""The quantities of an import: W (grid + import, battery + discharge) and ct/kWh."""
_FACTOR = r"(?:\*(?P<factor>\d+(?:\.\d+)?(?:e-?\d+)?))?"
_COLUMN = re.compile(rf"(?P<sign>[-+]?)(?P<name>.+?){_FACTOR}")
_SECOND = re.compile(rf"[,;\s]\s*(?P<mapping>(?:{'|'.join(QUANTITIES)})\s*=.*)")
"""A further mapping behind a column."""
MAX_TERMS = 12


@dataclass(frozen=True, slots=True)
class Source:
    """The source of one quantity as the user wrote it: a column, a sum of columns, or a query."""

    name: str
    factor: float = 1.0
    text: str = ""
    """The whole expression, with sign and factor."""


@dataclass(frozen=True, slots=True)
class Term:
    """One column of a sum. `factor` is None if the user gave none."""

    name: str
    sign: float = 1.0
    factor: float | None = None


def parse_mapping(texts: Iterable[str]) -> dict[str, Source]:
    """`pv_w=PV Power*1000`, `grid_w=-Feed-in`, `pv_w=roof1+roof2`: quantity → source. Raises StudyError."""
    found: dict[str, Source] = {}
    for text in texts:
        quantity, separator, rest = text.partition("=")
        quantity = quantity.strip()
        if not separator or quantity not in QUANTITIES:
            raise StudyError(
                Text(
                    "“{text}” is not a mapping. Write QUANTITY=COLUMN with one of {names}",
                    text=text,
                    names=", ".join(QUANTITIES),
                )
            )
        if quantity in found:
            raise StudyError(
                Text("{quantity} is mapped twice. Map it once. A sum is {quantity}=COLUMN+COLUMN", quantity=quantity)
            )
        another = _SECOND.search(rest)
        if another is not None:
            first, second = text[: len(text) - len(rest) + another.start()].strip(), another["mapping"].strip()
            raise StudyError(
                Text(
                    "“{text}” has several mappings. Give --map for each: --map “{first}” --map “{second}”",
                    text=text,
                    first=first,
                    second=second,
                )
            )
        match = _COLUMN.fullmatch(rest.strip())
        if match is None:
            raise StudyError(Text("“{text}” names no column. Write QUANTITY=COLUMN", text=text))
        factor = float(match["factor"] or 1.0) * (-1.0 if match["sign"] == "-" else 1.0)
        found[quantity] = Source(match["name"].strip(), factor, rest.strip())
    if "pv_w" not in found or not {"load_w", "grid_w"} & set(found):
        raise StudyError(Text("map pv_w and load_w, or pv_w and grid_w (with battery_w and ev_w if they exist)"))
    return found


def terms_of(source: Source, names: Collection[str]) -> tuple[Term, ...] | None:
    """The columns of the sum that the source names; None if there is no such sum. Raises StudyError if there are two.

    Names of columns may contain signs. The names that exist decide how to read the text.
    """
    ways = list(_ways(source.text or source.name, names, MAX_TERMS))
    if len(ways) > 1:
        raise StudyError(
            Text("“{text}” can be read as a column and as a sum of columns. Rename a column", text=source.text)
        )
    return ways[0] if ways else None


def _ways(text: str, names: Collection[str], terms: int) -> Iterator[tuple[Term, ...]]:
    if terms == 0:
        return
    ends = [*(n for n, letter in enumerate(text) if n and letter in "+-"), len(text)]
    for end in ends:
        term = _term(text[:end], names)
        if term is not None and end == len(text):
            yield (term,)
        elif term is not None:
            yield from ((term, *rest) for rest in _ways(text[end:], names, terms - 1))


def _term(text: str, names: Collection[str]) -> Term | None:
    if text.strip() in names:
        return Term(text.strip())
    match = _COLUMN.fullmatch(text.strip())
    if match is None or match["name"].strip() not in names:
        return None
    sign = -1.0 if match["sign"] == "-" else 1.0
    return Term(match["name"].strip(), sign, float(match["factor"]) if match["factor"] else None)
