"""Rules that read the schedule must end without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.model.house_fields import BATTERY_PLANNED
from optimizer.rules.book.book import IfUnknown, Rule
from optimizer.rules.book.document import problem
from optimizer.rules.language.errors import Problem
from optimizer.words.text import Text


def unreleased(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules that could act on without end after the schedule has ended, because unknown values keep them active."""
    for rule in rules:
        if rule.if_unknown is IfUnknown.RELEASE:
            continue
        found = next(
            (
                (span, ref.name)
                for tree, span in rule.expressions()
                for ref in tree.fields()
                if _may_end(ref.field.name)
            ),
            None,
        )
        if found is not None:
            span, name = found
            yield problem(
                span,
                Text("{id} reads {name}, which is unknown without a schedule", id=rule.id, name=name),
                Text("write if_unknown: release, so that the rule ends when there is no schedule"),
            )


def _may_end(field: str) -> bool:
    return field.startswith("schedule.") and field != BATTERY_PLANNED.name
