"""A value in a JSON document keeps what the document says, and a value that is not there names the reason."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.devices.generic.json_value import JsonValue
from tests.hostile_json import assert_is_a_message

numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6)
units = st.sampled_from(["W", "kW", "A", "%"])


@given(numbers)
def test_without_a_unit_the_value_is_as_it_stands(number: float) -> None:
    assert JsonValue("meter.value").found_in({"meter": {"value": number, "unit": "kW"}}) == number


@given(numbers, units)
def test_a_unit_stands_behind_the_value(number: float, unit: str) -> None:
    document = {"meter": {"value": number, "unit": unit}, "unit_of_all": unit}
    assert JsonValue("meter.value", unit_beside=True).found_in(document) == f"{number} {unit}"
    assert JsonValue("meter.value", unit_path="unit_of_all").found_in(document) == f"{number} {unit}"


@given(numbers, units, units)
def test_a_unit_by_its_path_wins_over_one_beside_the_value(number: float, unit: str, beside: str) -> None:
    value = JsonValue("meter.value", unit_path="unit_of_all", unit_beside=True)
    assert value.found_in({"meter": {"value": number, "unit": beside}, "unit_of_all": unit}) == f"{number} {unit}"


@given(st.booleans())
def test_a_state_gets_no_unit(on: bool) -> None:
    assert JsonValue("on", unit_path="unit").found_in({"on": on, "unit": "W"}) is on


@given(st.none() | numbers | st.lists(numbers, max_size=3) | st.dictionaries(st.sampled_from("abc"), st.none()))
def test_a_value_that_is_not_there_names_its_path(document: object) -> None:
    with pytest.raises(ValueError, match=r"^a\.b "):
        JsonValue("a.b", unit_beside=True).found_in(document)


@given(st.text("([{a.*|`'\"\\!&@,:0]})\n\x1b", max_size=500))
@example("[" * 500)
@example("a" + ".b" * 249)
@example("!" * 499 + "a")
@example('""\n')
def test_any_path_is_usable_or_refused_with_a_message(path: str) -> None:
    """One that is nested deeply ended `optimizer check` with a traceback."""
    try:
        JsonValue(path).found_in({"a": 1})
    except ValueError as error:
        assert_is_a_message(str(error))


def test_a_path_that_is_none_is_refused_at_once() -> None:
    for one in ({"path": "a["}, {"path": "a", "unit_path": "b["}):
        with pytest.raises(ValueError, match="is not JMESPath"):
            JsonValue(**one)
