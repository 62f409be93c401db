"""Numbers in text: with units, with a decimal comma, and never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.devices.generic.quantity import Quantity
from optimizer.devices.words import quoted
from optimizer.model.text_numbers import measured


@pytest.mark.parametrize(
    ("quantity", "value", "reads"),
    [
        (Quantity("grid_power"), "1.2 kW", 1200.0),
        (Quantity("grid_power"), "1234.5 W", 1234.5),
        (Quantity("grid_power"), "-3kW ", -3000.0),
        (Quantity("grid_power", "kW"), "1.2 kW", 1200.0),
        (Quantity("battery_soc"), "57 %", 57.0),
        (Quantity("grid_power", decimal_comma=True), "1234,5", 1234.5),
        (Quantity("grid_power", decimal_comma=True), "1.234,5 W", 1234.5),
        (Quantity("grid_power", decimal_comma=True), "-1.234", -1234.0),
        (Quantity("grid_power", decimal_comma=True), 12.5, 12.5),
    ],
)
def test_a_number_with_its_unit_or_comma(quantity: Quantity, value: object, reads: float) -> None:
    assert quantity.reading(value, 1.0).value == pytest.approx(reads)


@pytest.mark.parametrize(
    ("quantity", "value", "says"),
    [
        (Quantity("grid_power"), "1234,5", "brings no number but “1234,5”"),
        (Quantity("grid_power"), "unavailable", "brings no number but “unavailable”"),
        (Quantity("grid_power"), "12 kWh", "“12 kWh”, but the unit must be W, kW, MW"),
        (Quantity("grid_power", "W"), "1.2 kW", "“1.2 kW”, but the settings say unit: W"),
        (Quantity("grid_power", decimal_comma=True), "1234.5", "brings no number but “1234.5”"),
        (Quantity("grid_power", decimal_comma=True), "1,234.5", "brings no number but “1,234.5”"),
        (Quantity("grid_power"), {"x": 1}, "brings no number but an object"),
        (Quantity("grid_power"), [1], "brings no number but a list"),
    ],
)
def test_what_is_not_clear_is_unknown_and_shown(quantity: Quantity, value: object, says: str) -> None:
    reading = quantity.reading(value, 1.0)
    assert reading.value is None
    assert says in reading.why


@given(
    number=st.integers(1, 900),
    unit=st.sampled_from(["W", "kW", "MW"]),
    factor=st.sampled_from([1.0, 0.1, 20.0, 1000.0, 1e6]),
    named=st.booleans(),
)
def test_a_unit_and_a_factor_never_convert_twice(number: int, unit: str, factor: float, named: bool) -> None:
    size = {"W": 1.0, "kW": 1000.0, "MW": 1e6}[unit]
    reading = Quantity("grid_power", unit if named else "", factor=factor).reading(f"{number / 1000} {unit}", 1.0)
    if size == factor != 1.0:
        assert reading.value is None
        assert f"Leave out factor: {factor:g}" in reading.why
    elif reading.value is not None:
        assert reading.value == pytest.approx(number / 1000 * size * factor)


@given(st.integers(-(10**9), 10**9), st.integers(0, 999), st.sampled_from(["", "W", " kW", " %"]), st.booleans())
def test_any_number_is_read_as_it_was_written(whole: int, thousandths: int, unit: str, grouped: bool) -> None:
    text = f"{whole:,}".replace(",", "." if grouped else "") + f",{thousandths:03d}{unit}"
    number, found = measured(text, decimal_comma=True)
    wanted = abs(whole) + thousandths / 1000.0
    assert number == pytest.approx(-wanted if whole < 0 else wanted)
    assert found == unit.strip()


GROUPS = {"plain": "", "english": ",", "german": ".", "swiss": "'", "french": "\u202f"}
DECIMALS = {"plain": "", "english": ".", "german": ",", "swiss": ".", "french": ","}


@given(
    whole=st.integers(0, 10**8),
    digits=st.text("0123456789", max_size=4),
    style=st.sampled_from(sorted(GROUPS)),
    sign=st.sampled_from(["", "+", "-", "\u2212"]),
    unit=st.sampled_from(["", "W", " kW", "\u00a0W"]),
    comma=st.booleans(),
)
def test_a_number_of_any_country_is_read_right_or_not_at_all(
    whole: int, digits: str, style: str, sign: str, unit: str, comma: bool
) -> None:
    digits = digits if DECIMALS[style] else ""
    text = f"{whole:,}".replace(",", GROUPS[style]) + (DECIMALS[style] + digits if digits else "")
    number, found = measured(sign + text + unit, decimal_comma=comma)
    wanted = float(f"{'-' if sign in ('-', chr(0x2212)) else ''}{whole}.{digits or '0'}")
    separators = {character for character in text if character in ".,"}
    if number is not None and text.count(".") + text.count(",") == 1 and len(text.replace(",", ".").split(".")[1]) == 3:
        own = "," if comma else "."  # one separator before three digits means what the settings say
        wanted = wanted if (own in separators) is (DECIMALS[style] in separators and bool(digits)) else number
    assert number is None or number == pytest.approx(wanted)
    clear = not separators or (DECIMALS[style] == "," if comma else DECIMALS[style] == ".")
    if clear and not (style == "english" and not digits and whole < 10**6):  # 1,234 may be 1.234
        assert number == pytest.approx(wanted)
        assert found == unit.strip()


@given(st.text(max_size=60))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    for comma in (False, True):
        number, _ = measured(text, decimal_comma=comma)
        assert number is None or abs(number) != float("inf")
    assert len(quoted(text)) <= 42
