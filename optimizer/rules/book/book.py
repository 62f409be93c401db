"""The rule book: rules as checked trees, and the compiled form that the engine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from optimizer.model.decision import Cause
from optimizer.model.fields import DeviceNames
from optimizer.model.kinds import Value
from optimizer.model.state import State
from optimizer.model.targets import TargetRef
from optimizer.rules.book.verdict import Claimed, Limited
from optimizer.rules.language.cron import Schedule
from optimizer.rules.language.emit import Average
from optimizer.rules.language.span import Span
from optimizer.rules.language.tree import Node

Enabled = Literal["true", "false", "dry-run"]


class IfUnknown(Enum):
    """The behavior of a rule while its condition is unknown."""

    RELEASE = "release"
    """As if the condition were false."""
    APPLY = "apply"
    """As if it were true."""
    HOLD = "hold"
    """The rule keeps its state."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line under `claim:`, `limit:` or `defaults:`."""

    target: TargetRef
    expression: Node
    text: str
    span: Span
    written: str
    """The target as its author writes it: `ev.mode` for the first charger."""

    @property
    def constant(self) -> Value | None:
        """The value, if it is fixed."""
        return self.expression.value if self.expression.op == "const" else None


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition with its text."""

    text: str
    tree: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its author wrote it, checked."""

    id: str
    span: Span
    about: str = ""
    enabled: Enabled = "true"
    in_file: Enabled | None = None
    """What its file says, if the owner has switched it by hand. None: not switched."""
    when: Condition | None = None
    """None: always."""
    until: Condition | None = None
    for_s: float = 0.0
    keep_s: float = 0.0
    schedules: tuple[Schedule, ...] = ()
    """Windows in which it may be active; none: always."""
    priority: int = 0
    if_unknown: IfUnknown | None = None
    """None: release for claims, apply for limits."""
    claims: tuple[Setting, ...] = ()
    limits: tuple[Setting, ...] = ()

    def expressions(self) -> Iterator[tuple[Node, Span]]:
        """All its conditions and values, with their places."""
        for condition in (self.when, self.until):
            if condition is not None:
                yield condition.tree, condition.span
        for setting in (*self.claims, *self.limits):
            yield setting.expression, setting.span


@dataclass(frozen=True, slots=True)
class Part:
    """The claims or the limits of one rule. Each part has its own life cycle."""

    rule: Rule
    limits: bool
    key: str
    """Identity of its life cycle: its timer survives a reload that leaves this unchanged."""
    unknown: IfUnknown
    for_s: float
    keep_s: float
    until: int
    """Index of its `until` among the conditions that the compiled code returns; -1: it has none."""
    windows: int
    """Index of its windows in `Book.windows`; -1: always open."""
    dry: bool
    idle: Cause
    """The cause that is reported while it is idle."""

    @property
    def name(self) -> str:
        """Id of its rule."""
        return self.rule.id


@dataclass(frozen=True, slots=True)
class Bid:
    """One claim or limit in the compiled book."""

    part: int
    """Index in `Book.parts`."""
    slot: int
    """Index of its value among the calculated values; -1: it is fixed."""
    fixed: Claimed | None
    """Of a fixed claim."""
    limit: Limited | None
    """Of a fixed limit."""
    rule: str
    dry: bool
    hold: bool
    """Whether the last value stays while the new one is unknown."""
    wins: Cause
    """The cause that is reported when it wins."""
    priority: int = 0


Modes = Mapping[str, str]
"""Charger name -> mode that won in the tick before."""
Feed = Callable[[State, Modes], tuple[Value | None, ...]]
"""The values that go into the functions over time."""
Sense = Callable[[State, Modes, tuple[Value | None, ...]], tuple[tuple[bool | None, ...], tuple[float | None, ...]]]
"""(state, modes, results over time) -> (for each part its `when`, then its `until`s; the calculated values)."""


@dataclass(frozen=True, eq=False)
class Book:
    """A rule book, compiled for the devices of one house."""

    version: str
    """Digest of everything that decides: rules, defaults, device names, zone."""
    names: DeviceNames
    zone: ZoneInfo
    rules: tuple[Rule, ...] = ()
    """All rules, also disabled ones, in the order of the files."""
    defaults: tuple[Setting, ...] = ()
    parts: tuple[Part, ...] = ()
    keys: tuple[str, ...] = ()
    windows: tuple[tuple[Schedule, ...], ...] = ()
    """The schedules of each rule that has any."""
    averages: tuple[Average, ...] = ()
    feed: Feed | None = None
    sense: Sense = field(default=lambda _state, _modes, _results: ((), ()))
    claims: tuple[tuple[str, tuple[Bid, ...], Bid | None], ...] = ()
    """Target, its bids from the highest priority down, and its default."""
    limits: tuple[tuple[str, tuple[Bid, ...]], ...] = ()
    source: str = ""
    """The compiled code, for inspection."""

    @cached_property
    def by_hand(self) -> Mapping[str, Enabled]:
        """The rules that the owner has switched by hand, and what holds for them."""
        return {rule.id: rule.enabled for rule in self.rules if rule.in_file is not None}
