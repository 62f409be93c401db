"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from optimizer.model.goal_text import WEEKDAYS
from optimizer.model.kinds import DURATION
from optimizer.rules.language.interpret import Term, is_condition
from optimizer.rules.language.tree import WINDOWS
from optimizer.rules.tools.explain import Explanation, RuleExplained, TargetExplained
from optimizer.words.text import Text, stacked

JOINS = {"and": Text("all of"), "or": Text("any of"), "not": Text("not")}
MARKS = {True: "✓", False: "✗", None: "?"}


def explanation_text(explanation: Explanation) -> str:
    """The whole explanation: targets first, then rules."""
    at = explanation.at
    now = Text("{day} {time}", day=Text(WEEKDAYS[at.weekday()]), time=f"{at:%Y-%m-%d %H:%M:%S %Z}")
    lines: list[str] = [Text("At {now}", now=now), "", Text("Targets")]
    for target in explanation.targets:
        lines += target_lines(target)
    lines += ["", Text("Rules")]
    for rule in explanation.rules:
        lines += rule_lines(rule, at)
    return stacked(lines)


def target_lines(target: TargetExplained) -> Iterator[str]:
    """The value of one target, and all rules that claim or limit it."""
    by = f"  ← {target.winner}" if target.winner else ""
    yield Text("  {target}: {value}{by}", target=target.target, value=target.value, by=by)
    for contender in target.contenders:
        mark = "●" if contender.wins else "○"
        claim = f"{contender.rule} ({contender.text})"
        yield Text("    {mark} {claim}: {why}", mark=mark, claim=claim, why=contender.why)


def rule_lines(rule: RuleExplained, at: datetime) -> Iterator[str]:
    """One rule: its state, its windows, its conditions term by term."""
    state: str = Text(rule.phase)
    if rule.rule.enabled == "dry-run":
        state = Text("{state}, dry run", state=state)
    if rule.rule.in_file:
        by_hand = "{state}, switched by hand (its file says enabled: {in_file})"
        state = Text(by_hand, state=state, in_file=rule.rule.in_file)
    if rule.since is not None:
        state = Text("{state} since {since}", state=state, since=_time(rule.since, at))
    if rule.waits_for:
        state = Text("{state}, waits for {waits_for}", state=state, waits_for=rule.waits_for)
    if rule.due is not None:
        state = Text("{state}, until {due}", state=state, due=_time(rule.due, at))
    side = Text("{rule} (its limits)", rule=rule.rule.id) if rule.limits and rule.rule.claims else rule.rule.id
    yield Text("  {rule}: {state}", rule=side, state=state)
    if rule.rule.about:
        yield Text("    {about}", about=Text.of(rule.rule.about))
    if rule.next_window is not None:
        opens, closes = rule.next_window
        yield Text("    window: {opens} to {closes}", opens=_time(opens, at), closes=_time(closes, at))
    for name, term in (("when", rule.when), ("until", rule.until)):
        if term is not None:
            yield f"    {name}:"
            yield from _condition(term, "      ")


def _time(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "?"
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}"
    return Text("{day} {time}", day=Text(WEEKDAYS[moment.weekday()]), time=f"{moment:%Y-%m-%d %H:%M}")


def _condition(term: Term, indent: str) -> Iterator[str]:
    value = term.value if isinstance(term.value, bool) else None
    node = term.node
    if node.op in ("and", "or", "not"):
        yield Text("{mark} {word}", mark=f"{indent}{MARKS[value]}", word=JOINS[node.op])
        for part in term.parts:
            yield from _condition(part, indent + "  ")
        return
    yield f"{indent}{MARKS[value]} {term_text(term)}"
    for part in _unknowns(term):
        name = part.node.ref.name if part.node.ref else ""
        yield Text("{name}: {why}", name=f"{indent}    {name}", why=Text.of(part.why))


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
