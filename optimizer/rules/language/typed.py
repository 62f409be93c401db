"""Types: checks every name, unit, and word. From a parsed tree to a checked one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimizer.model.calls import mistake_in
from optimizer.model.cheapest import FORMS
from optimizer.model.cheapest import NAME as CHEAPEST
from optimizer.model.fields import FIELDS, DeviceNames, field_names, find_field
from optimizer.model.kinds import (
    BOOL,
    CLOCK,
    DATE,
    DURATION,
    ENUMS,
    MONTH,
    NUMBER,
    PERCENT,
    UNITS,
    Kind,
)
from optimizer.rules.language.arithmetic import folded, number_of, product, quotient
from optimizer.rules.language.errors import ExpressionError, did_you_mean, no_such_device, one_of
from optimizer.rules.language.literals import bare_number, clock, day, quantity
from optimizer.rules.language.tree import ARITHMETIC, COMPARISONS, FUNCTIONS, WINDOWS, Node
from optimizer.words.text import Text

MIN_WINDOW_S = 5.0
MAX_WINDOW_S = 86400.0
ALIASES: Mapping[str, str] = {"date": "time.date", "sunrise": "time.sunrise", "sunset": "time.sunset"}
"""Fields that a condition may name by one word."""


def condition(node: Node, names: DeviceNames) -> Node:
    """The checked tree of a condition. Raises ExpressionError."""
    checked = _Checker(names).check(node)
    if checked.kind is not BOOL:
        raise ExpressionError(
            Text("this is {checked}, not a condition", checked=_a(checked)),
            node.at,
            node.end,
            Text("compare it with something, such as > 300W"),
        )
    return checked


def value(node: Node, kind: Kind, names: DeviceNames) -> Node:
    """The checked tree of a value of `kind`. Raises ExpressionError."""
    checker = _Checker(names)
    checked = checker.check(node, kind if kind.is_enum else None)
    if kind is NUMBER and checked.kind is PERCENT:
        return folded(Node("*", node.at, end=node.end, args=(checked, bare_number(node, 0.01)), value=1.0, kind=NUMBER))
    return checker.same(checked, kind, Text("{name} is required here", name=kind.name))


class _Checker:
    def __init__(self, names: DeviceNames) -> None:
        self.names = names

    def check(self, node: Node, wanted: Kind | None = None) -> Node:
        """`wanted` is the enumeration that a bare word is to be taken from."""
        op = node.op
        if op == "number":
            return quantity(node)
        if op == "clock":
            return clock(node)
        if op == "date":
            return day(node)
        if op == "name":
            return self._field(node)
        if op == "word":
            return self._word(node, wanted)
        if op == "call":
            return self._call(node)
        if op in ("and", "or", "not"):
            return replace(node, args=tuple(self._condition(arg, op) for arg in node.args), kind=BOOL)
        if op in COMPARISONS:
            return self._compare(node)
        if op == "in":
            return self._among(node)
        if op == "between":
            return self._between(node)
        if op == "neg":
            arg = self._numeric(node.args[0])
            return folded(replace(node, args=(arg,), kind=arg.kind))
        return self._arithmetic(node)

    def same(self, node: Node, kind: Kind, needed: str) -> Node:
        """`node`, which must be of `kind`. A bare 0 is valid everywhere."""
        if node.kind is kind:
            return node
        if kind.is_number and node.op == "const" and node.kind is NUMBER and node.value == 0.0:
            return replace(node, kind=kind)
        if kind is MONTH and node.op == "const" and node.kind is NUMBER and node.value in MONTH.words.values():
            return replace(node, kind=kind)
        raise ExpressionError(
            Text("{needed}, but this is {node}", needed=needed, node=_a(node)),
            node.at,
            node.end,
            _unit_hint(node, kind),
        )

    def _condition(self, node: Node, word: str) -> Node:
        checked = self.check(node)
        if checked.kind is not BOOL:
            raise ExpressionError(
                Text("`{word}` joins conditions, but this is {checked}", word=word, checked=_a(checked)),
                node.at,
                node.end,
                Text("compare it with something, such as > 300W. Write several words as a list: in [sat, sun]"),
            )
        return checked

    def _numeric(self, node: Node) -> Node:
        checked = self.check(node)
        if checked.kind is None or not checked.kind.is_number:
            raise ExpressionError(
                Text("calculations with {checked} are not possible", checked=_a(checked)), node.at, node.end
            )
        return checked

    def _field(self, node: Node) -> Node:
        name = str(node.value)
        ref = find_field(name, self.names)
        if ref is None and (mistake := mistake_in(name)):
            raise ExpressionError(mistake, node.at, node.end)
        if ref is None:
            meant = no_such_device(name, FIELDS, self.names) or did_you_mean(name, field_names(self.names))
            raise ExpressionError(
                Text("{name} is not known", name=name),
                node.at,
                node.end,
                meant or Text("docs/reference/rules.md lists all names"),
            )
        return Node("field", node.at, node.end, value=name, kind=ref.field.kind, ref=ref)

    def _word(self, node: Node, wanted: Kind | None) -> Node:
        word = str(node.value)
        if word in ("true", "false") and (wanted is None or word not in wanted.words):
            return Node("const", node.at, node.end, value=word == "true", kind=BOOL)
        if word in ALIASES and (wanted is None or word not in wanted.words):
            return self._field(replace(node, value=ALIASES[word]))
        if wanted is not None:
            if word in wanted.words:
                return Node("const", node.at, node.end, value=wanted.words[word], kind=wanted)
            meant = did_you_mean(word, tuple(wanted.words))
            raise ExpressionError(
                Text("{word} is not {name}", word=word, name=wanted.name),
                node.at,
                node.end,
                meant or Text("write {words}", words=one_of(wanted.words)),
            )
        if any(word in kind.words for kind in ENUMS):
            hint: str = Text("compare something with it, such as ev.mode == fast or time.weekday in [sat, sun]")
        else:
            hint = did_you_mean(word, (*field_names(self.names), *FUNCTIONS))
        if word == CHEAPEST:
            hint = Text("write {forms}", forms=FORMS)
        elif word.lower() in map(str.lower, UNITS):
            hint = Text("a unit follows its number at once. A price is written 20ct, without /kWh")
        raise ExpressionError(Text("{word} has no meaning alone", word=word), node.at, node.end, hint)

    def _call(self, node: Node) -> Node:
        name = str(node.value)
        if name not in FUNCTIONS:
            meant = did_you_mean(name, FUNCTIONS)
            raise ExpressionError(
                Text("there is no function {name}", name=name),
                node.at,
                node.at + len(name),
                meant or Text("there are {functions}", functions=one_of(FUNCTIONS)),
            )
        if name in WINDOWS:
            return self._window(name, node)
        count = len(node.args)
        if name == "abs" and count != 1:
            raise ExpressionError(Text("abs takes one value, not {count}", count=count), node.at, node.end)
        if name != "abs" and count < 2:
            raise ExpressionError(
                Text("{name} takes two values or more", name=name),
                node.at,
                node.end,
                Text("over time, write {name}_over(x, 5min)", name=name),
            )
        args = self._alike(
            [self._numeric(arg) for arg in node.args], Text("{name} compares values of one unit", name=name)
        )
        return folded(Node(name, node.at, node.end, tuple(args), kind=args[0].kind))

    def _window(self, name: str, node: Node) -> Node:
        if len(node.args) != 2:
            raise ExpressionError(
                Text("{name} takes a value and a duration", name=name), node.at, node.end, f"{name}(grid.power_w, 5min)"
            )
        arg = self.check(node.args[0]) if name == "changed_within" else self._numeric(node.args[0])
        inner = next((n for n in arg.walk() if n.op in WINDOWS), None)
        if inner is not None:
            raise ExpressionError(Text("{name} cannot hold another {op}", name=name, op=inner.op), inner.at, inner.end)
        if not arg.fields():
            raise ExpressionError(Text("this never changes"), arg.at, arg.end)
        if arg.kind in (CLOCK, DATE):
            raise ExpressionError(Text("times and dates always change"), arg.at, arg.end)
        length = self.same(self.check(node.args[1]), DURATION, Text("{name} takes a duration", name=name))
        if length.op != "const" or not isinstance(length.value, float):
            raise ExpressionError(
                Text("the duration must be fixed"), length.at, length.end, Text("write a fixed duration, such as 5min")
            )
        if not MIN_WINDOW_S <= length.value <= MAX_WINDOW_S:
            raise ExpressionError(Text("the duration must be between 5s and 24h"), length.at, length.end)
        kind = BOOL if name == "changed_within" else arg.kind
        return Node(name, node.at, end=node.end, args=(arg,), value=length.value, kind=kind)

    def _pair(self, left: Node, right: Node) -> tuple[Node, Node]:
        """Both sides. A bare word must be in the other side's list."""
        if left.op == "word" and right.op != "word":
            second = self.check(right)
            return self.check(left, _enum_of(second)), second
        first = self.check(left)
        return first, self.check(right, _enum_of(first))

    def _compare(self, node: Node) -> Node:
        left, right = self._pair(*node.args)
        left, right = self._alike([left, right], Text("both sides must have the same kind"))
        equality = node.op in ("==", "!=")
        if left.kind is BOOL:
            return self._compare_bool(node, left, right)
        if left.kind is not None and left.kind.is_enum and not left.kind.cyclic and not equality:
            raise ExpressionError(
                Text("{name} has no order", name=left.kind.name), node.at, node.end, Text("use ==, != or in [..]")
            )
        if left.kind is CLOCK and equality:
            raise ExpressionError(
                Text("a comparison with an exact time is almost never true"),
                node.at,
                node.end,
                Text("write: time.now between 22:00 and 06:00"),
            )
        return replace(node, args=(left, right), kind=BOOL)

    def _compare_bool(self, node: Node, left: Node, right: Node) -> Node:
        """`ev.connected == true` is `ev.connected`."""
        for constant, other in ((left, right), (right, left)):
            if constant.op == "const" and node.op in ("==", "!="):
                straight = bool(constant.value) == (node.op == "==")
                return other if straight else Node("not", node.at, node.end, (other,), kind=BOOL)
        raise ExpressionError(
            Text("conditions cannot be compared with each other"),
            node.at,
            node.end,
            Text("join them with and, or, and not"),
        )

    def _among(self, node: Node) -> Node:
        item = self.check(node.args[0])
        if item.kind in (BOOL, CLOCK):
            raise ExpressionError(Text("{item} cannot be looked up in a list", item=_a(item)), item.at, item.end)
        enum = _enum_of(item)
        listed = [
            self.same(self.check(arg, enum), item.kind or NUMBER, Text("the list has values of another kind"))
            for arg in node.args[1:]
        ]
        for entry in listed:
            if entry.op != "const":
                raise ExpressionError(Text("a list can contain only fixed values"), entry.at, entry.end)
        return replace(node, args=(item, *listed), kind=BOOL)

    def _between(self, node: Node) -> Node:
        item = self.check(node.args[0])
        if item.kind is BOOL or item.kind is None or (item.kind.is_enum and not item.kind.cyclic):
            raise ExpressionError(Text("{item} has no order", item=_a(item)), item.at, item.end)
        enum = _enum_of(item)
        low, high = (
            self.same(self.check(arg, enum), item.kind, Text("the bounds must be of the same kind"))
            for arg in node.args[1:]
        )
        fixed = low.op == high.op == "const"
        if item.kind.cyclic and item.kind is not CLOCK and not fixed:
            raise ExpressionError(Text("the bounds must be fixed"), low.at, high.end)
        if fixed and low.value == high.value and item.kind is CLOCK:
            raise ExpressionError(Text("from and to are the same time"), low.at, high.end)
        if fixed and not item.kind.cyclic and number_of(low) > number_of(high):
            raise ExpressionError(
                Text("there is no value between these bounds"), low.at, high.end, Text("write the smaller one first")
            )
        return replace(node, args=(item, low, high), kind=BOOL)

    def _arithmetic(self, node: Node) -> Node:
        assert node.op in ARITHMETIC
        if node.op in ("+", "-"):
            left = self.check(node.args[0])
            if left.kind is CLOCK:
                length = self.same(
                    self.check(node.args[1]), DURATION, Text("only a duration can be added to a time of day")
                )
                return folded(replace(node, args=(left, length), kind=CLOCK))
        left, right = (self._numeric(arg) for arg in node.args)
        if node.op in ("+", "-"):
            left, right = self._alike([left, right], Text("only values of one unit can be added or subtracted"))
            return folded(replace(node, args=(left, right), kind=left.kind))
        assert left.kind is not None and right.kind is not None
        if node.op == "/" and right.op == "const" and right.value == 0.0:
            raise ExpressionError(Text("this divides by zero"), right.at, right.end)
        result = product(left.kind, right.kind) if node.op == "*" else quotient(left.kind, right.kind)
        if result is None:
            times = "{left} cannot be multiplied by {right}"
            over = "{left} cannot be divided by {right}"
            text = Text(times if node.op == "*" else over, left=_a(left), right=_a(right))
            raise ExpressionError(text, node.at, node.end)
        kind, scale = result
        return folded(replace(node, args=(left, right), kind=kind, value=scale))

    def _alike(self, nodes: list[Node], needed: str) -> list[Node]:
        """All of one kind: that of the first that is not a bare number."""
        lead = next((n for n in nodes if n.kind is not NUMBER), nodes[0])
        kind = lead.kind
        assert kind is not None
        return [self.same(n, kind, Text("{needed}: {kind}", needed=needed, kind=kind.name)) for n in nodes]


def _enum_of(node: Node) -> Kind | None:
    return node.kind if node.kind is not None and node.kind.is_enum else None


def _a(node: Node) -> str:
    kind = node.kind or NUMBER
    if node.op == "const":
        return Text("{kind} ({value})", kind=kind.name, value=kind.show(node.value))
    return Text("{kind} ({value})", kind=kind.name, value=node.ref.name) if node.ref is not None else kind.name


def _unit_hint(node: Node, kind: Kind) -> str:
    units = [unit for unit, (other, _) in UNITS.items() if other is kind]
    if node.kind is NUMBER and node.op == "const" and kind is DURATION:
        return Text("write the unit: {value}", value=one_of(f"{node.value:g}{unit}" for unit in units))
    if node.kind is NUMBER and kind is PERCENT and isinstance(node.value, float) and 0.0 < node.value <= 1.0:
        # 0.5 of a whole is meant more often than half a percent.
        return Text("write the unit: {value}", value=one_of([f"{100.0 * node.value:g}%", f"{node.value:g}%"]))
    if node.kind is NUMBER and node.op == "const" and kind.unit:
        return Text("write the unit: {value}{unit}", value=f"{node.value:g}", unit=kind.unit)
    if units and node.op == "const":
        return Text("{name} is written in {units}", name=kind.name, units=one_of(units))
    if kind.is_enum:
        return Text("write {words}", words=one_of(kind.words))
    if kind is CLOCK:
        return Text("write a time, such as 22:00")
    if kind is DATE:
        return Text("write a date, such as 2026-12-24")
    return ""
