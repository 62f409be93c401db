"""Values: made quickly, compared by their fields, frozen for the type checker, and built with keywords."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

import pytest
from mypy import api

import optimizer
from optimizer.model.decision import EvOrder
from optimizer.model.value import changed, maker, value

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


@value
class Wire:
    """A value with a required and an optional field."""

    length_m: float
    name: str = "L1"


class Fuse(NamedTuple):
    """The same as a NamedTuple."""

    limit_a: float
    name: str = "F1"


@value
class Board:
    """A value that a plain function cannot make."""

    fuses: list[Fuse] = field(default_factory=list)


@pytest.mark.parametrize("cls", [Wire, Fuse])
def test_a_maker_makes_what_its_class_makes(cls: type[Wire | Fuse]) -> None:
    make: Callable[..., Wire | Fuse] = maker(cls)
    for made, expected in (
        (make(2.0), cls(2.0)),
        (make(2.0, name="N"), cls(2.0, name="N")),
        (make(2.0, "N"), cls(2.0, "N")),
    ):
        assert type(made) is cls
        assert made == expected
        assert repr(made) == repr(expected)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        make()


def test_a_maker_refuses_a_class_that_needs_its_own_init() -> None:
    with pytest.raises(TypeError, match="Board needs its __init__"):
        maker(Board)


def test_a_maker_has_the_types_of_its_class() -> None:
    program = "from optimizer.control.memory import make_ramp\nmake_ramp(pv_w='much')\n"
    said, _, code = api.run(["--config-file=", "--strict", "-c", program])
    assert code == 1
    assert 'incompatible type "str"; expected "float"' in said


MOST_POSITIONS = 4
MEMORY = {
    "Memory",
    "JudgeMemory",
    "Standing",
    "Answers",
    "SunAhead",
    "CarModel",
    "Observation",
    "Earned",
    "FollowMemory",
    "EvMemory",
    "RulesMemory",
    "Bucket",
}
BY_POSITION = MEMORY | {"FollowerRequest", "ChargerRequest", "Intent"}
"""The records that `optimizer.model.value` names with the reason."""
TABLES = {"devices/nrgkick/registers.py"}
"""Files in which a record is one row of a table."""


def test_records_are_built_with_keywords() -> None:
    modules = {path: ast.parse(path.read_text()) for path in ROOT.rglob("*.py")}
    classes = {node.name for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    makers = {name: made for tree in modules.values() for name, made in _makers(tree)}
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONS and str(path.relative_to(ROOT)) not in TABLES
        if makers.get(_called(node), _called(node)) in (classes | {"cls"}) - BY_POSITION
    ]
    assert long == []


def _makers(tree: ast.Module) -> list[tuple[str, str]]:
    """The functions of a module that `maker` has made, each with its class."""
    return [
        (node.targets[0].id, node.value.args[0].id)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) == "maker"
        if isinstance(node.targets[0], ast.Name) and isinstance(node.value.args[0], ast.Name)
    ]


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def test_a_changed_record_keeps_its_other_fields() -> None:
    wire = Wire(2.0, name="N")
    assert changed(wire, length_m=3.0) == Wire(3.0, name="N")
    assert wire == Wire(2.0, name="N")
