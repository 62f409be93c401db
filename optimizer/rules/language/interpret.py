"""The explaining evaluator: a condition term by term, each with its value or the reason why it is unknown.

It is separate from the compiled code, and slower. A property test checks that both agree on every expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from optimizer.model.fields import FieldRef
from optimizer.model.kinds import BOOL, CLOCK, Value
from optimizer.model.state import State
from optimizer.rules.language.arithmetic import calculated
from optimizer.rules.language.emit import window_key
from optimizer.rules.language.tree import COMPARISONS, WINDOWS, Node


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an expression, with its value."""

    node: Node
    value: Value | None
    """None: unknown."""
    parts: tuple[Term, ...] = ()
    why: str = ""
    """For a field: why it is unknown."""


@dataclass(frozen=True, slots=True)
class Scene:
    """All inputs of an expression."""

    state: State
    modes: Mapping[str, str]
    """The modes of the previous tick."""
    results: Mapping[str, Value | None]
    """Values of the functions over time, by their key."""

    def field(self, ref: FieldRef) -> Value | None:
        """The value of a field."""
        if ref.field.name == "ev.mode":
            return self.modes.get(ref.device, "off")
        return ref.value(self.state)


def interpret(node: Node, scene: Scene) -> Term:
    """The values of the expression and of each of its parts."""
    if node.op == "const":
        return Term(node, node.value)
    if node.ref is not None:
        value = scene.field(node.ref)
        return Term(node, value, why="" if value is not None else node.ref.why(scene.state))
    parts = tuple(interpret(arg, scene) for arg in node.args)
    if node.op in WINDOWS:
        return Term(node, scene.results.get(window_key(node)), parts)
    return Term(node, _value(node, [part.value for part in parts]), parts)


def _value(node: Node, values: list[Value | None]) -> Value | None:
    if node.op in _LOGIC:
        return _LOGIC[node.op](values)
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if node.op in COMPARISONS:
        return _compare(node.op, known[0], known[1])
    if node.op == "in":
        return known[0] in known[1:]
    numbers = [float(value) for value in known if isinstance(value, int | float)]
    if node.op == "between":
        return _between(node, *numbers)
    return calculated(node, numbers)


def _and(values: list[Value | None]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True


def _or(values: list[Value | None]) -> bool | None:
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False


def _not(values: list[Value | None]) -> bool | None:
    return None if values[0] is None else not values[0]


_LOGIC: Mapping[str, Callable[[list[Value | None]], bool | None]] = {"and": _and, "or": _or, "not": _not}


def _compare(op: str, left: Value, right: Value) -> bool:
    if op == "==":
        return left == right
    if op == "!=":
        return left != right
    assert isinstance(left, int | float) and isinstance(right, int | float)
    if op == "<":
        return left < right
    if op == "<=":
        return left <= right
    return left > right if op == ">" else left >= right


def _between(node: Node, item: float, low: float, high: float) -> bool:
    kind = node.args[0].kind
    reaches_end = item < high if kind is CLOCK else item <= high
    if kind is not None and kind.cyclic and low > high:
        return item >= low or reaches_end
    return item >= low and reaches_end


def is_condition(term: Term) -> bool:
    """Whether a part is itself true or false."""
    return term.node.kind is BOOL
