"""Answers of other programs with a mistake: a valid document, with a part that is replaced, missing, or doubled."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from math import inf, nan
from typing import Any

from hypothesis import strategies as st

NUMBERS = [0, -1, 0.1, 1e308, -1e308, 10**400, -(10**400), nan, inf, 2**63, 253402300800, -62135596800]
TEXTS = [
    "", "null", "nan", "1e999", "9" * 400, "\x00", "\x1b[31m", "\u202e", "\ud800", "a" * 5000, "½", "1,5",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29T02:30:00", "2026-10-25T02:30:00+02:00",
]  # fmt: skip
OTHERS: list[Any] = [None, True, [], {}, [[]], [None], {"": None}]


@st.composite
def changed(draw: st.DrawFn, document: Any) -> Any:
    """The document with one or two changes."""
    found = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(_paths(found))))
        if not path:
            return draw(st.sampled_from([*NUMBERS, *TEXTS, *OTHERS]))
        parent = found
        for key in path[:-1]:
            parent = parent[key]
        change = draw(st.sampled_from(["replace", "replace", "drop", "double"]))
        if change == "drop":
            del parent[path[-1]]
        elif change == "double" and isinstance(parent, list):
            parent.insert(draw(st.integers(0, len(parent))), copy.deepcopy(parent[path[-1]]))
        else:
            parent[path[-1]] = copy.deepcopy(draw(st.sampled_from([*NUMBERS, *TEXTS, *OTHERS])))
    return found


def body(document: Any) -> str:
    """The document as JSON, with NaN and Infinity as some programs write them."""
    return json.dumps(document)


def assert_is_a_message(message: str) -> None:
    """Whatever the answer quotes: one printable line that a person can read."""
    assert message
    assert message.isprintable()
    assert len(message) < 2000


def _paths(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))
