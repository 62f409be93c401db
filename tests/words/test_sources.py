"""Messages of sources can be read in every language: none is a plain string."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "optimizer" / "sources"


def messages(tree: ast.AST) -> Iterator[ast.expr]:
    """The sentences of all `SourceError(kind, sentence)` in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SourceError":
            yield node.args[1]


def test_no_message_of_a_source_is_a_plain_string() -> None:
    count, plain = 0, list[str]()
    for path in sorted(SOURCES.rglob("*.py")):
        for message in messages(ast.parse(path.read_text(encoding="utf-8"))):
            count += 1
            if isinstance(message, ast.JoinedStr | ast.Constant):
                plain.append(f"{path.relative_to(SOURCES)}:{message.lineno}")
    assert count > 40
    assert plain == []
