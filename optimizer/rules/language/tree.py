"""The tree of an expression: one type of node, before and after type checking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.model.fields import FieldRef
from optimizer.model.kinds import Kind, Value

COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
ARITHMETIC = ("+", "-", "*", "/")
WINDOWS = ("avg", "max_over", "min_over", "changed_within")
FUNCTIONS = ("min", "max", "abs", *WINDOWS)


@dataclass(frozen=True, slots=True)
class Node:
    """One operation and its operands.

    `op` is one of COMPARISONS, ARITHMETIC, FUNCTIONS, `and`, `or`, `not`, `neg`, `in`, `between`, `field`; as parsed
    also `number`, `clock`, `date`, `word` and `call`, which checking turns into `const`, `field` and functions.
    """

    op: str
    at: int
    """Offset of its first character in the expression."""
    end: int
    """Offset after its last character."""
    args: tuple[Node, ...] = ()
    value: Value | None = None
    """Of a `const`: the value. Of `*` and `/`: a factor for the units. Of a window: its length in s.
    Of a `field`: the name as it is written. As parsed: the text."""
    kind: Kind | None = None
    """None until checked."""
    ref: FieldRef | None = None
    """Of a `field`."""

    def walk(self) -> Iterator[Node]:
        """Itself and all below it."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(node.args)

    def fields(self) -> tuple[FieldRef, ...]:
        """The fields that it reads, each once, in order."""
        seen: dict[str, FieldRef] = {}
        for node in sorted(self.walk(), key=lambda n: n.at):
            if node.ref is not None:
                seen.setdefault(node.ref.name, node.ref)
        return tuple(seen.values())
