"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from optimizer.model.kinds import DURATION
from optimizer.rules.language.interpret import Term, is_condition
from optimizer.rules.language.tree import WINDOWS
from optimizer.rules.tools.explain import Explanation, RuleExplained, TargetExplained

MARKS = {True: "✓", False: "✗", None: "?"}


def explanation_text(explanation: Explanation) -> str:
    """The whole explanation: targets first, then rules."""
    at = explanation.at
    lines = [f"At {at:%a %Y-%m-%d %H:%M:%S %Z}", "", "Targets"]
    for target in explanation.targets:
        lines += target_lines(target)
    lines += ["", "Rules"]
    for rule in explanation.rules:
        lines += rule_lines(rule, at)
    return "\n".join(lines)


def target_lines(target: TargetExplained) -> Iterator[str]:
    """The value of one target, and all rules that claim or limit it."""
    by = f"  ← {target.winner}" if target.winner else ""
    yield f"  {target.target}: {target.value}{by}"
    for contender in target.contenders:
        mark = "●" if contender.wins else "○"
        yield f"    {mark} {contender.rule} ({contender.text}): {contender.why}"


def rule_lines(rule: RuleExplained, at: datetime) -> Iterator[str]:
    """One rule: its state, its windows, its conditions term by term."""
    side = " (its limits)" if rule.limits and rule.rule.claims else ""
    dry = ", dry run" if rule.rule.enabled == "dry-run" else ""
    by_hand = f", switched by hand (its file says enabled: {rule.rule.in_file})" if rule.rule.in_file else ""
    since = f" since {_time(rule.since, at)}" if rule.since is not None else ""
    waits = f", waits for {rule.waits_for}" if rule.waits_for else ""
    until = f", until {_time(rule.due, at)}" if rule.due is not None else ""
    yield f"  {rule.rule.id}{side}: {rule.phase}{dry}{by_hand}{since}{waits}{until}"
    if rule.rule.about:
        yield f"    {rule.rule.about}"
    if rule.next_window is not None:
        opens, closes = rule.next_window
        yield f"    window: {_time(opens, at)} to {_time(closes, at)}"
    for name, term in (("when", rule.when), ("until", rule.until)):
        if term is not None:
            yield f"    {name}:"
            yield from _condition(term, "      ")


def _time(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "?"
    return f"{moment:%H:%M:%S}" if moment.date() == now.date() else f"{moment:%a %Y-%m-%d %H:%M}"


def _condition(term: Term, indent: str) -> Iterator[str]:
    value = term.value if isinstance(term.value, bool) else None
    node = term.node
    if node.op in ("and", "or", "not"):
        word = {"and": "all of", "or": "any of", "not": "not"}[node.op]
        yield f"{indent}{MARKS[value]} {word}"
        for part in term.parts:
            yield from _condition(part, indent + "  ")
        return
    yield f"{indent}{MARKS[value]} {term_text(term)}"
    for part in _unknowns(term):
        yield f"{indent}    {part.node.ref.name if part.node.ref else ''}: {part.why}"


def _unknowns(term: Term) -> Iterator[Term]:
    if term.why:
        yield term
    for part in term.parts:
        yield from _unknowns(part)


def term_text(term: Term) -> str:
    """One term with the values of its parts: `battery.soc (55%) >= 60%`."""
    node = term.node
    if node.op == "const":
        return node.kind.show(node.value) if node.kind is not None else str(node.value)
    if node.ref is not None:
        return node.ref.name if is_condition(term) else f"{node.ref.name} ({node.ref.field.kind.show(term.value)})"
    parts = [term_text(part) for part in term.parts]
    if node.op == "in":
        return f"{parts[0]} in [{', '.join(parts[1:])}]"
    if node.op == "between":
        return f"{parts[0]} between {parts[1]} and {parts[2]}"
    if node.op == "neg":
        return f"-{parts[0]}"
    if node.op in ("and", "or"):
        return "(" + f" {node.op} ".join(parts) + ")"
    if node.op == "not":
        return f"not {parts[0]}"
    if len(parts) == 2 and not node.op.isalpha():
        return f"{parts[0]} {node.op} {parts[1]}"
    shown = f" ({node.kind.show(term.value)})" if node.kind is not None and not is_condition(term) else ""
    length = [DURATION.show(node.value)] if node.op in WINDOWS else []
    return f"{node.op}({', '.join([*parts, *length])}){shown}"
