"""The values that a condition allows for each quantity, as sets: to prove that two conditions never hold together.

A condition becomes a list of alternatives. Each alternative maps quantities to the set of values that it allows.
Other parts of a condition are left out, which makes sets larger. A proof may then fail, but it is never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from optimizer.model.kinds import BOOL, Value
from optimizer.model.state import EvStatus
from optimizer.rules.language.emit import describe, wraps
from optimizer.rules.language.tree import COMPARISONS, Node

MAX_ALTERNATIVES = 64
INFINITY = float("inf")


class Interval(NamedTuple):
    """Numbers from `low` to `high`; two flags say whether the ends belong to it."""

    low: float = -INFINITY
    high: float = INFINITY
    with_low: bool = False
    with_high: bool = False


Numbers = tuple[Interval, ...]
Words = frozenset[Value]
Domain = Numbers | Words
Alternative = Mapping[str, Domain]
ANYTHING: tuple[Alternative, ...] = ({},)

_STATUS = {
    "ev.connected": frozenset({EvStatus.CONNECTED, EvStatus.CHARGING}),
    "ev.charging": frozenset({EvStatus.CHARGING}),
}
"""Fields that are derived from another one."""


def alternatives(node: Node, *, negated: bool = False) -> tuple[Alternative, ...]:
    """The alternatives of a condition (or of its opposite), without contradictory ones."""
    if node.op == "not":
        return alternatives(node.args[0], negated=not negated)
    if node.op in ("and", "or"):
        parts = [alternatives(arg, negated=negated) for arg in node.args]
        if (node.op == "and") != negated:
            return _all_of(parts)
        found = tuple(alternative for part in parts for alternative in part)
        return found if len(found) <= MAX_ALTERNATIVES else ANYTHING
    if node.op == "const":
        return ANYTHING if bool(node.value) != negated else ()
    said = _statement(node, negated)
    return ANYTHING if said is None else (dict([said]),)


def both(first: Alternative, second: Alternative) -> Alternative | None:
    """The intersection of both; None if they contradict each other."""
    small, large = (first, second) if len(first) <= len(second) else (second, first)
    result = dict(large)
    for key, domain in small.items():
        other = result.get(key)
        if other is not None:
            domain = _meet(domain, other)  # noqa: PLW2901 - the narrowed one
            if not domain:
                return None
        result[key] = domain
    return result


def disjoint(first: tuple[Alternative, ...], second: tuple[Alternative, ...]) -> bool:
    """Whether the two can never hold together."""
    return all(both(one, other) is None for one in first for other in second)


def implies(first: tuple[Alternative, ...], second: Node) -> bool:
    """Whether the condition `second` is provably not false whenever the first holds."""
    return disjoint(first, alternatives(second, negated=True))


def _all_of(parts: list[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    result: tuple[Alternative, ...] = ANYTHING
    for part in parts:
        if len(result) * len(part) > MAX_ALTERNATIVES:
            continue
        met = (both(one, other) for one in result for other in part)
        result = tuple(alternative for alternative in met if alternative is not None)
    return result


def _meet(first: Domain, second: Domain) -> Domain:
    if isinstance(first, frozenset) or isinstance(second, frozenset):
        return first & second if isinstance(first, frozenset) and isinstance(second, frozenset) else first
    met = (_overlap(one, other) for one in first for other in second)
    return tuple(interval for interval in met if interval is not None)


def _overlap(one: Interval, other: Interval) -> Interval | None:
    low, high = max(one.low, other.low), min(one.high, other.high)
    with_low = all(i.with_low for i in (one, other) if i.low == low)
    with_high = all(i.with_high for i in (one, other) if i.high == high)
    if low > high or (low == high and not (with_low and with_high)):
        return None
    return Interval(low, high, with_low, with_high)


# --- single statements ------------------------------------------------------------------------------------------


def _statement(node: Node, negated: bool) -> tuple[str, Domain] | None:
    """(quantity, its allowed values), or None if they cannot be expressed."""
    if node.kind is BOOL and node.op == "field":
        return _flag(node, negated)
    if node.op in COMPARISONS:
        return _comparison(node, negated)
    if node.op == "in":
        values = frozenset(arg.value for arg in node.args[1:] if arg.value is not None)
        return _among(node.args[0], values, negated)
    if node.op == "between":
        return _range(node, negated)
    return describe(node), frozenset({not negated})


def _flag(node: Node, negated: bool) -> tuple[str, Domain]:
    assert node.ref is not None
    status = _STATUS.get(node.ref.field.name)
    if status is None:
        return node.ref.name, frozenset({not negated})
    quantity = node.ref.name.rsplit(".", 1)[0] + ".status"
    return quantity, frozenset(EvStatus) - status if negated else status


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def _comparison(node: Node, negated: bool) -> tuple[str, Domain] | None:
    left, right = node.args
    op = _OPPOSITE[node.op] if negated else node.op
    if left.op == "const" and right.op != "const":
        left, right, op = right, left, _MIRRORED[op]
    if right.op != "const":
        return f"{describe(left)} - {describe(right)}", _half_line(op, 0.0)
    if isinstance(right.value, int | float):
        return describe(left), _half_line(op, float(right.value))
    return _among(left, frozenset({right.value} if right.value is not None else ()), op == "!=")


def _half_line(op: str, bound: float) -> Numbers:
    if op == "==":
        return (Interval(bound, bound, True, True),)
    if op == "!=":
        return (Interval(high=bound), Interval(low=bound))
    if op in ("<", "<="):
        return (Interval(high=bound, with_high=op == "<="),)
    return (Interval(low=bound, with_low=op == ">="),)


def _among(item: Node, values: frozenset[Value], negated: bool) -> tuple[str, Domain]:
    kind = item.kind
    if kind is not None and kind.is_enum:
        every = frozenset(kind.words.values())
        numbers = all(isinstance(value, int | float) for value in every)
        chosen = every - values if negated else values
        return describe(item), _points(chosen) if numbers else chosen
    points = sorted(float(value) for value in values if isinstance(value, int | float))
    if not negated:
        return describe(item), _points(values)
    edges = [-INFINITY, *points, INFINITY]
    return describe(item), tuple(Interval(a, b) for a, b in pairwise(edges))


def _points(values: frozenset[Value]) -> Numbers:
    numbers = sorted(float(value) for value in values if isinstance(value, int | float))
    return tuple(Interval(number, number, True, True) for number in numbers)


def _range(node: Node, negated: bool) -> tuple[str, Domain] | None:
    item, low, high = node.args
    if not isinstance(low.value, int | float) or not isinstance(high.value, int | float):
        return None
    a, b = float(low.value), float(high.value)
    closed = not (item.kind is not None and item.kind.cyclic and not item.kind.is_enum)
    inside: Numbers = (Interval(a, b, True, closed),)
    outside: Numbers = (Interval(high=a), Interval(low=b, with_low=not closed))
    if wraps(node):
        inside, outside = (
            (Interval(low=a, with_low=True), Interval(high=b, with_high=closed)),
            (Interval(b, a, not closed, False),),
        )
    return describe(item), outside if negated else inside
