"""Finds rules that can be active together, to report ties and rules that can never win."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from croniter import croniter

from optimizer.rules.book.book import IfUnknown, Rule, Setting
from optimizer.rules.book.document import problem
from optimizer.rules.language.cron import Schedule
from optimizer.rules.language.domains import ANYTHING, Alternative, alternatives, disjoint
from optimizer.rules.language.errors import Problem
from optimizer.words.text import Text

MAX_TIES = 20
WEEK_MIN = 7 * 24 * 60


class Activity:
    """The times and conditions in which one rule may be active, as far as they can be proved."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.possible = _possible(rule)
        self.minutes = _week(rule.schedules)
        self._otherwise = alternatives(rule.when.tree, negated=True) if rule.when is not None else ()
        """Where its condition does not hold. Kept, because a rule is compared with each other one."""

    def excludes(self, other: Activity) -> bool:
        """Whether the two are provably never active together."""
        if self.minutes is not None and other.minutes is not None and not self.minutes & other.minutes:
            return True
        return disjoint(self.possible, other.possible)

    def covers(self, other: Activity) -> bool:
        """Whether this rule is provably active whenever the other one is."""
        rule = self.rule
        if rule.for_s > 0.0 or rule.until is not None or rule.schedules:
            return False
        return disjoint(other.possible, self._otherwise)


def ties(rules: Sequence[Rule]) -> list[Problem]:
    """Claims on one target with the same priority by rules that may be active together."""
    bids: dict[tuple[str, int], list[tuple[Rule, Setting]]] = {}
    for rule in rules:
        if rule.enabled == "true":
            for setting in rule.claims:
                bids.setdefault((setting.target.name, rule.priority), []).append((rule, setting))
    activity = cache(lambda index: Activity(rules[index]))
    index_of = {rule.id: index for index, rule in enumerate(rules)}
    found: list[Problem] = []
    for (target, priority), group in bids.items():
        for later, (rule, setting) in enumerate(group):
            for other, other_setting in group[:later]:
                if setting.constant is not None and setting.constant == other_setting.constant:
                    continue
                if activity(index_of[rule.id]).excludes(activity(index_of[other.id])):
                    continue
                found.append(_tie(rule, setting, other, target, priority))
                if len(found) >= MAX_TIES:
                    return found
    return found


def _tie(rule: Rule, setting: Setting, other: Rule, target: str, priority: int) -> Problem:
    return problem(
        setting.span,
        Text(
            "{id} and {other} ({span}) may claim {target} at the same time, both with priority {priority}",
            id=rule.id,
            other=other.id,
            span=other.span.seen_from(setting.span),
            target=target,
            priority=priority,
        ),
        Text("give one of them a higher priority:, or conditions that exclude each other"),
    )


def _possible(rule: Rule) -> tuple[Alternative, ...]:
    """Outside these alternatives its claims are provably not active."""
    if rule.keep_s > 0.0 or rule.if_unknown in (IfUnknown.APPLY, IfUnknown.HOLD):
        return ANYTHING
    if rule.until is not None:
        return alternatives(rule.until.tree, negated=True)
    return alternatives(rule.when.tree) if rule.when is not None else ANYTHING


def _week(schedules: Sequence[Schedule]) -> int | None:
    """The minutes of the week in which windows are open, as bits; None if that differs between weeks.

    Two adjacent windows may overlap for an hour on a night when the clocks change. The order of the files then
    decides.
    """
    if not schedules:
        return None
    bits = 0
    for schedule in schedules:
        one = _week_of(schedule)
        if one is None:
            return None
        bits |= one
    return bits


@cache
def _week_of(schedule: Schedule) -> int | None:
    minutes, hours, days, months, weekdays = croniter(schedule.cron).expanded[:5]
    if days != ["*"] or months != ["*"] or "l" in weekdays:
        return None
    lasts = min(WEEK_MIN, -(-int(schedule.lasts_s) // 60))
    window = (1 << lasts) - 1
    bits = 0
    for weekday in range(7) if weekdays == ["*"] else {int(day) % 7 for day in weekdays}:
        for hour in range(24) if hours == ["*"] else hours:
            for minute in range(60) if minutes == ["*"] else minutes:
                bits |= window << (weekday * 1440 + int(hour) * 60 + int(minute))
    full = (1 << WEEK_MIN) - 1
    return (bits & full) | (bits >> WEEK_MIN)
