"""Overrides: what a person asks for by hand, as a rule of its own that beats all others and expires."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from optimizer.model.targets import CLAIMS, find_target
from optimizer.rules.assemble import assemble
from optimizer.rules.book import Book, Rule, Setting, Span
from optimizer.rules.errors import ExpressionError, Problem, RuleErrors, one_of
from optimizer.rules.parse import parse
from optimizer.rules.read import check_range
from optimizer.rules.tree import Node
from optimizer.rules.typed import value

OVERRIDE = "override"
"""Id of the built-in rule."""
PRIORITY = 1_000_000
"""Above every priority that a file can give."""


def overridden(book: Book, claims: Mapping[str, str], until: datetime) -> Book:
    """`book` with the claims (`{"ev.mode": "fast"}`) of an override that ends at `until` (aware).

    An earlier override is replaced; without claims it is removed. The override shows up in every explanation like
    any rule. Raises RuleErrors when a target or value is not allowed.
    """
    rules = [rule for rule in book.rules if rule.id != OVERRIDE]
    if claims:
        settings = tuple(_setting(book, target, text) for target, text in claims.items())
        span = Span("override", 0, 0)
        about = "Asked for by hand."
        rules.append(Rule(OVERRIDE, span, about, priority=PRIORITY, claims=settings, expires=until))
    return assemble(rules, book.defaults, book.names, book.zone)


def _setting(book: Book, name: str, text: str) -> Setting:
    ref = find_target(name, CLAIMS, book.names)
    if ref is None:
        raise RuleErrors([Problem(OVERRIDE, 0, 0, f"{name} cannot be claimed", f"known are {one_of(CLAIMS)}")])
    kind = ref.target.kind
    try:
        if kind.is_enum:
            if text not in kind.words:
                raise ExpressionError(f"{text} is not {kind.name}", 0, hint=f"write {one_of(kind.words)}")
            tree = Node("const", 0, len(text), value=kind.words[text], kind=kind)
        else:
            tree = value(parse(text), kind, book.names)
            check_range(tree, ref.target)
    except ExpressionError as error:
        raise RuleErrors([Problem(OVERRIDE, 0, 0, f"{name}: {error.message}", error.hint)]) from None
    return Setting(ref, tree, text, Span(OVERRIDE, 0, 0))
