"""An explanation as a document, for programs and the status page. Times are ISO 8601 in the zone of the house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from typing_extensions import TypedDict

from optimizer.rules.language.interpret import Term
from optimizer.rules.tools.explain import Explanation, RuleExplained, TargetExplained
from optimizer.rules.tools.explain_text import term_text
from optimizer.words.text import Text, joined


class TermDocument(TypedDict):
    """One term of a condition."""

    text: str
    """With the values of now: `battery.soc (55%) >= 60%`."""
    holds: bool | None
    """None: unknown."""
    why: str
    """Why it is unknown, or empty."""


class ContenderDocument(TypedDict):
    """A rule that claims or limits a target."""

    rule: str
    text: str
    wins: bool
    why: str


class TargetDocument(TypedDict):
    """A target, its value, and the rules that claim or limit it."""

    target: str
    value: str
    limit: bool
    winner: str
    contenders: list[ContenderDocument]


class RuleDocument(TypedDict):
    """A rule, its state, and its conditions term by term."""

    rule: str
    place: str
    """The file and the line where it is written."""
    about: str
    enabled: str
    """`true`, `false`, or `dry-run`."""
    in_file: str | None
    """What its file says, if it is switched by hand; null: it is not."""
    limits: bool
    phase: str
    since: str | None
    due: str | None
    waits_for: str
    when: list[TermDocument]
    until: list[TermDocument]


class ExplanationDocument(TypedDict):
    """The explanation of one tick."""

    at: str
    targets: list[TargetDocument]
    rules: list[RuleDocument]


def explanation_document(explanation: Explanation) -> ExplanationDocument:
    """The whole explanation."""
    return {
        "at": explanation.at.isoformat(),
        "targets": [_target(one) for one in explanation.targets],
        "rules": [_rule(one) for one in explanation.rules],
    }


def _target(target: TargetExplained) -> TargetDocument:
    return {
        "target": target.target,
        "value": target.value,
        "limit": target.limit,
        "winner": target.winner,
        "contenders": [
            {"rule": one.rule, "text": one.text, "wins": one.wins, "why": one.why} for one in target.contenders
        ],
    }


def _rule(explained: RuleExplained) -> RuleDocument:
    rule = explained.rule
    return {
        "rule": rule.id,
        "place": f"{rule.span.file}:{rule.span.line}",
        "about": Text.of(rule.about),
        "enabled": rule.enabled,
        "in_file": rule.in_file,
        "limits": explained.limits,
        "phase": explained.phase,
        "since": _iso(explained.since),
        "due": _iso(explained.due),
        "waits_for": Text.of(explained.waits_for),
        "when": [] if explained.when is None else list(_terms(explained.when)),
        "until": [] if explained.until is None else list(_terms(explained.until)),
    }


def _terms(term: Term) -> Iterator[TermDocument]:
    """The terms of a condition: those that `and` joins, one by one."""
    if term.node.op == "and":
        for part in term.parts:
            yield from _terms(part)
        return
    holds = term.value if isinstance(term.value, bool) else None
    yield {
        "text": term_text(term),
        "holds": holds,
        "why": joined([Text.of(why) for why in dict.fromkeys(_whys(term))], "{first}, {then}"),
    }


def _whys(term: Term) -> Iterator[str]:
    if term.why:
        yield term.why
    for part in term.parts:
        yield from _whys(part)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
