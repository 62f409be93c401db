"""The vehicles that rules and the owner put at the chargers: the claims of the last decision, and the overrides of now.

A rule that chooses the vehicle may read what no vehicle gives, and other rules read the state of charge of the chosen
one. So the claim counts from the next tick on, and nothing depends on itself within one.
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.model.state import State
from optimizer.rules.book.book import Book
from optimizer.rules.book.engine import RulesMemory
from optimizer.rules.book.overrides import RULE, Override, left_s
from optimizer.rules.book.verdict import Claimed


def target_of(charger: str) -> str:
    """The target of the vehicle at a charger."""
    return f"ev.{charger}.vehicle"


def claimed_vehicles(
    book: Book, memory: RulesMemory, overrides: tuple[Override, ...], state: State
) -> Mapping[str, Claimed | None]:
    """By charger: the vehicle that a hand or else a rule puts there. None: rules may, and have not decided yet.

    A charger of which nothing claims the vehicle is absent.
    """
    chargers = {target_of(name): name for name in state.evs}
    found: dict[str, Claimed | None] = {}
    if memory.verdict is None:
        found = {chargers[target]: None for target, _, _ in book.claims if target in chargers}
    else:
        claims = memory.verdict.claims
        found = {name: claims[target] for target, name in chargers.items() if target in claims}
    for one in overrides:
        if one.target in chargers and left_s(one, state) > 0.0:
            found[chargers[one.target]] = Claimed(one.value, RULE)
    return found
