"""Answers: status, JSON, and numbers."""

from __future__ import annotations

import pytest

from optimizer.sources.port import Answer, SourceError, checked, member, number, parsed, quoted, rows


def test_a_body_with_status_2xx_is_returned() -> None:
    assert checked(Answer(204, "")) == ""


@pytest.mark.parametrize("value", [True, "1.0", None, float("inf"), [1.0]])
def test_only_finite_numbers_are_numbers(value: object) -> None:
    with pytest.raises(SourceError, match="marketprice is “"):
        number(value, "marketprice")


def test_members_of_other_values_are_none() -> None:
    assert member({"a": {"b": 1}}, "a", "b") == 1
    assert member({"a": None}, "a", "b") is None
    assert member([1], "a") is None
    with pytest.raises(SourceError, match="data is not a list"):
        rows({}, "data")


def test_quotes_are_short_and_printable() -> None:
    assert quoted("a\x00\n" + "b" * 500) == "“a??" + "b" * 117 + "”"


def test_json_with_nan_is_refused() -> None:
    with pytest.raises(SourceError, match="not JSON"):
        parsed('{"a": NaN}')
