"""From checked rules to a Book: parts with their life cycles, bids per target, compiled code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.model.decision import Cause
from optimizer.model.fields import DeviceNames
from optimizer.rules.book.book import Bid, Book, Condition, Feed, IfUnknown, Part, Rule, Setting
from optimizer.rules.book.verdict import Claimed, Limited
from optimizer.rules.language.cron import Schedule
from optimizer.rules.language.emit import Average, Emitter, window_key
from optimizer.rules.language.tree import WINDOWS, Node

DEFAULTS = "defaults"
"""What wins where no rule does."""


def assemble(rules: Sequence[Rule], defaults: Sequence[Setting], names: DeviceNames, zone: ZoneInfo) -> Book:
    """The compiled book. The rules are checked already; nothing here can fail."""
    work = _Assembly()
    for rule in rules:
        if rule.enabled != "false":
            work.add(rule)
    for setting in defaults:
        work.default(setting)
    source, feed, sense = work.compiled()
    return Book(
        version=_version(rules, defaults, names, zone),
        names=names,
        zone=zone,
        rules=tuple(rules),
        defaults=tuple(defaults),
        parts=tuple(work.parts),
        keys=tuple(part.key for part in work.parts),
        windows=tuple(work.windows),
        averages=tuple(work.emitter.windows.values()),
        feed=feed,
        sense=sense,
        claims=tuple(
            (target, tuple(sorted(bids, key=lambda bid: -bid.priority)), work.default_bids.get(target))
            for target, bids in work.claims.items()
        ),
        limits=tuple((target, tuple(bids)) for target, bids in work.limits.items()),
        source=source,
    )


def empty_book(names: DeviceNames | None = None, zone: ZoneInfo | None = None) -> Book:
    """A book without rules."""
    return assemble((), (), names or DeviceNames(), zone or ZoneInfo("UTC"))


def _digest(*content: object) -> str:
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:12]


def _version(rules: Iterable[Rule], defaults: Iterable[Setting], names: DeviceNames, zone: ZoneInfo) -> str:
    return _digest(
        [
            [_lifecycle(rule), rule.enabled, rule.priority, _settings(rule.claims), _settings(rule.limits)]
            for rule in rules
        ],
        _settings(defaults),
        [
            names.evs,
            names.batteries,
            names.pvs,
            *([names.inputs] if names.inputs else []),
            *([["switches", names.switches]] if names.switches else []),
            *([["vehicles", names.vehicles]] if names.vehicles else []),
        ],
        str(zone),
    )


def _lifecycle(rule: Rule) -> list[Any]:
    """The part of a rule that decides when it is active. Its timer survives a reload that leaves this unchanged."""
    return [
        rule.id,
        rule.when.text if rule.when else None,
        rule.until.text if rule.until else None,
        rule.for_s,
        rule.keep_s,
        [[schedule.cron, schedule.lasts_s] for schedule in rule.schedules],
        rule.if_unknown.value if rule.if_unknown else None,
    ]


def _settings(settings: Iterable[Setting]) -> list[list[str]]:
    return [[setting.target.name, setting.text] for setting in settings]


@dataclass(slots=True)
class _Assembly:
    """The lists that grow while rules are added."""

    parts: list[Part] = field(default_factory=list)
    windows: list[tuple[Schedule, ...]] = field(default_factory=list)
    whens: list[str] = field(default_factory=list)
    untils: list[tuple[int, Condition]] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    claims: dict[str, list[Bid]] = field(default_factory=dict)
    limits: dict[str, list[Bid]] = field(default_factory=dict)
    default_bids: dict[str, Bid] = field(default_factory=dict)
    emitter: Emitter = field(default_factory=lambda: Emitter({}))
    trees: list[Node] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        windows = -1
        if rule.schedules:
            windows = len(self.windows)
            self.windows.append(rule.schedules)
        for limits, settings in ((False, rule.claims), (True, rule.limits)):
            if not settings:
                continue
            part = self._part(rule, limits, windows)
            for setting in settings:
                table = self.limits if limits else self.claims
                table.setdefault(setting.target.name, []).append(self._bid(rule, part, setting, limits))

    def default(self, setting: Setting) -> None:
        name = setting.target.name
        self.claims.setdefault(name, [])
        self.default_bids[name] = Bid(
            part=-1,
            slot=self._slot(setting),
            fixed=_fixed(setting, DEFAULTS),
            limit=None,
            rule=DEFAULTS,
            dry=False,
            hold=False,
            wins=Cause("rule.default", name, DEFAULTS),
        )

    def _part(self, rule: Rule, limits: bool, windows: int) -> int:
        index = len(self.parts)
        self.whens.append(self._condition(rule.when))
        until = -1
        if rule.until is not None:
            until = len(self.untils)
            self.untils.append((index, rule.until))
        side = "limit" if limits else "claim"
        self.parts.append(
            Part(
                rule=rule,
                limits=limits,
                key=f"{rule.id}/{side}/{_digest(_lifecycle(rule))}",
                unknown=rule.if_unknown or (IfUnknown.APPLY if limits else IfUnknown.RELEASE),
                for_s=rule.for_s,
                keep_s=rule.keep_s,
                until=until,
                windows=windows,
                dry=rule.enabled == "dry-run",
                idle=Cause("rule.idle", f"rule.{rule.id}", rule.id),
            )
        )
        return index

    def _condition(self, condition: Condition | None) -> str:
        if condition is None:
            return "True"
        self.trees.append(condition.tree)
        return self.emitter.condition(condition.tree)

    def _bid(self, rule: Rule, part: int, setting: Setting, limits: bool) -> Bid:
        name = setting.target.name
        dry = rule.enabled == "dry-run"
        won = "rule.limits" if limits else "rule.won"
        fixed = _fixed(setting, rule.id)
        return Bid(
            part=part,
            slot=self._slot(setting),
            fixed=None if limits else fixed,
            limit=Limited(float(fixed.value), rule.id) if limits and fixed is not None else None,
            rule=rule.id,
            dry=dry,
            hold=self.parts[part].unknown is IfUnknown.HOLD,
            wins=Cause("rule.dry_run" if dry else won, name, rule.id),
            priority=rule.priority,
        )

    def _slot(self, setting: Setting) -> int:
        if setting.expression.op == "const":
            return -1
        self.trees.append(setting.expression)
        target = setting.target.target
        self.values.append(self.emitter.clamped(setting.expression, target.low, target.high))
        return len(self.values) - 1

    def compiled(self) -> tuple[str, Feed | None, Any]:
        """The source of the code, the function that feeds the windows, and the one that evaluates the conditions."""
        conditions = [*self.whens, *(self._condition(until) for _, until in self.untils)]
        returns = f"({_tuple(conditions)}, {_tuple(self.values)})"
        source, sense = self.emitter.function("sense", "state, modes, results", returns)
        averages: dict[str, Average] = self.emitter.windows
        if not averages:
            return source, None, sense
        inner = {window_key(n): n.args[0] for tree in self.trees for n in tree.walk() if n.op in WINDOWS}
        feeder = Emitter({})
        fed = [feeder.atom(inner[key]) for key in averages]
        feed_source, feed = feeder.function("feed", "state, modes", _tuple(fed))
        return f"{feed_source}\n{source}", feed, sense


def _tuple(items: Sequence[str]) -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _fixed(setting: Setting, rule: str) -> Claimed | None:
    constant = setting.constant
    if constant is None:
        return None
    return Claimed(constant if isinstance(constant, str) else float(constant), rule)  # type: ignore[arg-type]
