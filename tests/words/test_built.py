"""No sentence for people is built from pieces of English: its parts would be lost for another language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.words.found import CODE

TELLING = frozenset(
    {"ExpressionError", "Problem", "problem", "DeviceError", "SourceError", "InputError", "StudyError", "GoalError"}
    | {"JournalError", "CannotTry", "Unclear", "echo", "show", "_tell"}
)
"""Calls whose texts a person reads. They take a Text, with the parts as its values."""
LITERAL = frozenset({"unknown", "fail", "Unreachable", "Refused", "OverrideError"})
"""Calls that also take a literal, which the catalogue has."""
SENTENCE = re.compile(r"[a-z]{2,},? (?:[a-z]|$)|^ ?[a-z]{2,} ")
"""Words, and not a name, a path, or a sign."""
COMMAND = re.compile("`[^`]*`")
"""A command is the same in every language."""


def built(tree: ast.AST) -> Iterator[int]:
    """The lines of the sentences in those calls that are no Text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) == "Text":
            for value in node.keywords:
                yield from _plain(value.value, literals=False)
        elif isinstance(node, ast.Call) and _name(node) in TELLING | LITERAL:
            for argument in (*node.args, *(one.value for one in node.keywords)):
                yield from _plain(argument, literals=_name(node) in LITERAL)


def _plain(node: ast.expr, *, literals: bool) -> Iterator[int]:
    if isinstance(node, ast.JoinedStr):
        words = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        if SENTENCE.search(COMMAND.sub("", words)):
            yield node.lineno
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if not literals and SENTENCE.search(node.value):
            yield node.lineno
    elif isinstance(node, ast.IfExp | ast.BoolOp | ast.BinOp):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                yield from _plain(inner, literals=literals)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("path", sorted(CODE.rglob("*.py")), ids=lambda path: str(path.relative_to(CODE)))
def test_no_message_is_built_from_english_pieces(path: Path) -> None:
    assert list(built(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_every_command_prints_through_the_console() -> None:
    """`typer.echo` would print the English text."""
    cli = CODE / "cli"
    direct = [path.name for path in cli.rglob("*.py") if "typer.echo" in path.read_text(encoding="utf-8")]
    assert direct == ["console.py"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("ExpressionError(f'{name} is not known', 0)", 1),
        ("ExpressionError('this never changes', 0)", 1),
        ("ExpressionError(a or f'write {b}', 0, hint='too' if c else 'write a time')", 2),
        ("ExpressionError(Text('{name} is not known', name=name), 0, hint=f'{name}(grid.power_w, 5min)')", 0),
        ("fail('this never changes', 1)", 0),
        ("fail(f'{name} is not known', 1)", 1),
        ("other(f'{name} is not known')", 0),
        ("echo(f'{name} is set by hand')", 1),
        ("echo(table(head, rows))", 0),
        ("Text('{a} is {b}', a='no answer' if c else f'not in {d}', b=Text('never known'))", 2),
    ],
)
def test_such_a_message_is_found(code: str, found: int) -> None:
    assert len(list(built(ast.parse(code)))) == found
