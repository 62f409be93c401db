"""Replay: decides the recorded ticks again, with the rules and the memory at that time, and reports every difference.

No difference proves that decisions depend only on state, memory, rules, and settings. All of these are recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.sentences import order_text
from optimizer.journal.reader import JournalReader
from optimizer.journal.record import Block
from optimizer.journal.setup import Setup
from optimizer.model.decision import Cause, Decision
from optimizer.study.plans import Plans
from optimizer.words.text import Text

Watch = Callable[[float], bool]
MOST_KEPT = 1000
"""Number of differences that are kept as text. All are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A different decision for one device, or different reasons alone, in one tick."""

    at: datetime
    subject: str
    """`ev.carport`, `battery.cellar`, or `reasons` if the orders are equal."""
    recorded: str
    decided: str
    beginning: bool
    """Whether the memory of this minute is not recorded: the first minute after a start, in an old journal."""


@dataclass(slots=True)
class Replay:
    """The outcome of a replay."""

    ticks: int = 0
    identical: int = 0
    differences: list[Difference] = field(default_factory=list)
    beginning: int = 0
    """Number of differing ticks whose memory is not recorded."""
    without_rules: dict[str, int] = field(default_factory=dict)
    """Number of ticks that could not be decided again, by the version of the rules that the journal lacks."""
    todays: int = 0
    """Number of ticks decided with today's settings, because the journal lacks those of that time."""
    complete: bool = True

    @property
    def differing(self) -> int:
        """Ticks with a difference."""
        return self.ticks - self.identical


def replay(reader: JournalReader, today: Setup, start: datetime, end: datetime, watch: Watch) -> Replay:
    """Decide all recorded ticks within [start, end]; fewer if `watch` stops it. Raises StudyError and JournalError."""
    found = Replay()
    span_s = max(1.0, (end - start).total_seconds())
    plans = Plans(reader, today)
    for _, block in reader.blocks(start, end):
        began = block.ticks[0].state.now if block.ticks else start
        plan = plans.of(block.book_version, began)
        ticks = [tick for tick in block.ticks if start <= tick.state.now <= end]
        if plan is None:
            missing = found.without_rules.get(block.book_version, 0)
            found.without_rules[block.book_version] = missing + len(ticks)
            continue
        if plans.recorded(began) is None:
            found.todays += len(ticks)
        _replay_block(block, plan, start, end, found)
        if ticks and not watch((ticks[-1].state.now - start).total_seconds() / span_s):
            found.complete = False
            break
    return found


def _replay_block(block: Block, plan: Plan, start: datetime, end: datetime, found: Replay) -> None:
    beginning = block.memory is None
    memory = block.memory if block.memory is not None else initial_memory(plan)
    for tick in block.ticks:
        if tick.state.now > end:
            break
        outcome = decide(tick.state, memory._replace(overrides=tick.overrides), plan)
        memory = outcome.memory
        if tick.state.now < start:
            continue
        found.ticks += 1
        if outcome.decision == tick.decision:
            found.identical += 1
            continue
        found.beginning += beginning
        if len(found.differences) < MOST_KEPT:
            found.differences += _differences(tick.decision, outcome.decision, beginning)


def _differences(recorded: Decision, decided: Decision, beginning: bool) -> Iterator[Difference]:
    alike = True
    for device in (*recorded.commands, *(name for name in decided.commands if name not in recorded.commands)):
        was, now = recorded.commands.get(device), decided.commands.get(device)
        if was == now:
            continue
        alike = False
        words: list[str] = [
            Text("no order") if command is None else order_text(command.order) for command in (was, now)
        ]
        if words[0] == words[1]:
            words = [f"{was}", f"{now}"]
        yield Difference(recorded.now, device, recorded=words[0], decided=words[1], beginning=beginning)
    if alike:
        only_then = [cause for cause in recorded.causes if cause not in decided.causes]
        only_now = [cause for cause in decided.causes if cause not in recorded.causes]
        yield Difference(
            recorded.now, Text("reasons"), recorded=_codes(only_then), decided=_codes(only_now), beginning=beginning
        )


def _codes(causes: list[Cause]) -> str:
    return "; ".join(str(cause) for cause in causes) or Text("the same, in another order")
