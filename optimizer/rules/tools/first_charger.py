"""With several chargers, plain `ev` is the first one: a warning if the rules leave the others out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.model.targets import CLAIMS, LIMITS
from optimizer.rules.book.book import Book, Rule
from optimizer.rules.book.document import problem
from optimizer.rules.language.errors import Problem
from optimizer.words.text import Text


def first_charger_only(book: Book, enabled: list[Rule]) -> Iterator[Problem]:
    """One warning per house: plain `ev` is the first charger, and the others have no such rules."""
    first, *others = book.names.evs or ("",)
    offers = [_Offer.of(rule) for rule in enabled]
    found = [(rule, [name for name in others if not _has_its_own(name, rule, offers)]) for rule in enabled]
    missed = [(rule, left_out) for rule, left_out in found if left_out and _is_plain(rule)]
    if not missed:
        return
    names = [name for name in others if any(name in left_out for _, left_out in missed)]
    ids = _and([rule.id for rule, _ in missed])
    yield problem(
        missed[0][0].span,
        Text(
            "plain ev means ev.{first}, the first charger: for {others} there is no rule like {ids}",
            first=first,
            others=_and([f"ev.{name}" for name in names]),
            ids=ids,
        ),
        Text(
            "write each of them for ev.{other} too, or write ev.{first} instead of ev if you mean only that one",
            other=names[0],
            first=first,
        ),
        warning=True,
    )


def _is_plain(rule: Rule) -> bool:
    """Whether the rule is for plain `ev`: it sets `ev`, or it reads `ev` and sets nothing of a charger."""
    targets = [s.written for s in (*rule.claims, *rule.limits) if s.target.target.family == "ev"]
    if targets:
        return any(name in CLAIMS or name in LIMITS for name in targets)
    return any(
        node.ref is not None and node.ref.field.family == "ev" and node.value == node.ref.field.name
        for tree, _ in rule.expressions()
        for node in tree.walk()
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one rule does for chargers."""

    devices: frozenset[str]
    targets: frozenset[str]

    @classmethod
    def of(cls, rule: Rule) -> _Offer:
        """Its chargers are those that it sets, or without any those that it reads."""
        settings = (*rule.claims, *rule.limits)
        looks_at = (ref.device for tree, _ in rule.expressions() for ref in tree.fields() if ref.field.family == "ev")
        devices = {s.target.device for s in settings if s.target.target.family == "ev"} or looks_at
        return cls(frozenset(devices), frozenset(s.target.target.name for s in settings))


def _has_its_own(charger: str, rule: Rule, offers: list[_Offer]) -> bool:
    """Whether a rule does for `charger` what `rule` does for the first one."""
    wanted = {s.target.target.name for s in (*rule.claims, *rule.limits)}
    return any(charger in offer.devices and wanted <= offer.targets for offer in offers)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
