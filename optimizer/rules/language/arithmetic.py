"""Arithmetic with units: the unit of a product or quotient, the result of each operation, and constants folded."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.model.kinds import CLOCK, CURRENT, DURATION, ENERGY, NUMBER, PERCENT, POWER, VOLTAGE, Kind
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.tree import Node
from optimizer.words.text import Text

DAY_S = 86400.0

_TIMES: Mapping[tuple[Kind, Kind], tuple[Kind, float]] = {
    (POWER, DURATION): (ENERGY, 1 / 3600),
    (CURRENT, VOLTAGE): (POWER, 1.0),
}
"""Products of two units, and the factor to the base unit of the result."""
_OVER: Mapping[tuple[Kind, Kind], tuple[Kind, float]] = {
    (ENERGY, DURATION): (POWER, 3600.0),
    (ENERGY, POWER): (DURATION, 3600.0),
    (POWER, VOLTAGE): (CURRENT, 1.0),
    (POWER, CURRENT): (VOLTAGE, 1.0),
}
"""Quotients of two units."""


def product(left: Kind, right: Kind) -> tuple[Kind, float] | None:
    """The kind of a product, and the factor to its base unit. None: there is no such product."""
    if left is NUMBER:
        return right, 1.0
    if right is NUMBER:
        return left, 1.0
    if right is PERCENT:
        return left, 0.01
    if left is PERCENT:
        return right, 0.01
    return _TIMES.get((left, right)) or _TIMES.get((right, left))


def quotient(left: Kind, right: Kind) -> tuple[Kind, float] | None:
    """The kind of a quotient, and the factor to its base unit. None: there is no such quotient."""
    if left is right:
        return NUMBER, 1.0
    if right is NUMBER:
        return left, 1.0
    return _OVER.get((left, right))


def number_of(node: Node) -> float:
    """The value of a constant, in its base unit."""
    assert isinstance(node.value, int | float)
    return float(node.value)


def folded(node: Node) -> Node:
    """A constant if all parts are constants, so that `-3kW` and `2 * 1.5kW` cost no time in a tick."""
    if any(arg.op != "const" for arg in node.args):
        return node
    result = calculated(node, [number_of(arg) for arg in node.args])
    if result is None:
        raise ExpressionError(Text("this cannot be calculated: a division by zero?"), node.at, node.end)
    return Node("const", node.at, node.end, value=result, kind=node.kind)


def calculated(node: Node, values: list[float]) -> float | None:
    """The result of a node's operation. A time of day continues after midnight. None as for `calculate`."""
    result = calculate(node.op, values, node.value if isinstance(node.value, float) else 1.0)
    return result % DAY_S if node.kind is CLOCK and result is not None else result


def calculate(op: str, values: list[float], scale: float = 1.0) -> float | None:
    """One arithmetic step; None for a division by zero and for a result that is not a finite number."""
    first = values[0]
    if op == "neg":
        result = -first
    elif op == "abs":
        result = abs(first)
    elif op == "min":
        result = min(values)
    elif op == "max":
        result = max(values)
    elif op == "+":
        result = first + values[1]
    elif op == "-":
        result = first - values[1]
    elif op == "*":
        result = first * values[1] * scale
    elif values[1] == 0.0:
        return None
    else:
        result = first / values[1] * scale
    return result if result - result == 0.0 else None
