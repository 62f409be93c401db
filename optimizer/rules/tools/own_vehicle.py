"""A rule that chooses the vehicle by what the vehicle gives: it may alternate between two."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.rules.book.book import Rule
from optimizer.rules.book.document import problem
from optimizer.rules.language.errors import Problem
from optimizer.rules.tools.never_known import OF_VEHICLES
from optimizer.words.text import Text

BY_GOAL = frozenset({"ev.departure_in", "ev.target_soc", "ev.target_energy_wh", "ev.needs_wh", "ev.overdue"})
"""The fields of the goal, which may be one of the vehicle."""


def own_vehicle(rule: Rule) -> Iterator[Problem]:
    """One warning per condition."""
    chosen = {s.target.device: s.target.name for s in rule.claims if s.target.target.name == "ev.vehicle"}
    for condition in (rule.when, rule.until):
        for ref in condition.tree.fields() if condition is not None and chosen else ():
            if ref.field.name in OF_VEHICLES | BY_GOAL and ref.device in chosen:
                yield problem(
                    condition.span if condition is not None else rule.span,
                    Text(
                        "{id} chooses {target} by {name}, which is of the vehicle that was chosen before",
                        id=rule.id,
                        target=chosen[ref.device],
                        name=ref.name,
                    ),
                    Text("choose it by what does not depend on it, such as time.weekday, input.*, or ev.phases"),
                    warning=True,
                )
                break
