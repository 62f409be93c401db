"""One expression compiled by itself, as a function of the values that it reads: for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.model.kinds import Value
from optimizer.model.state import State
from optimizer.rules.book.book import Modes
from optimizer.rules.language.emit import Emitter
from optimizer.rules.language.tree import Node


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled expression."""

    names: tuple[str, ...]
    """The fields that it reads, by canonical name."""
    read: Callable[[State, Modes], tuple[Value | None, ...]]
    run: Callable[..., Value | None]
    """Takes the values of the fields in that order; None = unknown."""
    source: str

    def values(self, state: State, modes: Modes) -> tuple[Value | None, ...]:
        """The values of its fields."""
        return self.read(state, modes)


def compiled_condition(node: Node) -> Compiled:
    """A checked condition without functions over time, compiled."""
    return _compiled(node, condition=True)


def compiled_value(node: Node) -> Compiled:
    """A checked value without functions over time, compiled."""
    return _compiled(node, condition=False)


def _compiled(node: Node, *, condition: bool) -> Compiled:
    refs = node.fields()
    reader = Emitter({})
    leaves = {n.ref.name: n for n in node.walk() if n.ref is not None}
    read = [reader.atom(leaves[ref.name]) for ref in refs]
    _, reading = reader.function("read", "state, modes", f"({''.join(f'{name}, ' for name in read)})")
    writer = Emitter({})
    arguments = [writer.given(ref.name) for ref in refs]
    result = writer.condition(node) if condition else writer.atom(node)
    source, run = writer.function("run", ", ".join(arguments), result)
    return Compiled(tuple(ref.name for ref in refs), reading, run, source)
