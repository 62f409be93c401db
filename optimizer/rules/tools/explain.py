"""Explain: the winner of each target and why, the state of each rule, and every condition term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from optimizer.model.kinds import Value
from optimizer.model.state import State
from optimizer.model.targets import CLAIMS, LIMITS, Target
from optimizer.rules.book.book import Bid, Book, Part, Rule, Setting
from optimizer.rules.book.engine import RulesMemory, adopt, evaluate
from optimizer.rules.book.history import result
from optimizer.rules.book.lifecycle import ACTIVE, ENDING, IDLE, NEVER, PENDING, PHASE_NAMES
from optimizer.rules.book.verdict import Verdict
from optimizer.rules.language.cron import LATEST, upcoming
from optimizer.rules.language.interpret import Scene, Term, interpret
from optimizer.words.text import Text

DRY = "only on a dry run"


@dataclass(frozen=True, slots=True)
class Contender:
    """One rule that claims or limits a target."""

    rule: str
    value: Value | None
    """None: unknown."""
    text: str
    """The value as its author wrote it."""
    wins: bool
    why: str
    """Why it wins or does not win."""


@dataclass(frozen=True, slots=True)
class TargetExplained:
    """One target: its value, and all rules that claim or limit it."""

    target: str
    limit: bool
    value: str
    """The value, as an owner writes it; for an unclaimed target its effect."""
    winner: str
    """Rule id, "defaults", or empty if no rule claims or limits it."""
    contenders: tuple[Contender, ...]


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """One rule: its state and start time, the reason why it waits, and the end of its timer."""

    rule: Rule
    limits: bool
    """Whether this is about its limits. A rule with claims and limits appears twice."""
    phase: str
    """idle, pending, active, ending or disabled."""
    since: datetime | None
    """Local time; None if the state has not changed since the start."""
    due: datetime | None
    """Local time at which a timer ends."""
    waits_for: str
    next_window: tuple[datetime, datetime] | None
    when: Term | None
    until: Term | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one tick."""

    at: datetime
    """Local time."""
    targets: tuple[TargetExplained, ...]
    rules: tuple[RuleExplained, ...]
    verdict: Verdict


def explain(book: Book, state: State, memory: RulesMemory) -> Explanation:
    """The explanation of the tick that turns `memory` and `state` into a verdict.

    `memory` is the memory of the rules *before* that tick.
    """
    before = adopt(book, memory)
    verdict, after = evaluate(book, state, before)
    results = {
        average.key: result(average, history, state.mono_s)
        for average, history in zip(book.averages, after.histories, strict=True)
    }
    scene = Scene(state, before.modes, results)
    return Explanation(
        at=state.local,
        targets=tuple(
            [_claim(book, target, bids, default, after, verdict, scene) for target, bids, default in book.claims]
            + [_limit(book, target, bids, after, verdict, scene) for target, bids in book.limits]
        ),
        rules=tuple(_rules(book, state, after, scene)),
        verdict=verdict,
    )


def _claim(
    book: Book,
    target: str,
    bids: tuple[Bid, ...],
    default: Bid | None,
    after: RulesMemory,
    verdict: Verdict,
    scene: Scene,
) -> TargetExplained:
    claimed = verdict.claims.get(target)
    winner = claimed.rule if claimed is not None else ""
    contenders: list[Contender] = []
    setting = None
    for bid in bids:
        setting = _setting_of(book, bid, target, limits=False)
        value = interpret(setting.expression, scene).value
        wins = bid.rule == winner
        why = _why_claim(bid, book, after, value, winner)
        contenders.append(Contender(bid.rule, value=value, text=setting.text, wins=wins, why=why))
    if default is not None:
        setting = next(s for s in book.defaults if s.target.name == target)
        why = Text("no rule claims it") if winner == "defaults" else Text("{winner} claims it", winner=winner)
        value = interpret(setting.expression, scene).value
        contenders.append(Contender("defaults", value=value, text=setting.text, wins=winner == "defaults", why=why))
    known = _target(target, CLAIMS)
    shown = known.kind.show(claimed.value) if claimed is not None else _unclaimed(known)
    return TargetExplained(target, limit=False, value=shown, winner=winner, contenders=tuple(contenders))


def _limit(
    book: Book, target: str, bids: tuple[Bid, ...], after: RulesMemory, verdict: Verdict, scene: Scene
) -> TargetExplained:
    limited = verdict.limits.get(target)
    winner = limited.rule if limited is not None else ""
    contenders: list[Contender] = []
    for bid in bids:
        setting = _setting_of(book, bid, target, limits=True)
        value = interpret(setting.expression, scene).value
        wins = bid.rule == winner
        contenders.append(
            Contender(
                bid.rule,
                value=value,
                text=setting.text,
                wins=wins,
                why=_why_limit(bid, book, after, value, wins, winner),
            )
        )
    shown = Text("no limit")
    if limited is not None:
        shown = Text("at most {value}", value=_target(target, LIMITS).kind.show(limited.value))
    return TargetExplained(target, limit=True, value=shown, winner=winner, contenders=tuple(contenders))


def _unclaimed(target: Target) -> Text:
    return Text("not claimed: {effect}", effect=Text.of(target.unclaimed))


def _target(name: str, table: Mapping[str, Target]) -> Target:
    parts = name.split(".")
    return table[f"{parts[0]}.{parts[-1]}"]


def _setting_of(book: Book, bid: Bid, target: str, *, limits: bool) -> Setting:
    rule = book.parts[bid.part].rule
    return next(s for s in (rule.limits if limits else rule.claims) if s.target.name == target)


def _why_claim(bid: Bid, book: Book, after: RulesMemory, value: Value | None, winner: str) -> Text:
    phase = after.phases[bid.part]
    if phase < ACTIVE:
        return _resting(book, bid, after)
    if bid.dry:
        return Text(DRY)
    if bid.rule == winner:
        return Text("active, priority {priority}", priority=bid.priority) if bid.priority else Text("active")
    if value is None:
        return Text("active, but its value is unknown")
    return Text("active, but {winner} has priority (this rule: {priority})", winner=winner, priority=bid.priority)


def _why_limit(bid: Bid, book: Book, after: RulesMemory, value: Value | None, wins: bool, winner: str) -> Text:
    if after.phases[bid.part] < ACTIVE:
        return _resting(book, bid, after)
    if bid.dry:
        return Text(DRY)
    if value is None and wins:
        return Text("active; its value is unknown, so it applies at its strictest")
    if value is None:
        return Text("active, but {winner} is as strict", winner=winner)
    return Text("active") if wins else Text("active, but {winner} is stricter", winner=winner)


def _resting(book: Book, bid: Bid, after: RulesMemory) -> Text:
    part = book.parts[bid.part]
    if part.windows >= 0 and not after.openings[part.windows].open:
        return Text("its schedule is closed")
    if after.phases[bid.part] == PENDING:
        return Text("waits until its condition has held for long enough")
    if after.conditions[bid.part] is None:
        return Text("its condition is unknown")
    return Text("its condition is not met")


def _rules(book: Book, state: State, after: RulesMemory, scene: Scene) -> list[RuleExplained]:
    found: list[RuleExplained] = []
    indexes: dict[str, list[int]] = {}
    for index, part in enumerate(book.parts):
        indexes.setdefault(part.name, []).append(index)
    for rule in book.rules:
        when = interpret(rule.when.tree, scene) if rule.when is not None else None
        until = interpret(rule.until.tree, scene) if rule.until is not None else None
        found += [_rule(book, index, state, after, when, until) for index in indexes.get(rule.id, [])]
        if rule.id not in indexes:
            found.append(
                RuleExplained(
                    rule,
                    limits=not rule.claims,
                    phase="disabled",
                    since=None,
                    due=None,
                    waits_for=Text("the end of the setting by hand") if rule.in_file else "enabled: true",
                    next_window=None,
                    when=when,
                    until=until,
                )
            )
    return found


def _rule(
    book: Book, index: int, state: State, after: RulesMemory, when: Term | None, until: Term | None
) -> RuleExplained:
    part, phase = book.parts[index], after.phases[index]
    since_s = after.since_s[index]
    due_s = NEVER
    if phase == PENDING:
        due_s = since_s + part.for_s
    elif phase == ENDING:
        due_s = since_s + part.keep_s
    windows = book.windows[part.windows] if part.windows >= 0 else None
    is_open = windows is None or after.openings[part.windows].open
    coming = min(upcoming(s, state.now, book.zone, 1)[0] for s in windows) if windows is not None else None
    return RuleExplained(
        rule=part.rule,
        limits=part.limits,
        phase=PHASE_NAMES[phase],
        since=_local(state, since_s) if since_s or phase != IDLE else None,
        due=_local(state, due_s) if due_s < NEVER else _closing(after, part, phase, book),
        waits_for=_waits(part, phase, is_open, when, until),
        next_window=coming,
        when=when,
        until=until,
    )


def _closing(after: RulesMemory, part: Part, phase: int, book: Book) -> datetime | None:
    """The time at which a closing window will end an active rule."""
    if phase < ACTIVE or part.windows < 0 or after.openings[part.windows].until >= LATEST:
        return None
    return after.openings[part.windows].until.astimezone(book.zone)


def _local(state: State, mono_s: float) -> datetime:
    local = state.now + timedelta(seconds=mono_s - state.mono_s)
    return local.astimezone(state.local.tzinfo)


def _waits(part: Part, phase: int, is_open: bool, when: Term | None, until: Term | None) -> str:
    if not is_open:
        return Text("its window to open")
    if phase == PENDING:
        return Text("its condition to hold for long enough")
    if phase == ENDING:
        return Text("its end, unless its condition holds again")
    if phase == ACTIVE:
        if until is not None:
            return Text("its `until`")
        return Text("its condition to end") if when is not None else ""
    if when is not None and when.value is True:
        return Text("its `until` to become false") if part.until >= 0 else ""
    if when is not None and when.value is None:
        return Text("its condition to be known")
    return Text("its condition")
