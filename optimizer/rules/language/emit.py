"""From checked trees to Python code: each field is read once per tick, and each condition is a few comparisons.

Unknown is None. If all values of a condition are known, it is one plain boolean expression. Otherwise two expressions
decide by three-valued logic. One is true if the condition surely holds, the other if it surely does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from optimizer.model.fields import FIELDS
from optimizer.model.kinds import CLOCK, Value
from optimizer.model.state import EvStatus
from optimizer.rules.language.tree import ARITHMETIC, COMPARISONS, WINDOWS, Node

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Average:
    """One function over time: `avg`, `max_over`, `min_over` or `changed_within`."""

    key: str
    op: str
    length_s: float


def window_key(node: Node) -> str:
    """The identity of a function over time: the same text means the same history."""
    return f"{node.op}({describe(node.args[0])}, {node.value:g}s)"


def describe(node: Node) -> str:
    """A checked tree as canonical text."""
    if node.op == "const":
        return node.kind.show(node.value) if node.kind is not None else str(node.value)
    if node.ref is not None:
        return node.ref.name
    parts = [describe(arg) for arg in node.args]
    if node.op in ("neg", "not"):
        return f"({node.op} {parts[0]})"
    if node.op in (*COMPARISONS, *ARITHMETIC, "and", "or"):
        return f"({f' {node.op} '.join(parts)})"
    return f"{node.op}({', '.join([*parts, f'{node.value:g}s'] if node.op in WINDOWS else parts)})"


class Emitter:
    """Writes the body of one function. Names: `v` values of fields, `t` results of calculations, `w` of windows,
    `k` whether several of them are all known."""

    def __init__(self, windows: dict[str, Average]) -> None:
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {}
        self.windows = windows
        """All functions over time met so far, by key; the position is the index in the results."""
        self._names: dict[str, str] = {}

    def function(self, name: str, arguments: str, returns: str) -> tuple[str, Callable[..., Any]]:
        """The finished function and its source."""
        body = "\n".join(f"    {line}" for line in (*self.lines, f"return {returns}"))
        source = f"def {name}({arguments}):\n{body}\n"
        scope: dict[str, Any] = {"__builtins__": {}, "min": min, "max": max, "abs": abs, **self.globals}
        exec(compile(source, f"<rules {name}>", "exec"), scope)  # noqa: S102 - our own code from checked trees only
        made: Callable[..., Any] = scope[name]
        return source, made

    # --- values -------------------------------------------------------------------------------------------------

    def atom(self, node: Node) -> str:
        """A literal, or the name of a local that holds the value or None."""
        if node.op == "const":
            return self._literal(node.value)
        if node.op == "field":
            return self._field(node)
        if node.op in WINDOWS:
            return self._window(node)
        if node.kind is not None and not node.kind.is_number and node.op not in ARITHMETIC:
            return self._local(describe(node), f"({self.condition(node)})")
        return self._calculation(node)

    def given(self, name: str) -> str:
        """A local that the caller of the function passes in as the value of a field."""
        local = f"v{len(self._names)}"
        self._names[name] = local
        return local

    def clamped(self, node: Node, low: float, high: float) -> str:
        """The value within [low, high]."""
        atom = self.atom(node)
        if node.op == "const":
            return atom
        bounded = f"{low!r} if {atom} < {low!r} else {high!r} if {atom} > {high!r} else {atom} + 0.0"
        return self._local(f"clamp {atom} {low} {high}", f"None if {atom} is None else {bounded}")

    def _literal(self, value: Value | None) -> str:
        if isinstance(value, EvStatus):
            name = f"S_{value.name}"
            self.globals[name] = value
            return name
        return repr(value)

    def _local(self, key: str, code: str, prefix: str = "t") -> str:
        name = self._names.get(key)
        if name is None:
            name = f"{prefix}{len(self._names)}"
            self._names[key] = name
            self.lines.append(f"{name} = {code}")
        return name

    def _field(self, node: Node) -> str:
        assert node.ref is not None
        ref = node.ref
        if ref.field.name == "ev.mode":
            return self._local(ref.name, f"modes.get({ref.device!r}, 'off')", "v")
        # `price.spread` and `price.spread(6h)` are two fields with one name.
        getter = "g_" + ref.field.name.replace(".", "_") + ("" if FIELDS.get(ref.field.name) is ref.field else "_of")
        self.globals[getter] = ref.field.lookup.get
        return self._local(ref.name, f"{getter}(state, {ref.device!r})", "v")

    def _window(self, node: Node) -> str:
        key = window_key(node)
        if key not in self.windows:
            assert isinstance(node.value, float)
            self.windows[key] = Average(key, node.op, node.value)
        return self._local(key, f"results[{list(self.windows).index(key)}]", "w")

    def _calculation(self, node: Node) -> str:
        atoms = [self.atom(arg) for arg in node.args]
        key = f"{node.op} {' '.join(atoms)} {node.value}"
        if key in self._names:
            return self._names[key]
        code = _formula(node, atoms)
        known = [f"{atom} is not None" for atom in _variables(atoms)]
        if node.op == "/" and node.args[1].op != "const":
            known.append(f"{atoms[1]} != 0.0")
        name = self._local(key, f"{code} if {' and '.join(known)} else None" if known else code)
        if node.op in ARITHMETIC:
            self.lines.append(f"if {name} is not None and {name} - {name} != 0.0: {name} = None")
        return name

    # --- conditions ---------------------------------------------------------------------------------------------

    def condition(self, node: Node) -> str:
        """An expression that is True, False or None."""
        if node.op == "const":
            return repr(bool(node.value))
        plain = self._plain(node)
        unknowns = _variables(self._atoms(node))
        if not unknowns:
            return plain
        surely, surely_not = self._rails(node)
        known = " and ".join(f"{name} is not None" for name in unknowns)
        if len(unknowns) > 1:  # Most conditions use the same few fields, so this test is made once for all of them.
            known = self._local(f"known {' '.join(unknowns)}", known, "k")
        if node.op in COMPARISONS or node.op in ("in", "between"):
            return f"({plain}) if {known} else None"
        return f"({plain}) if {known} else True if {surely} else False if {surely_not} else None"

    def _atoms(self, node: Node) -> list[str]:
        if node.op in ("and", "or", "not"):
            return [atom for arg in node.args for atom in self._atoms(arg)]
        if node.op in COMPARISONS or node.op in ("in", "between"):
            return [self.atom(arg) for arg in node.args]
        return [self.atom(node)]

    def _plain(self, node: Node) -> str:
        """The condition where every value is known."""
        if node.op in ("and", "or"):
            return "(" + f" {node.op} ".join(self._plain(arg) for arg in node.args) + ")"
        if node.op == "not":
            return f"(not {self._plain(node.args[0])})"
        if node.op in COMPARISONS or node.op in ("in", "between"):
            return self._test(node)
        return self.atom(node)

    def _rails(self, node: Node) -> tuple[str, str]:
        """(true if it surely holds, true if it surely does not)."""
        if node.op in ("and", "or"):
            rails = [self._rails(arg) for arg in node.args]
            other = "or" if node.op == "and" else "and"
            return (
                "(" + f" {node.op} ".join(rail[0] for rail in rails) + ")",
                "(" + f" {other} ".join(rail[1] for rail in rails) + ")",
            )
        if node.op == "not":
            surely, surely_not = self._rails(node.args[0])
            return surely_not, surely
        if node.op in COMPARISONS or node.op in ("in", "between"):
            known = [f"{name} is not None" for name in _variables(self._atoms(node))]
            test = self._test(node)
            return "(" + " and ".join([*known, test]) + ")", "(" + " and ".join([*known, f"not {test}"]) + ")"
        atom = self.atom(node)
        return f"({atom} is True)", f"({atom} is False)"

    def _test(self, node: Node) -> str:
        """One comparison of known values."""
        atoms = [self.atom(arg) for arg in node.args]
        if node.op in COMPARISONS:
            return f"({atoms[0]} {node.op} {atoms[1]})"
        if node.op == "in":
            return "(" + " or ".join(f"{atoms[0]} == {item}" for item in dict.fromkeys(atoms[1:])) + ")"
        return f"({between(node, *atoms)})"


def between(node: Node, item: str, low: str, high: str) -> str:
    """A range. A time of day excludes the end; other ranges include it. Cyclic ranges may wrap around."""
    kind = node.args[0].kind
    assert kind is not None
    below = "<" if not kind.is_enum and kind.cyclic else "<="
    over_the_end, within = f"{item} >= {low} or {item} {below} {high}", f"{low} <= {item} {below} {high}"
    if kind.cyclic and any(arg.op != "const" for arg in node.args[1:]):
        return f"({over_the_end}) if {low} > {high} else ({within})"
    return over_the_end if kind.cyclic and wraps(node) else within


def wraps(node: Node) -> bool:
    """Whether a range with fixed bounds passes midnight, Sunday, or New Year."""
    low, high = node.args[1].value, node.args[2].value
    return isinstance(low, int | float) and isinstance(high, int | float) and low > high


def _formula(node: Node, atoms: list[str]) -> str:
    if node.op == "neg":
        return f"-{atoms[0]}"
    if node.op in ("abs", "min", "max"):
        return f"{node.op}({', '.join(atoms)})"
    if node.kind is CLOCK:
        return f"({atoms[0]} {node.op} {atoms[1]}) % {DAY_S!r}"
    scale = f" * {node.value!r}" if node.op in "*/" and node.value not in (None, 1.0) else ""
    return f"{atoms[0]} {node.op} {atoms[1]}{scale}"


def _variables(atoms: Iterable[str]) -> list[str]:
    """Those that may be None, each once."""
    return [atom for atom in dict.fromkeys(atoms) if atom[0] in "vtw" and atom[1:].isdigit()]
