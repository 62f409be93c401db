"""JMESPath expressions of an owner: compiled once, searched without surprises.

JMESPath leaves out of a projection (`phases[].power`) what is null or missing, so that a sum over one would be a
number that nobody measured, and the first place of it that of the second phase. Such an aggregate or place is refused
when it is compiled; `sum([a, b, c])` and `phases[0].power` have no such gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from jmespath.functions import Functions, signature
from jmespath.parser import ParsedResult

from optimizer.devices.words import printable, quoted
from optimizer.words.excerpt import sentence
from optimizer.words.text import Text

LONGEST = 500
AGGREGATES = frozenset({"sum", "avg", "min", "max", "min_by", "max_by"})
PROJECTIONS = frozenset({"projection", "filter_projection", "value_projection"})


class _Strict(Functions):
    """The functions of JMESPath, with a sum of nothing that is nothing."""

    @signature({"types": ["array-number"]})
    def _func_sum(self, numbers: list[float]) -> float | None:
        return sum(numbers) if numbers else None


OPTIONS = jmespath.Options(custom_functions=_Strict())


def compiled(expression: str) -> ParsedResult:
    """The expression; ValueError with its place and what is wrong where it is none, or could make a number up."""
    if len(expression) > LONGEST:
        raise ValueError(Text("a path is at most {longest} characters long", longest=LONGEST))
    shown = printable(expression, LONGEST)
    try:
        path = jmespath.compile(expression)
    except JMESPathError as error:
        position = getattr(error, "lex_position", None)
        wrong: str = Text("the path '{path}' is not JMESPath", path=shown)
        if isinstance(position, int):
            wrong = Text("{what} at character {number}", what=wrong, number=position + 1)
        raise ValueError(wrong) from None
    except (RecursionError, ValueError, OverflowError):
        raise ValueError(Text("the path '{path}' is not JMESPath", path=shown)) from None
    nodes = list(_nodes(path.parsed))
    called = {str(node["value"]) for node in nodes if node.get("type") == "function_expression"} & AGGREGATES
    if called and any(node.get("type") in PROJECTIONS for node in nodes):
        name = sorted(called)[0]
        raise ValueError(
            Text(
                "the path '{path}': {name} over a projection leaves out what is missing, and so makes a number up; "
                "name the values one by one, as in {name}([phases[0].power, phases[1].power, phases[2].power])",
                path=shown,
                name=name,
            )
        )
    if any(_picks_from_gaps(node) for node in nodes):
        raise ValueError(
            Text(
                "the path '{path}': a projection leaves out missing values, so a number in brackets can mean another "
                "phase. Write it first, as in phases[0].power",
                path=shown,
            )
        )
    return path


def found(path: ParsedResult, body: object) -> object:
    """The value at the path in `body`. None if there is none, or if the path fails on the value."""
    try:
        value: object = path.search(body, options=OPTIONS)
    except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError):
        return None
    return value


def why_nothing(path: ParsedResult, expression: str, body: object) -> str:
    """The reason why `found` brings nothing: the path finds null, fails on a value, or is not there. Printable."""
    return sentence(_why_nothing(path, expression, body))


def _why_nothing(path: ParsedResult, expression: str, body: object) -> str:
    try:
        path.search(body, options=OPTIONS)
    except JMESPathTypeError as error:
        call, value = f"{error.function_name}()", error.current_value
        if value is None:
            return Text("{path} finds nothing: {call} gets null, so a value is missing", path=expression, call=call)
        if isinstance(value, str):
            advice = (
                "{path} finds nothing: {call} gets the text {value}; if it is a number, write to_number(…) around it"
            )
            return Text(advice, path=expression, call=call, value=quoted(value))
        return Text("{path} finds nothing: {call} cannot use {value}", path=expression, call=call, value=quoted(value))
    except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError):
        return Text("{path} cannot be used on {document}", path=expression, document=sketch(body))
    if _is_null(expression, body):
        return Text("{path} finds nothing but null", path=expression)
    return Text("{path} finds nothing in {document}", path=expression, document=sketch(body))


def sketch(body: object) -> str:
    """The outline of a body, for an owner whose path finds nothing."""
    if isinstance(body, dict):
        names = ", ".join(printable(str(key), 30) for key in list(body)[:12])
        return Text("an object with {names}", names=names or Text("nothing in it"))
    return Text("a list of {count}", count=len(body)) if isinstance(body, list) else printable(str(body), 40)


def _is_null(expression: str, body: object) -> bool:
    """Whether the last name of a path is there, with null as its value."""
    parent, _, leaf = expression.rpartition(".")
    try:
        around = found(jmespath.compile(parent), body) if parent else body
    except JMESPathError:
        return False
    return leaf.isidentifier() and isinstance(around, dict) and leaf in around


def _picks_from_gaps(node: Mapping[str, Any]) -> bool:
    """Whether a node takes one place of a projection on a value: `phases[*].power | [0]`."""
    children = node.get("children", ())
    if node.get("type") not in ("pipe", "index_expression", "subexpression") or len(children) < 2:
        return False
    gaps = any(
        one.get("type") in ("projection", "value_projection") and one["children"][1].get("type") != "identity"
        for one in _nodes(children[0])
    )
    return gaps and any(one.get("type") == "index" for child in children[1:] for one in _nodes(child))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    coming = [node]  # not by recursion: a path may be nested as deep as it is long
    while coming:
        one = coming.pop()
        yield one
        coming += [child for child in reversed(one.get("children", ())) if isinstance(child, dict)]
