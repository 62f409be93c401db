"""A small house and small books for tests of the rule language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.fields import DeviceNames
from optimizer.model.state import State
from optimizer.rules.book.book import Book
from optimizer.rules.book.engine import EMPTY_MEMORY, RulesMemory, evaluate
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.verdict import Verdict
from optimizer.rules.tools.inputs import blank_state, read_value, settable, with_values

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = DeviceNames(("carport", "garage"), ("cellar",), ("roof",))
NOON = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)
"""A Saturday, 12:00 in Berlin."""


def house(after_s: float = 0.0, start: datetime = NOON, names: DeviceNames = NAMES, **values: str) -> State:
    """A state some seconds after the start; `battery__soc="55%"` gives a field, everything else is unknown."""
    now = start + timedelta(seconds=after_s)
    state = blank_state(names, now, BERLIN, 1000.0 + after_s)
    given = {}
    for name, text in values.items():
        ref = settable(name.replace("__", "."), names)
        given[ref] = read_value(text, ref)
    return with_values(state, given)


def book(rules: str, defaults: str = "{}", names: DeviceNames = NAMES) -> Book:
    """A book of the rules in `rules` (a YAML list, indented or not)."""
    lines = "\n".join(f"  {line}" for line in rules.strip("\n").splitlines())
    return book_from_texts({"test.yaml": f"version: 1\ndefaults: {defaults}\nrules:\n{lines}\n"}, names, BERLIN)


class Run:
    """A book evaluated tick by tick."""

    def __init__(self, rules: Book | str, start: datetime = NOON) -> None:
        self.book = rules if isinstance(rules, Book) else book(rules)
        self.start = start
        self.memory: RulesMemory = EMPTY_MEMORY

    def tick(self, after_s: float, **values: str) -> Verdict:
        """One tick, `after_s` after the start."""
        state = house(after_s, self.start, self.book.names, **values)
        verdict, self.memory = evaluate(self.book, state, self.memory)
        return verdict


def codes(verdict: Verdict, rule: str) -> set[str]:
    """The codes of all causes about a rule."""
    return {cause.code for cause in verdict.causes if cause.rule == rule}
