"""Values: made quickly, compared by their fields, and frozen for the type checker."""

from __future__ import annotations

from mypy import api

from optimizer.model.decision import EvOrder

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
