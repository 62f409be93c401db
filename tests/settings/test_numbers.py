"""A number with a unit, a decimal comma, or a fuse as on the cabinet is told as the number that is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.settings.numbers import FACTORS, meant_number


@pytest.mark.parametrize(
    ("text", "unit", "schema", "meant"),
    [
        ("5 kW", "W", {}, "5000"),
        ("1,4kW", "W", {}, "1400"),
        ("29,5", "ct/kWh", {}, "29.5"),
        ("0,30 €/kWh", "ct/kWh", {}, "30"),
        ("3x35", "A", {"maximum": 125}, "35"),
        ("3 × 35 A", "A", {"maximum": 125}, "35"),
        ("10%", "%", {}, "10"),
        ("5min", "s", {"type": "integer"}, "300"),
        ("1.250,5 W", "W", {}, "1250.5"),
        ("−10 °", "", {}, "-10"),
        ("5,000", "W", {}, ""),  # five, or five thousand
        ("5 kWh", "W", {}, ""),
        ("5 kW", "", {}, ""),
        ("200A", "A", {"maximum": 125}, ""),
        ("1,5", "A", {"type": "integer"}, ""),
        ("0 W", "W", {"exclusiveMinimum": 0}, ""),
        ("abc", "W", {}, ""),
        ("1,2,3", "W", {}, ""),
        ("1.2.3", "W", {}, ""),
    ],
)
def test_what_is_meant(text: str, unit: str, schema: dict[str, object], meant: str) -> None:
    assert meant_number(text, unit, schema) == meant


UNITS = st.sampled_from([(unit, written) for unit, written in FACTORS.items() for written in written])


@given(st.text(max_size=20), st.sampled_from(sorted(FACTORS)), st.integers(0, 10), st.integers(11, 1000))
def test_a_number_that_is_offered_is_always_allowed(text: str, unit: str, low: int, high: int) -> None:
    meant = meant_number(text, unit, {"minimum": low, "maximum": high})
    assert meant == "" or low <= float(meant) <= high


@given(st.integers(0, 99999), st.integers(0, 99), UNITS, st.sampled_from(["", " "]))
def test_each_unit_is_converted(whole: int, cents: int, unit: tuple[str, str], space: str) -> None:
    name, written = unit
    meant = meant_number(f"{whole},{cents:02}{space}{written}", name, {})
    assert float(meant) == pytest.approx((whole + cents / 100.0) * FACTORS[name][written], rel=1e-6, abs=1e-9)
