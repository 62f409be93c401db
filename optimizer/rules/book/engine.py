"""The engine: from a State to a Verdict, with the compiled book and the memory of the previous tick. Pure.

Most ticks change no input of the rules. The engine then returns the previous verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from optimizer.model.decision import Cause
from optimizer.model.kinds import Value
from optimizer.model.state import State
from optimizer.rules.book.assemble import empty_book
from optimizer.rules.book.book import Bid, Book
from optimizer.rules.book.history import EMPTY_HISTORY, History, remember, result
from optimizer.rules.book.lifecycle import ACTIVE, ENDING, IDLE, NEVER, PENDING, advance, ending
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from optimizer.rules.language.cron import EARLIEST, LATEST, Opening, any_opening
from optimizer.words.text import Text

__all__ = ["EMPTY_MEMORY", "Book", "RulesMemory", "adopt", "empty_book", "evaluate"]


class RulesMemory(NamedTuple):
    """The memory of the rules between ticks: timers, histories, and the outcome of the last tick.

    `rules/book/persist.py` converts it to plain JSON and back.
    """

    version: str = ""
    """Version of the book that it belongs to."""
    keys: tuple[str, ...] = ()
    """Identity of each part's life cycle, in the order of `phases` and `since_s`."""
    phases: tuple[int, ...] = ()
    since_s: tuple[float, ...] = ()
    """Monotonic s at which each phase began."""
    due_s: float = NEVER
    """Monotonic s at which the next timer ends."""
    openings: tuple[Opening, ...] = ()
    opened_from: datetime = LATEST
    """`openings` hold in [opened_from, opened_to)."""
    opened_to: datetime = EARLIEST
    history_keys: tuple[str, ...] = ()
    histories: tuple[History, ...] = ()
    modes: Mapping[str, str] = {}
    """Charger name -> mode that won."""
    conditions: tuple[bool | None, ...] = ()
    values: tuple[float | None, ...] = ()
    notes: tuple[Cause, ...] = ()
    """The causes of each part."""
    verdict: Verdict | None = None
    resumed_s: Mapping[str, float] = {}
    """Key of a rule that was active before a restart -> monotonic s until which that is known.

    An entry exists only until the rule's condition is known again.
    """


EMPTY_MEMORY = RulesMemory()
"""Before the first tick."""


def evaluate(book: Book, state: State, memory: RulesMemory) -> tuple[Verdict, RulesMemory]:
    """The verdict of the rules on this state, and the memory for the next tick. Never raises."""
    if memory.version != book.version:
        memory = adopt(book, memory)
    now_s, now = state.mono_s, state.now
    histories = memory.histories
    results: tuple[Value | None, ...] = ()
    if book.feed is not None:
        fed = book.feed(state, memory.modes)
        histories = tuple(map(remember, book.averages, histories, fed, (now_s,) * len(fed)))
        results = tuple(map(result, book.averages, histories, (now_s,) * len(fed)))
    conditions, values = book.sense(state, memory.modes, results)

    same_windows = memory.opened_from <= now < memory.opened_to
    if same_windows and now_s < memory.due_s and conditions == memory.conditions and memory.verdict is not None:
        if values == memory.values:
            if histories is memory.histories:
                return memory.verdict, memory
            return memory.verdict, memory._replace(histories=histories)
        verdict, modes = _resolve(book, memory.phases, values, memory, memory.notes)
        return verdict, memory._replace(histories=histories, values=values, verdict=verdict, modes=modes)

    openings, opened_from, opened_to = memory.openings, memory.opened_from, memory.opened_to
    if not same_windows:
        openings, opened_from, opened_to = _openings(book, now)
    phases, since_s, due_s, notes = _advance_all(book, state, memory, conditions, openings, same_windows)
    verdict, modes = _resolve(book, phases, values, memory, notes)
    return verdict, RulesMemory(
        book.version,
        book.keys,
        phases,
        since_s,
        due_s,
        openings,
        opened_from,
        opened_to,
        memory.history_keys,
        histories,
        modes,
        conditions,
        values,
        notes,
        verdict,
        _still_unknown(book, memory.resumed_s, conditions) if memory.resumed_s else memory.resumed_s,
    )


def adopt(book: Book, memory: RulesMemory) -> RulesMemory:
    """The memory for this book. Timers of unchanged rules and histories of unchanged functions continue."""
    if memory.version == book.version:
        return memory
    known = {key: (memory.phases[i], memory.since_s[i]) for i, key in enumerate(memory.keys)}
    histories = dict(zip(memory.history_keys, memory.histories, strict=True))
    kept = [known.get(key, (IDLE, 0.0)) for key in book.keys]
    history_keys = tuple(average.key for average in book.averages)
    return RulesMemory(
        version=book.version,
        keys=book.keys,
        phases=tuple(phase for phase, _ in kept),
        since_s=tuple(since for _, since in kept),
        history_keys=history_keys,
        histories=tuple(histories.get(key, EMPTY_HISTORY) for key in history_keys),
        modes={**_default_modes(book), **{name: word for name, word in memory.modes.items() if name in book.names.evs}},
        notes=tuple(part.idle for part in book.parts),
        resumed_s={key: at_s for key, at_s in memory.resumed_s.items() if key in book.keys},
    )


def _default_modes(book: Book) -> dict[str, str]:
    """The mode of each charger before the first decision: its default."""
    defaults = {target: default.fixed for target, _, default in book.claims if default is not None}
    found = ((name, defaults.get(f"ev.{name}.mode")) for name in book.names.evs)
    return {name: "off" if fixed is None else str(fixed.value) for name, fixed in found}


def _openings(book: Book, now: datetime) -> tuple[tuple[Opening, ...], datetime, datetime]:
    openings = tuple(any_opening(schedules, now, book.zone) for schedules in book.windows)
    since = max((opening.since for opening in openings), default=EARLIEST)
    until = min((opening.until for opening in openings), default=LATEST)
    return openings, since, until


def _advance_all(
    book: Book,
    state: State,
    memory: RulesMemory,
    conditions: tuple[bool | None, ...],
    openings: tuple[Opening, ...],
    same_windows: bool,
) -> tuple[tuple[int, ...], tuple[float, ...], float, tuple[Cause, ...]]:
    """All life cycles after one tick. Parts without a change are skipped."""
    now_s, count = state.mono_s, len(book.parts)
    phases, since_s, notes = list(memory.phases), list(memory.since_s), list(memory.notes)
    before = memory.conditions if memory.conditions else (0,) * len(conditions)
    due_s = NEVER
    for index, part in enumerate(book.parts):
        when, phase = conditions[index], phases[index]
        if when is before[index] and same_windows and part.until < 0 and (phase in (IDLE, ACTIVE)):
            continue
        is_open = part.windows < 0 or openings[part.windows].open
        until = conditions[count + part.until] if part.until >= 0 else None
        # The condition of a rule that was active before a restart may have ended at any time since.
        resumed_s = memory.resumed_s.get(book.keys[index]) if memory.resumed_s else None
        ended_s = resumed_s if resumed_s is not None and ending(part, when, until) else None
        step = advance(part, phase, since_s[index], when, until, is_open, now_s, ended_s)
        due_s = min(due_s, step.due_s)
        phases[index], since_s[index] = step.phase, step.since_s
        if step.phase != phase or when is not before[index] or not same_windows:
            notes[index] = _note(book, index, state, step.phase, step.since_s, step.due_s, conditions, is_open)
    return tuple(phases), tuple(since_s), due_s, tuple(notes)


def _still_unknown(
    book: Book, resumed_s: Mapping[str, float], conditions: tuple[bool | None, ...]
) -> Mapping[str, float]:
    """The rules that were active before a restart and whose condition is not known yet."""
    count = len(book.parts)
    unknown = {
        key
        for index, (key, part) in enumerate(zip(book.keys, book.parts, strict=True))
        if ending(part, conditions[index], conditions[count + part.until] if part.until >= 0 else None) is None
    }
    return {key: at_s for key, at_s in resumed_s.items() if key in unknown}


def _note(
    book: Book,
    index: int,
    state: State,
    phase: int,
    since_s: float,
    due_s: float,
    conditions: tuple[bool | None, ...],
    is_open: bool,
) -> Cause:
    """The causes for one rule's state. Times are monotonic s."""
    part = book.parts[index]
    subject, rule = part.idle.subject, part.name
    detail = ""
    if conditions[index] is None and part.rule.when is not None and is_open:
        ref = next(
            (ref for ref in part.rule.when.tree.fields() if ref.field.name != "ev.mode" and ref.why(state)), None
        )
        detail = part.rule.when.text if ref is None else Text("{name}: {why}", name=ref.name, why=ref.why(state))
    if phase == PENDING:
        return Cause("rule.pending", subject, rule, numbers=(("since_s", since_s), ("due_s", due_s)), detail=detail)
    if phase == ENDING:
        return Cause("rule.ending", subject, rule, numbers=(("since_s", since_s), ("due_s", due_s)), detail=detail)
    if phase == ACTIVE:
        return Cause("rule.active", subject, rule, numbers=(("since_s", since_s),), detail=detail)
    if detail:
        return Cause("rule.unknown", subject, rule, detail=detail)
    return part.idle if is_open else Cause("rule.closed", subject, rule)


def _resolve(
    book: Book,
    phases: tuple[int, ...],
    values: tuple[float | None, ...],
    memory: RulesMemory,
    notes: tuple[Cause, ...],
) -> tuple[Verdict, Mapping[str, str]]:
    """The winners, the smallest limits, and why."""
    said: list[Cause] = []
    claims: dict[str, Claimed] = {}
    for target, bids, default in book.claims:
        winner: Claimed | None = None
        for bid in bids:
            if phases[bid.part] < ACTIVE:
                continue
            if bid.dry:
                said.append(bid.wins)
                continue
            if winner is not None:
                said.append(Cause("rule.lost", target, bid.rule, detail=winner.rule))
                continue
            winner = bid.fixed or _valued(target, bid, values, memory, said)
            if winner is not None:
                said.append(bid.wins)
        if winner is None and default is not None:
            winner = default.fixed or _valued(target, default, values, memory, said)
            if winner is not None:
                said.append(default.wins)
        if winner is not None:
            claims[target] = winner
    limits = _limits(book, phases, values, said)
    return Verdict(claims, limits, (*said, *notes)), _modes(book, claims, memory.modes)


def _valued(
    target: str, bid: Bid, values: tuple[float | None, ...], memory: RulesMemory, said: list[Cause]
) -> Claimed | None:
    """A calculated claim; None while its value is unknown and no last value is held."""
    value = values[bid.slot]
    if value is not None:
        return Claimed(value, bid.rule)
    if bid.hold and memory.verdict is not None:
        held = memory.verdict.claims.get(target)
        if held is not None and held.rule == bid.rule:
            return held
    said.append(Cause("rule.value_unknown", target, bid.rule))
    return None


def _limits(
    book: Book, phases: tuple[int, ...], values: tuple[float | None, ...], said: list[Cause]
) -> dict[str, Limited]:
    """The smallest active limit of each target. A limit with an unknown value applies at its strictest."""
    limits: dict[str, Limited] = {}
    for target, bids in book.limits:
        least: Limited | None = None
        for bid in bids:
            if phases[bid.part] < ACTIVE:
                continue
            if bid.dry:
                said.append(bid.wins)
                continue
            limited = bid.limit
            if limited is None:
                value = values[bid.slot]
                if value is None:
                    said.append(Cause("rule.strictest", target, bid.rule))
                limited = Limited(0.0 if value is None else value, bid.rule)
            if least is None or limited.value < least.value:
                if least is not None:
                    said.append(Cause("rule.looser", target, least.rule, detail=limited.rule))
                least = limited
            else:
                said.append(Cause("rule.looser", target, limited.rule, detail=least.rule))
        if least is not None:
            limits[target] = least
            said.append(Cause("rule.limits", target, least.rule))
    return limits


def _modes(book: Book, claims: Mapping[str, Claimed], before: Mapping[str, str]) -> Mapping[str, str]:
    """The winning mode of each charger; the previous mapping if nothing has changed."""
    now = {}
    for name in book.names.evs:
        claim = claims.get(f"ev.{name}.mode")
        now[name] = "off" if claim is None else str(claim.value)
    return before if now == before else now
