"""A warning for windows across midnight on some weekdays: each half of the night has a weekday of its own."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.kinds import CLOCK
from optimizer.rules.book.book import Rule
from optimizer.rules.book.document import problem
from optimizer.rules.language.errors import Problem
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text

HINT = Text(
    "for whole nights use a schedule, which belongs to the day on which it opens, such as "
    "{cron: '0 23 * * mon-fri', lasts: 8h}"
)


def split_nights(rule: Rule) -> Iterator[Problem]:
    """One warning for each condition of the rule that joins a weekday with a time window across midnight."""
    for condition in (rule.when, rule.until):
        if condition is None:
            continue
        terms = list(_joined(condition.tree))
        window = next((term for term in terms if _crosses_midnight(term)), None)
        if window is None or not any(_is_weekday(term) for term in terms):
            continue
        opens, closes = (CLOCK.show(bound.value) for bound in window.args[1:])
        yield problem(
            condition.span,
            Text(
                "the window {opens} to {closes} of {rule} crosses midnight, and time.weekday changes there: the night "
                "of the last day ends at midnight, and the morning of the first day counts",
                opens=opens,
                closes=closes,
                rule=rule.id,
            ),
            HINT,
            warning=True,
        )


def _joined(node: Node) -> Iterator[Node]:
    """The terms that `and` joins."""
    if node.op == "and":
        for part in node.args:
            yield from _joined(part)
    else:
        yield node


def _crosses_midnight(term: Node) -> bool:
    if term.op != "between" or not _is_field(term.args[0], "time.now"):
        return False
    low, high = (bound.value for bound in term.args[1:])
    return isinstance(low, float) and isinstance(high, float) and low > high > 0.0


def _is_weekday(term: Node) -> bool:
    return term.op in ("in", "==", "!=", "between") and any(_is_field(part, "time.weekday") for part in term.args)


def _is_field(node: Node, name: str) -> bool:
    return node.ref is not None and node.ref.field.name == name
