"""Warnings of `optimizer check`: rules that work but are probably not intended."""

from __future__ import annotations

from collections.abc import Container, Iterator

from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.rules.book.book import Book, Rule, Setting
from optimizer.rules.book.document import problem
from optimizer.rules.book.exclude import Activity
from optimizer.rules.language.cron import Schedule
from optimizer.rules.language.domains import Alternative, Interval, alternatives, disjoint, implies
from optimizer.rules.language.emit import describe
from optimizer.rules.language.errors import Problem
from optimizer.rules.language.span import Span
from optimizer.rules.language.tree import COMPARISONS, Node
from optimizer.rules.tools.first_charger import first_charger_only
from optimizer.rules.tools.never_known import can_act, nothing_to_set, why_never_known
from optimizer.rules.tools.nights import split_nights
from optimizer.rules.tools.own_vehicle import own_vehicle
from optimizer.words.text import Text


def lints(book: Book, unreported: Container[str] = ()) -> list[Problem]:
    """All warnings, in the order of the files.

    `unreported` holds the fields that the devices of the house never report: `ev.yard.soc`, `battery.capacity_wh`.
    """
    enabled = [rule for rule in book.rules if rule.enabled != "false"]
    found: list[Problem] = []
    for rule in enabled:
        found += _never_active(rule)
        found += _schedules(rule)
        found += split_nights(rule)
        found += _weak_limits(rule)
        found += _out_of_range(rule)
        found += _never_known(rule, book, unreported)
        found += own_vehicle(rule)
    found += _contests([rule for rule in enabled if rule.enabled == "true"])
    found += _unclaimed(book, enabled)
    found += first_charger_only(book, enabled)
    return sorted(found, key=lambda p: (p.file, p.line, p.column))


def _warning(span: Span, message: str, hint: str = "") -> Problem:
    return problem(span, message, hint, warning=True)


def _never_active(rule: Rule) -> Iterator[Problem]:
    when, until = rule.when, rule.until
    if when is not None and not alternatives(when.tree):
        yield _warning(
            when.span,
            Text("the condition of {id} can never be true", id=rule.id),
            Text("its parts contradict each other"),
        )
    elif when is not None and until is not None and implies(alternatives(when.tree), until.tree):
        yield _warning(
            until.span, Text("{id} never becomes active: its until is true whenever its when is true", id=rule.id)
        )
    if until is not None and not alternatives(until.tree):
        yield _warning(
            until.span, Text("the until of {id} can never be true, so the rule never ends by itself", id=rule.id)
        )
    if rule.schedules and all(rule.for_s >= schedule.lasts_s for schedule in rule.schedules):
        yield _warning(
            rule.span, Text("{id} never becomes active: its for is as long as its window or longer", id=rule.id)
        )
    elif any(rule.for_s >= schedule.lasts_s for schedule in rule.schedules):
        yield _warning(rule.span, Text("the for of {id} is as long as one of its windows or longer", id=rule.id))


def _schedules(rule: Rule) -> Iterator[Problem]:
    for schedule in rule.schedules:
        fields = schedule.cron.split()
        if fields[2] != "*" and fields[4] != "*":
            yield _warning(
                rule.span,
                Text(
                    'the window "{cron}" of {id} opens on the days of the month and on the weekdays, not only on days '
                    "that are both",
                    cron=schedule.cron,
                    id=rule.id,
                ),
                Text("cron joins the two with or. Write * for one of them"),
            )
        if _always_open(schedule):
            yield _warning(
                rule.span,
                Text('the window "{cron}" of {id} never closes', cron=schedule.cron, id=rule.id),
                Text("it lasts too long"),
            )


def _always_open(schedule: Schedule) -> bool:
    minutes, hours, *days = schedule.cron.split()
    if days != ["*", "*", "*"]:
        return False
    if minutes.isdigit() and hours.isdigit():
        return schedule.lasts_s >= 86400.0
    return minutes.isdigit() and hours == "*" and schedule.lasts_s >= 3600.0


def _weak_limits(rule: Rule) -> Iterator[Problem]:
    for setting in rule.limits:
        value, name = setting.constant, setting.target.target.name
        if not isinstance(value, int | float):
            continue
        least = {"ev.current_a": MIN_CURRENT_A, "ev.power_w": MIN_CURRENT_A * NOMINAL_VOLTAGE_V}.get(name)
        if least is not None and 0.0 < value < least:
            show = setting.target.target.kind.show
            yield _warning(
                setting.span,
                Text(
                    "the limit {value} is below the {least} that charging needs, so the car will pause",
                    value=show(float(value)),
                    least=show(least),
                ),
                Text("write {value} if you intend that", value=show(0.0)),
            )


def _out_of_range(rule: Rule) -> Iterator[Problem]:
    """Comparisons that are always or never true, because the field has no such values."""
    for condition in (rule.when, rule.until):
        for node in condition.tree.walk() if condition is not None else ():
            if node.op not in (*COMPARISONS, "between"):
                continue
            item = next((arg for arg in node.args if arg.ref is not None and arg.ref.field.range_text), None)
            if item is None or item.ref is None or sum(arg.op != "const" for arg in node.args) > 1:
                continue
            field = item.ref.field
            all_there_is: Alternative = {item.ref.name: (Interval(field.low, field.high, True, True),)}
            for negated, word in ((False, Text("never")), (True, Text("always"))):
                if disjoint(alternatives(node, negated=negated), (all_there_is,)):
                    text = _as_written(node)
                    yield _warning(
                        condition.span if condition is not None else rule.span,
                        Text(
                            "{text} is {word} true: {name} is {range}",
                            text=text,
                            word=word,
                            name=item.ref.name,
                            range=field.range_text,
                        ),
                    )


def _as_written(comparison: Node) -> str:
    first, *rest = (describe(arg) for arg in comparison.args)
    return f"{first} {comparison.op} {' and '.join(rest)}"


def _never_known(rule: Rule, book: Book, unreported: Container[str]) -> Iterator[Problem]:
    """Warnings of fields without a source, except in rules that set `if_unknown` for want of a device's report.

    A rule that cannot act because the house lacks a kind of device is no mistake. `rules_that_never_act` lists it.
    """
    if nothing_to_set(rule, book):
        return
    acts = can_act(rule, book, unreported)
    for tree, span in rule.expressions():
        for ref in tree.fields():
            why = why_never_known(ref, book, unreported)
            no_device = ref.field.family is not None and not book.names.of(ref.field.family)
            if why and (acts if no_device else rule.if_unknown is None):
                hint = "" if no_device else Text("if you intend that, set if_unknown: release or apply")
                yield _warning(span, Text("{name} is never known here: {why}", name=ref.name, why=why), hint)
                break


def _contests(rules: list[Rule]) -> Iterator[Problem]:
    """Claims that never win, and equal claims with one priority."""
    bids: dict[str, list[tuple[Rule, Setting]]] = {}
    for rule in rules:
        for setting in rule.claims:
            bids.setdefault(setting.target.name, []).append((rule, setting))
    activity = {rule.id: Activity(rule) for rule in rules}
    for target, group in bids.items():
        for index, (rule, setting) in enumerate(group):
            shadow = next(
                (
                    other
                    for other, _ in group
                    if other.priority > rule.priority and activity[other.id].covers(activity[rule.id])
                ),
                None,
            )
            if shadow is not None:
                yield _warning(
                    setting.span,
                    Text(
                        "{id} never wins {target}: {other} is active at the same times and has priority",
                        id=rule.id,
                        target=target,
                        other=shadow.id,
                    ),
                    Text("raise its priority:, or narrow the other's condition"),
                )
            for other, other_setting in group[:index]:
                if (
                    other.priority == rule.priority
                    and setting.constant == other_setting.constant
                    and not disjoint(activity[rule.id].possible, activity[other.id].possible)
                ):
                    yield _warning(
                        setting.span,
                        Text(
                            "{id} and {other} ({place}) claim the same value of {target} with the same priority",
                            id=rule.id,
                            other=other.id,
                            place=other.span.seen_from(setting.span),
                            target=target,
                        ),
                        Text("remove one of the two. If both are active, the service names the first in the file"),
                    )


def _unclaimed(book: Book, enabled: list[Rule]) -> Iterator[Problem]:
    if not book.rules and not book.defaults:
        return
    claimed = {s.target.name for rule in enabled if rule.enabled == "true" for s in rule.claims}
    claimed |= {s.target.name for s in book.defaults}
    first = book.rules[0].span if book.rules else book.defaults[0].span
    for name in book.names.evs:
        if f"ev.{name}.mode" not in claimed:
            yield Problem(
                first.file,
                0,
                0,
                message=Text("no rule claims ev.{name}.mode, so this charger stays off", name=name),
                hint=Text("write defaults: {ev.mode: surplus}, or a rule that claims it"),
                warning=True,
            )
