"""Values: made quickly, compared by their fields, frozen for the type checker, and built with keywords."""

from __future__ import annotations

import ast
from pathlib import Path

from mypy import api

import optimizer
from optimizer.model.decision import EvOrder

ROOT = Path(optimizer.__file__).parent

PROGRAM = """\
from optimizer.model.decision import EvOrder
order = EvOrder(6.0, 3)
order.current_a = 16.0
order.current = 16.0
"""


def test_they_are_equal_and_hashed_by_their_fields() -> None:
    assert EvOrder(6.0, 3) == EvOrder(6.0, 3) != EvOrder(6.0, 1)
    assert len({EvOrder(6.0, 3), EvOrder(6.0, 3)}) == 1
    assert not hasattr(EvOrder(6.0, 3), "__dict__")


def test_an_assignment_to_a_field_is_an_error_of_the_type_checker() -> None:
    said, _, code = api.run(["--config-file=", "--strict", "-c", PROGRAM])
    assert code == 1
    assert 'Property "current_a" defined in "EvOrder" is read-only' in said
    assert '"EvOrder" has no attribute "current"' in said


MOST_POSITIONS = 4
MEMORY = {"Memory", "CarModel", "Observation", "Earned", "FollowMemory", "EvMemory", "RulesMemory", "Bucket"}
BY_POSITION = MEMORY | {"FollowerRequest", "ChargerRequest", "_Intent"}
"""The records that `optimizer.model.value` names with the reason."""
TABLES = {"devices/nrgkick/registers.py"}
"""Files in which a record is one row of a table."""


def test_records_are_built_with_keywords() -> None:
    modules = {path: ast.parse(path.read_text()) for path in ROOT.rglob("*.py")}
    classes = {node.name for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONS and str(path.relative_to(ROOT)) not in TABLES
        if _called(node) in (classes | {"cls"}) - BY_POSITION
    ]
    assert long == []


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")
